//! The gate where somebody else vouches for people: their own sign-in and sign-up in our pages, and what joins the two.
//!
//! Scripts of theirs are loaded by these two pages, and by those of a person who is signed in, for their button and to renew the
//! session. No other page lets them in.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::ports::identity::Script;

use super::Routes;
use super::form::Form;
use super::frame::{Frame, Visitor};
use super::show::{next_query, safe_next};
use super::sign_in::HOME;
use super::sign_up::{Fact, facts, service_name};
use crate::Problem;
use crate::state::{Shared, State as Web};

pub(crate) fn routes() -> Routes {
    Routes::default().get("/outside.js", script)
}

/// What a page loads and says so that the outside identity's script does its part.
pub(crate) struct OutsideFrame {
    pub(crate) scripts: Vec<Script>,
    /// Where to go on after a sign-in.
    pub(crate) next: String,
    pub(crate) signed_in: bool,
}

impl OutsideFrame {
    /// `None` where nobody vouches.
    pub(crate) fn of(web: &Web, signed_in: bool, next: &str) -> Option<Self> {
        let page = web.app.outside()?.sign_in_page();
        Some(OutsideFrame { scripts: page.scripts.clone(), next: next.to_owned(), signed_in })
    }
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    SignIn,
    SignUp,
}

#[derive(Template)]
#[template(path = "pages/outside.html")]
struct GatePage {
    frame: Frame,
    heading: &'static str,
    /// Where the script puts its form.
    place: &'static str,
    /// Who vouches.
    service: String,
    /// The other of the two, with the same way on.
    other: (&'static str, String),
    facts: Vec<Fact>,
}

/// The page, in the place of our own form. What a new person allows is asked on the next page. A status other than that all is well
/// is for whoever came with a password all the same.
pub(crate) async fn gate(
    web: &Shared,
    visitor: &Visitor,
    form: &Form,
    which: Gate,
    status: StatusCode,
) -> Result<Response, Problem> {
    let next = safe_next(form.text("next")).unwrap_or(HOME);
    let query = next_query(next);
    let (title, place, other, on) = match which {
        Gate::SignIn => {
            ("Sign in", "sign-in", ("Make an account", format!("/sign-up?{query}")), next.to_owned())
        }
        Gate::SignUp => (
            "Make an account",
            "sign-up",
            ("Sign in", format!("/sign-in?{query}")),
            format!("/consents?{query}"),
        ),
    };
    let mut visitor = visitor.clone();
    visitor.gate = Some(on);
    let service = web.app.outside().map(|outside| service_name(outside.service().as_str()));
    let page = GatePage {
        frame: visitor.frame(web, title, if which == Gate::SignIn { "/sign-in" } else { "/sign-up" }).await?,
        heading: if which == Gate::SignIn { "Welcome back" } else { "Your studio, in a minute" },
        place,
        service: service.unwrap_or_default(),
        other,
        facts: facts(web),
    };
    visitor.page_with(web, status, &page)
}

/// What runs in our pages when the outside identity's scripts are there.
async fn script(State(web): State<Shared>) -> Result<Response, Problem> {
    let outside = web.app.outside().ok_or(app::AppError::NotOffered)?;
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, outside.sign_in_page().glue).into_response())
}
