//! The account: who one is here, what one has to spend, who may act in one's name, and the ways out. One section a file.
//!
//! What can't be undone, and what would let somebody in, asks for the password once more; a secret is shown once, on the page that
//! answers the form, and never again.

mod credits;
mod data;
mod keys;
mod profile;
mod purchases;
mod security;
mod webhooks;

pub(crate) use credits::Entry;

use super::Routes;
use super::form::Mistakes;
use super::sections::Section;
use crate::Problem;

/// The sections, in their order.
pub(crate) const SECTIONS: &[Section] = &[
    Section { path: "/account", name: "You" },
    Section { path: "/account/credits", name: "Credits" },
    Section { path: "/account/security", name: "Signing in" },
    Section { path: "/consents", name: "What you allow" },
    Section { path: "/account/keys", name: "API keys" },
    Section { path: "/account/webhooks", name: "Webhooks" },
    Section { path: "/account/data", name: "Your data" },
];

/// Lines of a list on one page.
const SHOWN: u32 = 50;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .and(profile::routes())
        .and(credits::routes())
        .and(purchases::routes())
        .and(security::routes())
        .and(keys::routes())
        .and(webhooks::routes())
        .and(data::routes())
}

/// What is wrong with a form that asked for the password in this field.
fn mistakes(problem: &Problem, password: &str) -> Mistakes {
    match problem.name() {
        "wrong-sign-in" => Mistakes::at(password, "This is not your password."),
        _ => Mistakes::of(problem),
    }
}
