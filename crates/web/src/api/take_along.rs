//! Taking everything along: a ZIP of all that is kept about a person, made in the background and fetched when it is there.

use std::sync::Arc;

use app::{Caller, Gathered};
use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::archives;
use crate::Problem;
use crate::extract::{Range, Signed};
use crate::files::hand_over;
use crate::reading::Disposition;
use crate::state::Shared;
use crate::wire::Time;

/// What the file is called.
const FILE_NAME: &str = "covershots-account.zip";

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(gather_archive, get_archive)).routes(routes!(get_archive_file))
}

/// How the archive of an account stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountArchive)]
pub(crate) struct GatheredView {
    state: GatheredState,
    /// Since when it is being made.
    since: Option<Time>,
    /// Its length, when it is ready.
    bytes: Option<u64>,
    made_at: Option<Time>,
    /// From this moment on it is gone: a day later, or sooner when something in it ends sooner.
    expires_at: Option<Time>,
}

/// Whether there is an archive.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = AccountArchiveState)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GatheredState {
    /// None, or no more.
    Nothing,
    Making,
    Ready,
}

impl From<Gathered> for GatheredView {
    fn from(gathered: Gathered) -> Self {
        let none = |state| GatheredView { state, since: None, bytes: None, made_at: None, expires_at: None };
        match gathered {
            Gathered::Nothing => none(GatheredState::Nothing),
            Gathered::Making { since } => {
                GatheredView { since: Some(since.into()), ..none(GatheredState::Making) }
            }
            Gathered::Ready { bytes, made_at, expires_at } => GatheredView {
                bytes: Some(bytes),
                made_at: Some(made_at.into()),
                expires_at: Some(expires_at.into()),
                ..none(GatheredState::Ready)
            },
        }
    }
}

/// Have everything gathered
///
/// Every photo, image and preview with all data about the account as JSON and a page to read it by, as one ZIP that is made in
/// the background. It takes the place of an earlier one; while one is being made, nothing more is begun.
#[utoipa::path(
    post, path = "/account/archive", operation_id = "gatherArchive", tag = "Account", security(("session" = [])),
    responses((status = 202, body = GatheredView, description = "How it stands.")),
)]
async fn gather_archive(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<(StatusCode, Answer<GatheredView>), Problem> {
    begin(&web, &caller).await?;
    Ok((StatusCode::ACCEPTED, Answer(web.app.gathered(&caller).await?.into())))
}

/// Has the caller's archive made in the background, unless it is being made already.
pub(crate) async fn begin(web: &Shared, caller: &Caller) -> Result<(), Problem> {
    if !web.app.begin_gathering(caller).await? {
        return Ok(());
    }
    let (web, caller) = (Arc::clone(web), caller.clone());
    tokio::spawn(async move {
        // It waits for its turn as long as it takes; that nobody gives turns any more means that the process ends.
        let Ok(_turn) = web.archives.acquire().await else { return };
        match web.app.gather(&caller, archives::packed).await {
            Ok(Gathered::Ready { bytes, .. }) => {
                tracing::info!(account = %caller.id(), bytes, "an archive was made")
            }
            Ok(_) => {
                tracing::info!(account = %caller.id(), "an archive was given up: something in it was deleted")
            }
            Err(error) => tracing::warn!(account = %caller.id(), %error, "an archive could not be made"),
        }
    });
    Ok(())
}

/// Look how the archive stands
#[utoipa::path(
    get, path = "/account/archive", operation_id = "getArchive", tag = "Account", security(("session" = [])),
    responses((status = 200, body = GatheredView, description = "How it stands.")),
)]
async fn get_archive(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<GatheredView>, Problem> {
    Ok(Answer(web.app.gathered(&caller).await?.into()))
}

/// Fetch the archive
#[utoipa::path(
    get, path = "/account/archive/file", operation_id = "getArchiveFile", tag = "Account", security(("session" = [])),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/zip", description = "The archive."),
        (status = 206, body = Vec<u8>, content_type = "application/zip", description = "The part that the Range header asks for."),
        (status = 304, description = "It is the one that If-None-Match names."),
        (status = 307, description = "It is at the storage's own address, for a few minutes: go there without the credential."),
    ),
    extensions(("x-problems" = json!(["not-found", "range"]))),
)]
async fn get_archive_file(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Range(range): Range,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let delivery = web.app.hand_over_archive(&caller, range).await?;
    Ok(hand_over(delivery, range, &headers, Disposition::Attachment(FILE_NAME.to_owned())))
}
