//! Light or dark, where a person wants another than their system's. Kept in a cookie, so that no page flashes in the wrong one.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::Routes;
use super::form::Form;
use super::frame::{THEME, Theme};
use super::show::safe_next;
use crate::cookies;
use crate::state::Shared;

/// Seconds of a year.
const YEAR: u64 = 31_536_000;

pub(crate) fn routes() -> Routes {
    Routes::default().post("/theme", choose)
}

async fn choose(State(web): State<Shared>, form: Form) -> Response {
    let theme = Theme::of(form.text("theme"));
    let mut answer = Redirect::to(safe_next(form.text("next")).unwrap_or("/")).into_response();
    let lives = if theme == Theme::System { 0 } else { YEAR };
    cookies::set(&web, &mut answer, THEME, theme.word(), lives);
    answer
}
