//! Receipts of erasures, for whoever has their number: there is no account left to sign in to.

use app::Receipt;
use axum::Json as Answer;
use axum::extract::State;
use domain::erasure::ErasureCounts;
use domain::ids::ErasureId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::extract::Path;
use crate::state::Shared;
use crate::wire::{Id, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(get_erasure))
}

/// The receipt of an erasure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct ReceiptView {
    #[schema(value_type = Id)]
    id: ErasureId,
    /// When every record about the account went.
    begun_at: Time,
    /// When the last picture was known to be gone; `null` while the storage is still at it.
    completed_at: Option<Time>,
    deleted: DeletedView,
    /// What was looked through and showed nothing more, before it counted as complete.
    searched: Vec<String>,
    /// What stays, and why.
    stays: Vec<StayView>,
}

/// Something that stays.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stay)]
pub(crate) struct StayView {
    what: String,
    why: String,
}

/// How much was deleted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deleted)]
pub(crate) struct DeletedView {
    photos: u64,
    generations: u64,
    images: u64,
    consents: u64,
    /// Entries of the ledger.
    entries: u64,
    /// Sessions, API keys, passwords.
    credentials: u64,
    /// Endpoints and their log.
    webhooks: u64,
    usage: u64,
    /// Files of photos, images and previews.
    objects: u64,
    /// Payments that the law says to keep. They say no more whose they were.
    payments_kept: u64,
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        let ErasureCounts {
            photos,
            generations,
            images,
            consents,
            entries,
            credentials,
            webhooks,
            usage,
            objects,
            payments_kept,
        } = receipt.counts;
        ReceiptView {
            id: receipt.id,
            begun_at: receipt.begun_at.into(),
            completed_at: receipt.completed_at.map(Time),
            deleted: DeletedView {
                photos,
                generations,
                images,
                consents,
                entries,
                credentials,
                webhooks,
                usage,
                objects,
                payments_kept,
            },
            searched: receipt.searched,
            stays: receipt
                .stays
                .into_iter()
                .map(|stay| StayView { what: stay.what, why: stay.why.to_owned() })
                .collect(),
        }
    }
}

/// Read the receipt of an erasure
#[utoipa::path(
    get, path = "/erasures/{erasure}", operation_id = "getErasure", tag = "Account", security(()),
    params(("erasure" = inline(Id), Path, description = "The receipt's number.")),
    responses((status = 200, body = ReceiptView, description = "The receipt.")),
)]
async fn get_erasure(
    State(web): State<Shared>,
    Path(erasure): Path<ErasureId>,
) -> Result<Answer<ReceiptView>, Problem> {
    Ok(Answer(web.app.receipt(erasure).await?.into()))
}
