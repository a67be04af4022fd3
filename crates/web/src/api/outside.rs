//! Signing in by somebody else's word, and the messages that somebody sends.

use app::{OutsideSignIn, OutsideSignedIn};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::secret::Secret;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sessions::{device, renewed, signed_in};
use crate::Problem;
use crate::extract::{Json, MaybeSigned, raw_body, text_headers};
use crate::state::Shared;

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(exchange)).routes(routes!(hear))
}

/// What the outside identity's script gave to the page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OutsideToken)]
pub(crate) struct TokenBody {
    #[schema(max_length = 8192)]
    token: String,
}

/// Exchange an outside sign-in for a session
///
/// The token is taken once. The answer sets the session's cookie; the session lasts an hour, and another token of the same sign-in
/// renews it.
#[utoipa::path(
    post, path = "/sessions/outside", operation_id = "exchangeSignIn", tag = "Sessions", security(()),
    request_body = TokenBody,
    responses(
        (status = 201, body = super::sessions::SignedInView, description = "Signed in."),
        (status = 200, body = super::sessions::SignedInView, description = "The session lives on."),
    ),
    extensions(("x-problems" = json!(["not-offered", "sign-in-refused", "email-unverified", "email-taken", "sign-up-closed"]))),
)]
async fn exchange(
    State(web): State<Shared>,
    MaybeSigned(current): MaybeSigned,
    headers: HeaderMap,
    Json(body): Json<TokenBody>,
) -> Result<Response, Problem> {
    let sign_in = OutsideSignIn { token: Secret::new(body.token), device: device(&headers), current };
    Ok(match web.app.sign_in_outside(sign_in).await? {
        OutsideSignedIn::Opened(opened) => signed_in(&web, opened),
        OutsideSignedIn::Renewed(session, account) => {
            let token = crate::extract::session_token(&headers, &web);
            renewed(&web, token, session, account)
        }
    })
}

/// Hear the outside identity
///
/// For the outside identity's own messages, which carry its signature.
#[utoipa::path(
    post, path = "/hooks/identity", operation_id = "hearIdentity", tag = "Hooks", security(()),
    request_body(content = Vec<u8>, content_type = "application/json", description = "A signed message."),
    responses((status = 204, description = "Heard.")),
    extensions(("x-problems" = json!(["not-offered", "bad-signature", "too-large", "last-admin"]))),
)]
async fn hear(State(web): State<Shared>, request: Request) -> Result<StatusCode, Problem> {
    let (headers, body) = raw_body(request).await?;
    web.app.hear_outside(&text_headers(&headers), &body).await?;
    Ok(StatusCode::NO_CONTENT)
}
