//! The studio in a browser: pages rendered on the server, which work without script as far as a form can, and are enlivened with it.
//!
//! A page is a file here, a template of the same name and, where it needs one, a script of the same name in `assets/`. It parses
//! what was sent, calls the use cases of [`app`] as the API does, and renders. What goes wrong is a [`Problem`](crate::Problem),
//! which [`show`] makes a page of; what is wrong with a form is shown in the form, by [`form::Mistakes`].

mod account;
mod admin;
mod brand;
mod buy;
mod charts;
mod create;
mod flash;
mod form;
mod frame;
mod front;
mod gallery;
mod generations;
mod images;
mod locale;
mod outside;
mod paid;
pub(crate) mod photos;
mod pricing;
mod privacy;
mod routes;
mod sections;
mod show;
mod sign_in;
mod sign_up;
mod styles;
mod theme;
mod thumbnail_set;
mod thumbnails;

pub(crate) use form::Form;
pub(crate) use routes::Routes;
pub(crate) use show::show_problems;

/// Every page, one line a file.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .and(front::routes())
        .and(privacy::routes())
        .and(pricing::routes())
        .and(buy::routes())
        .and(paid::routes())
        .and(outside::routes())
        .and(sign_up::routes())
        .and(sign_in::routes())
        .and(photos::routes())
        .and(styles::routes())
        .and(create::routes())
        .and(generations::routes())
        .and(images::routes())
        .and(gallery::routes())
        .and(thumbnails::routes())
        .and(thumbnail_set::routes())
        .and(brand::routes())
        .and(account::routes())
        .and(admin::routes())
        .and(theme::routes())
}
