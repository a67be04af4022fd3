//! Sessions: signing in and out, and the list of signed-in browsers.

use app::{SignIn, SignedIn};
use axum::Json as Answer;
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::account::Account;
use domain::ids::SessionId;
use domain::secret::Secret;
use domain::session::Session;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::account::AccountView;
use crate::extract::{Client, Json, Path, Signed};
use crate::state::{Shared, State as Web};
use crate::wire::{Id, ListView, Time};
use crate::{Problem, cookies};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(sign_in, list_sessions, sign_out_everywhere))
        .routes(routes!(sign_out))
        .routes(routes!(revoke_session))
}

/// A signed-in browser.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    #[schema(value_type = Id)]
    id: SessionId,
    /// A word by which to know the browser again.
    #[schema(example = "Firefox on Linux")]
    device: String,
    created_at: Time,
    /// When it was last used, to the minute or so.
    used_at: Time,
    /// When it ends by itself.
    expires_at: Time,
    /// Whether it is the one that asks.
    current: bool,
}

impl SessionView {
    fn of(session: Session, current: Option<SessionId>) -> Self {
        SessionView {
            id: session.id,
            device: session.device,
            created_at: session.created_at.into(),
            used_at: session.used_at.into(),
            expires_at: session.expires_at.into(),
            current: current == Some(session.id),
        }
    }
}

/// Somebody who has just signed in. The session itself is in the cookie.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub(crate) struct SignedInView {
    account: AccountView,
    session: SessionView,
}

/// Address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn)]
pub(crate) struct SignInBody {
    #[schema(example = "ada@example.org", max_length = 254)]
    email: String,
    #[schema(max_length = 1024)]
    password: String,
}

/// Sign in
///
/// The answer sets the session's cookie. Programs had better use an API key.
#[utoipa::path(
    post, path = "/sessions", operation_id = "signIn", tag = "Sessions", security(()),
    request_body = SignInBody,
    responses((status = 201, body = SignedInView, description = "Signed in.")),
    extensions(("x-problems" = json!(["wrong-sign-in", "too-many-tries", "busy"]))),
)]
async fn sign_in(
    State(web): State<Shared>,
    Client(client): Client,
    headers: HeaderMap,
    Json(body): Json<SignInBody>,
) -> Result<Response, Problem> {
    let password = Secret::new(body.password);
    let sign_in = SignIn { email: body.email, password, device: device(&headers), client };
    let opened = web.app.sign_in(sign_in).await?;
    Ok(signed_in(&web, opened))
}

/// List the signed-in browsers
#[utoipa::path(
    get, path = "/sessions", operation_id = "listSessions", tag = "Sessions", security(("session" = [])),
    responses((status = 200, body = ListView<SessionView>, description = "The open sessions, newest first.")),
)]
async fn list_sessions(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<ListView<SessionView>>, Problem> {
    let current = caller.session().ok();
    let sessions = web.app.sessions(&caller).await?;
    Ok(Answer(sessions.into_iter().map(|session| SessionView::of(session, current)).collect()))
}

/// Sign out everywhere
///
/// Ends every session, this one too. API keys stay.
#[utoipa::path(
    delete, path = "/sessions", operation_id = "signOutEverywhere", tag = "Sessions", security(("session" = [])),
    responses((status = 204, description = "Nobody is signed in any more.")),
)]
async fn sign_out_everywhere(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    web.app.sign_out_everywhere(&caller).await?;
    Ok(signed_out(&web))
}

/// Sign out
#[utoipa::path(
    delete, path = "/sessions/current", operation_id = "signOut", tag = "Sessions", security(("session" = [])),
    responses((status = 204, description = "Signed out.")),
)]
async fn sign_out(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    web.app.sign_out(&caller).await?;
    Ok(signed_out(&web))
}

/// Sign one browser out
#[utoipa::path(
    delete, path = "/sessions/{session}", operation_id = "revokeSession", tag = "Sessions", security(("session" = [])),
    params(("session" = inline(Id), Path, description = "Which session.")),
    responses((status = 204, description = "It is signed out.")),
)]
async fn revoke_session(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(session): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    web.app.revoke_session(&caller, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The answer to somebody who has just signed in.
pub(crate) fn signed_in(web: &Web, opened: SignedIn) -> Response {
    let view = SessionView::of(opened.session.clone(), Some(opened.session.id));
    let body = SignedInView { account: opened.account.clone().into(), session: view };
    let mut answer = (StatusCode::CREATED, Answer(body)).into_response();
    cookies::open_session(web, &mut answer, &opened);
    answer
}

/// The answer to somebody whose session lives on: the cookie has to live on with it.
pub(crate) fn renewed(web: &Web, token: &str, session: Session, account: Account) -> Response {
    let lives = session.expires_at.since(session.used_at).as_secs();
    let view = SessionView::of(session.clone(), Some(session.id));
    let mut answer = Answer(SignedInView { account: account.into(), session: view }).into_response();
    cookies::set(web, &mut answer, web.settings.cookie_name(), token, lives);
    answer
}

fn signed_out(web: &Web) -> Response {
    let mut answer = StatusCode::NO_CONTENT.into_response();
    cookies::forget_session(web, &mut answer);
    answer
}

/// A word for the browser, from what it says of itself: the whole of it would be a mark of the person.
pub(crate) fn device(headers: &HeaderMap) -> String {
    let says = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = |known: &[(&'static str, &'static str)]| {
        known.iter().find(|(mark, _)| says.contains(mark)).map(|&(_, name)| name)
    };
    // The order matters: most browsers claim to be those that came before them as well.
    let browser = first(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "a program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_browser_is_known_by_a_word_and_not_by_its_marks() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, HeaderValue::from_static(text));
            device(&headers)
        };
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(of(firefox), "Firefox on Linux");
        let chrome = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
        assert_eq!(of(chrome), "Chrome on Windows");
        assert_eq!(of("curl/8.5.0"), "curl");
        assert_eq!(device(&HeaderMap::new()), "a program");
    }
}
