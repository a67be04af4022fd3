//! Signing in and out, and setting a new password by a link.

use app::SignIn;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::Routes;
use super::flash::Flash;
use super::form::{Form, Mistakes};
use super::frame::{Frame, Visitor};
use super::outside::{Gate, gate};
use super::show::safe_next;
use crate::api::sessions::device;
use crate::extract::{Client, RawQuery};
use crate::state::Shared;
use crate::{Problem, cookies};

/// Where one is when one has signed in.
pub(crate) const HOME: &str = "/photos";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/sign-in", show)
        .post("/sign-in", sign_in)
        .post("/sign-out", sign_out)
        .get("/forgotten", forgotten)
        .get("/reset", show_reset)
        .post("/reset", reset)
}

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    frame: Frame,
    form: Form,
    mistakes: Mistakes,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    if visitor.caller.is_some() {
        return Ok(go_on(&form));
    }
    if web.app.outside().is_some() {
        return gate(&web, &visitor, &form, Gate::SignIn, StatusCode::OK).await;
    }
    let frame = visitor.frame(&web, "Sign in", "/sign-in").await?;
    visitor.page(&web, &SignInPage { frame, form, mistakes: Mistakes::default() })
}

async fn sign_in(
    State(web): State<Shared>,
    visitor: Visitor,
    Client(client): Client,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let email = form.text("email").to_owned();
    let sign_in = SignIn { email, password: form.secret("password"), device: device(&headers), client };
    match web.app.sign_in(sign_in).await.map_err(Problem::from) {
        Ok(opened) => {
            let mut answer = go_on(&form);
            cookies::open_session(&web, &mut answer, &opened);
            Ok(answer)
        }
        Err(problem) if web.app.outside().is_some() => {
            gate(&web, &visitor, &form, Gate::SignIn, problem.status()).await
        }
        Err(problem) => {
            let frame = visitor.frame(&web, "Sign in", "/sign-in").await?;
            let page = SignInPage { frame, form, mistakes: Mistakes::of(&problem) };
            visitor.page_with(&web, problem.status(), &page)
        }
    }
}

/// To where the person wanted to be.
pub(crate) fn go_on(form: &Form) -> Response {
    Redirect::to(safe_next(form.text("next")).unwrap_or(HOME)).into_response()
}

async fn sign_out(State(web): State<Shared>, visitor: Visitor) -> Result<Response, Problem> {
    if let Some(caller) = &visitor.caller {
        web.app.sign_out(caller).await?;
    }
    let mut answer = Redirect::to("/").into_response();
    cookies::forget_session(&web, &mut answer);
    Flash::SignedOut.leave(&web, &mut answer);
    Ok(answer)
}

#[derive(Template)]
#[template(path = "pages/forgotten.html")]
struct Forgotten {
    frame: Frame,
}

async fn forgotten(State(web): State<Shared>, visitor: Visitor) -> Result<Response, Problem> {
    let frame = visitor.frame(&web, "A new password", "/sign-in").await?;
    visitor.page(&web, &Forgotten { frame })
}

#[derive(Template)]
#[template(path = "pages/reset.html")]
struct ResetPage {
    frame: Frame,
    form: Form,
    mistakes: Mistakes,
}

async fn show_reset(
    State(web): State<Shared>,
    visitor: Visitor,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    let frame = visitor.frame(&web, "A new password", "/sign-in").await?;
    visitor.page(&web, &ResetPage { frame, form, mistakes: Mistakes::default() })
}

async fn reset(
    State(web): State<Shared>,
    visitor: Visitor,
    Client(client): Client,
    form: Form,
) -> Result<Response, Problem> {
    let token = form.text("token").trim().to_owned();
    match web.app.use_reset_link(&token, &form.secret("password"), client).await.map_err(Problem::from) {
        Ok(_) => {
            let mut answer = Redirect::to("/sign-in").into_response();
            Flash::PasswordSet.leave(&web, &mut answer);
            Ok(answer)
        }
        Err(problem) => {
            let mistakes = match problem.name() {
                "not-found" => Mistakes::whole("This link is not good any more. Ask for a new one."),
                _ => Mistakes::of(&problem),
            };
            let frame = visitor.frame(&web, "A new password", "/sign-in").await?;
            let status = if problem.name() == "not-found" { StatusCode::NOT_FOUND } else { problem.status() };
            visitor.page_with(&web, status, &ResetPage { frame, form, mistakes })
        }
    }
}
