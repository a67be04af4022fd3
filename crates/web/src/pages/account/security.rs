//! Signing in: where one is signed in, ending that, and another password.

use app::Caller;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::SessionId;

use super::{SECTIONS, mistakes};
use crate::extract::{Client, Path, Signed};
use crate::pages::Routes;
use crate::pages::flash::Flash;
use crate::pages::form::{Form, Mistakes};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;
use crate::{Problem, cookies};

/// Where it is.
const HERE: &str = "/account/security";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(HERE, show)
        .post("/account/password", change_password)
        .post("/account/sessions/{session}/end", end_session)
        .post("/account/sessions/end", end_all)
}

#[derive(Template)]
#[template(path = "pages/account/security.html")]
struct SecurityPage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    sessions: Vec<Browser>,
    /// Whether somebody else vouches for people: then there is no password here.
    vouched: bool,
}

/// A browser that is signed in.
struct Browser {
    id: SessionId,
    device: String,
    since: When,
    used: When,
    ends: When,
    current: bool,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let page = page(&web, &visitor, &caller, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    mistakes: Mistakes,
) -> Result<SecurityPage, Problem> {
    let current = caller.session().ok();
    let now = web.app.ports().clock.now();
    let sessions = web.app.sessions(caller).await?;
    let sessions = sessions.into_iter().map(|session| Browser {
        id: session.id,
        device: session.device,
        since: When::at(visitor.locale, session.created_at),
        used: When::at(visitor.locale, session.used_at),
        ends: When::until(now, session.expires_at),
        current: current == Some(session.id),
    });
    Ok(SecurityPage {
        frame: visitor.frame(web, "Signing in", HERE).await?,
        sections: SECTIONS,
        form: Form::default(),
        mistakes,
        sessions: sessions.collect(),
        vouched: web.app.outside().is_some(),
    })
}

async fn change_password(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Client(client): Client,
    form: Form,
) -> Result<Response, Problem> {
    let (old, new) = (form.secret("old"), form.secret("password"));
    match web.app.change_password(&caller, &old, &new, client).await.map_err(Problem::from) {
        Ok(()) => Ok(Flash::PasswordChanged.redirect(&web, HERE)),
        Err(problem) => {
            let page = page(&web, &visitor, &caller, mistakes(&problem, "old")).await?;
            visitor.page_with(&web, problem.status(), &page)
        }
    }
}

async fn end_session(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(session): Path<SessionId>,
) -> Result<Response, Problem> {
    web.app.revoke_session(&caller, session).await?;
    if caller.session().ok() == Some(session) {
        return Ok(signed_out(&web));
    }
    Ok(Flash::SessionEnded.redirect(&web, HERE))
}

/// Every browser, this one too.
async fn end_all(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    web.app.sign_out_everywhere(&caller).await?;
    Ok(signed_out(&web))
}

fn signed_out(web: &Shared) -> Response {
    let mut answer = Redirect::to("/").into_response();
    cookies::forget_session(web, &mut answer);
    Flash::SignedOut.leave(web, &mut answer);
    answer
}
