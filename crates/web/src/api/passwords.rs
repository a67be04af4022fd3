//! Passwords: changing one, and setting one with a reset link.

use axum::extract::State;
use axum::http::StatusCode;
use domain::secret::Secret;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::extract::{Client, Json, Signed};
use crate::state::Shared;

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(change_password)).routes(routes!(reset_password))
}

/// The old and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    #[schema(max_length = 1024)]
    old: String,
    #[schema(max_length = 1024)]
    new: String,
}

/// Change the password
///
/// Every other session ends.
#[utoipa::path(
    put, path = "/account/password", operation_id = "changePassword", tag = "Account", security(("session" = [])),
    request_body = ChangePassword,
    responses((status = 204, description = "It is changed.")),
    extensions(("x-problems" = json!(["wrong-sign-in", "password-refused", "too-many-tries", "busy"]))),
)]
async fn change_password(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Client(client): Client,
    Json(change): Json<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let (old, new) = (Secret::new(change.old), Secret::new(change.new));
    web.app.change_password(&caller, &old, &new, client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an admin's link carries, and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPassword {
    #[schema(max_length = 200)]
    token: String,
    #[schema(max_length = 1024)]
    password: String,
}

/// Set a password with a reset link
///
/// The link comes from an admin, and is good once. Every session of the account ends.
#[utoipa::path(
    post, path = "/password-resets", operation_id = "resetPassword", tag = "Account", security(()),
    request_body = ResetPassword,
    responses((status = 204, description = "The password is set: sign in with it.")),
    extensions(("x-problems" = json!(["not-found", "password-refused", "too-many-tries", "busy"]))),
)]
async fn reset_password(
    State(web): State<Shared>,
    Client(client): Client,
    Json(reset): Json<ResetPassword>,
) -> Result<StatusCode, Problem> {
    web.app.use_reset_link(&reset.token, &Secret::new(reset.password), client).await?;
    Ok(StatusCode::NO_CONTENT)
}
