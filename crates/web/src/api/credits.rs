//! Credits: the balance and the ledger.

use axum::Json as Answer;
use axum::extract::State;
use domain::credit::{EntryKind, LedgerEntry, Position};
use domain::ids::GenerationId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::extract::{PageQuery, Query, Signed};
use crate::state::Shared;
use crate::wire::{Id, PageView, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(get_credits)).routes(routes!(list_entries))
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Credits)]
pub(crate) struct CreditsView {
    /// What can be spent.
    balance: u32,
    /// What is owed, after a payment was taken back; only by an empty account.
    debt: u32,
}

impl From<Position> for CreditsView {
    fn from(position: Position) -> Self {
        CreditsView { balance: position.balance.get(), debt: position.debt.get() }
    }
}

/// Why credits came or went.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = EntryKind)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntryKindView {
    Grant,
    Purchase,
    Reserve,
    Settle,
    GiveBack,
    Refund,
    Chargeback,
    Return,
    Debt,
    Repayment,
}

impl From<EntryKind> for EntryKindView {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Grant => Self::Grant,
            EntryKind::Purchase => Self::Purchase,
            EntryKind::Reserve => Self::Reserve,
            EntryKind::Settle => Self::Settle,
            EntryKind::GiveBack => Self::GiveBack,
            EntryKind::Refund => Self::Refund,
            EntryKind::Chargeback => Self::Chargeback,
            EntryKind::Return => Self::Return,
            EntryKind::Debt => Self::Debt,
            EntryKind::Repayment => Self::Repayment,
        }
    }
}

/// One line of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct EntryView {
    /// Its place in the account's ledger, from 1 and without gaps.
    sequence: u64,
    kind: EntryKindView,
    /// Added to the balance; negative when it was taken.
    change: i64,
    /// Where the account stood after it.
    after: CreditsView,
    /// The generation that it belongs to.
    #[schema(value_type = Option<Id>)]
    generation: Option<GenerationId>,
    note: String,
    at: Time,
}

impl From<LedgerEntry> for EntryView {
    fn from(entry: LedgerEntry) -> Self {
        EntryView {
            sequence: entry.sequence,
            kind: entry.kind.into(),
            change: entry.change,
            after: entry.after.into(),
            generation: entry.generation,
            note: entry.note,
            at: entry.at.into(),
        }
    }
}

/// Read the balance
#[utoipa::path(
    get, path = "/credits", operation_id = "getCredits", tag = "Credits",
    security(("session" = []), ("api_key" = ["account:read"])),
    responses((status = 200, body = CreditsView, description = "Where the account stands.")),
)]
async fn get_credits(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<CreditsView>, Problem> {
    Ok(Answer(web.app.credits(&caller).await?.into()))
}

/// List the ledger
///
/// Every credit that came or went, newest first. Nothing is ever changed in it.
#[utoipa::path(
    get, path = "/credits/entries", operation_id = "listLedger", tag = "Credits",
    security(("session" = []), ("api_key" = ["account:read"])),
    params(PageQuery),
    responses((status = 200, body = PageView<EntryView>, description = "A page of the ledger.")),
)]
async fn list_entries(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(page): Query<PageQuery>,
) -> Result<Answer<PageView<EntryView>>, Problem> {
    Ok(Answer(PageView::of(web.app.ledger(&caller, page.request()?).await?, EntryView::from)))
}
