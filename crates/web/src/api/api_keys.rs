//! API keys: programs in a person's name.

use app::NewApiKey;
use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use domain::api_key::{ApiKey, Scope};
use domain::ids::ApiKeyId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::extract::{Json, Path, Signed};
use crate::state::Shared;
use crate::wire::{Id, ListView, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(create_api_key, list_api_keys)).routes(routes!(revoke_api_key))
}

/// One thing that a key may do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Scope)]
pub(crate) enum ScopeView {
    #[serde(rename = "photos")]
    Photos,
    #[serde(rename = "images:read")]
    ImagesRead,
    #[serde(rename = "generations:write")]
    GenerationsWrite,
    #[serde(rename = "account:read")]
    AccountRead,
    #[serde(rename = "webhooks")]
    Webhooks,
}

impl From<ScopeView> for Scope {
    fn from(scope: ScopeView) -> Self {
        match scope {
            ScopeView::Photos => Scope::Photos,
            ScopeView::ImagesRead => Scope::ImagesRead,
            ScopeView::GenerationsWrite => Scope::GenerationsWrite,
            ScopeView::AccountRead => Scope::AccountRead,
            ScopeView::Webhooks => Scope::Webhooks,
        }
    }
}

impl From<Scope> for ScopeView {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Photos => ScopeView::Photos,
            Scope::ImagesRead => ScopeView::ImagesRead,
            Scope::GenerationsWrite => ScopeView::GenerationsWrite,
            Scope::AccountRead => ScopeView::AccountRead,
            Scope::Webhooks => ScopeView::Webhooks,
        }
    }
}

/// A key. Its secret was shown once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView {
    #[schema(value_type = Id)]
    id: ApiKeyId,
    name: String,
    /// The first characters of the secret, to know it again.
    #[schema(example = "cs_live_4fT9")]
    hint: String,
    scopes: Vec<ScopeView>,
    created_at: Time,
    /// When it was last used, to the minute or so.
    used_at: Option<Time>,
    /// When it ends by itself.
    expires_at: Option<Time>,
    revoked_at: Option<Time>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        ApiKeyView {
            id: key.id,
            name: key.name,
            hint: key.hint,
            scopes: key.scopes.iter().map(ScopeView::from).collect(),
            created_at: key.created_at.into(),
            used_at: key.used_at.map(Time),
            expires_at: key.expires_at.map(Time),
            revoked_at: key.revoked_at.map(Time),
        }
    }
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateApiKey {
    /// What to call it.
    #[schema(example = "my website", min_length = 1, max_length = 100)]
    name: String,
    /// How far it reaches.
    #[schema(min_items = 1)]
    scopes: Vec<ScopeView>,
    /// In so many days it ends by itself; `null`: when it is revoked.
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<u16>,
}

/// A key just made.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedApiKey)]
pub(crate) struct IssuedApiKeyView {
    /// What to send as `Authorization: Bearer`. It is shown this once.
    secret: String,
    key: ApiKeyView,
}

/// Make an API key
#[utoipa::path(
    post, path = "/api-keys", operation_id = "createApiKey", tag = "API keys", security(("session" = [])),
    request_body = CreateApiKey,
    responses((status = 201, body = IssuedApiKeyView, description = "The key, with its secret.")),
)]
async fn create_api_key(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Json(new): Json<CreateApiKey>,
) -> Result<(StatusCode, Answer<IssuedApiKeyView>), Problem> {
    let expires_at = new.expires_in_days.map(|days| in_days(&web, days)).transpose()?;
    let scopes = new.scopes.into_iter().map(Scope::from).collect();
    let issued = web.app.create_api_key(&caller, NewApiKey { name: new.name, scopes, expires_at }).await?;
    let view = IssuedApiKeyView { secret: issued.secret.expose().to_owned(), key: issued.key.into() };
    Ok((StatusCode::CREATED, Answer(view)))
}

fn in_days(web: &Shared, days: u16) -> Result<Timestamp, Problem> {
    if !(1..=3650).contains(&days) {
        return Err(Problem::invalid("expires_in_days", "choose 1 to 3650 days, or null"));
    }
    Ok(web.app.ports().clock.now() + u32::from(days) * domain::time::DAY)
}

/// List the API keys
#[utoipa::path(
    get, path = "/api-keys", operation_id = "listApiKeys", tag = "API keys", security(("session" = [])),
    responses((status = 200, body = ListView<ApiKeyView>, description = "The keys, revoked ones too, newest first.")),
)]
async fn list_api_keys(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<ListView<ApiKeyView>>, Problem> {
    Ok(Answer(web.app.api_keys(&caller).await?.into_iter().map(ApiKeyView::from).collect()))
}

/// Revoke an API key
#[utoipa::path(
    delete, path = "/api-keys/{key}", operation_id = "revokeApiKey", tag = "API keys", security(("session" = [])),
    params(("key" = inline(Id), Path, description = "Which key.")),
    responses((status = 200, body = ApiKeyView, description = "The key, which opens nothing any more.")),
)]
async fn revoke_api_key(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(key): Path<ApiKeyId>,
) -> Result<Answer<ApiKeyView>, Problem> {
    Ok(Answer(web.app.revoke_api_key(&caller, key).await?.into()))
}
