//! Credits: what there is to spend, and every one that came or went.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::credit::{EntryKind, LedgerEntry};
use domain::ids::GenerationId;

use super::purchases::Purchases;
use super::{SECTIONS, SHOWN};
use crate::Problem;
use crate::extract::{Cursor, RawQuery, Signed, page_request};
use crate::pages::Routes;
use crate::pages::frame::{Frame, Visitor};
use crate::pages::front::credits;
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/account/credits", show)
}

#[derive(Template)]
#[template(path = "pages/account/credits.html")]
struct CreditsPage {
    frame: Frame,
    sections: &'static [Section],
    balance: String,
    /// What is owed, in words; only where something is.
    debt: Option<String>,
    free: bool,
    /// Where something is sold.
    purchases: Option<Purchases>,
    entries: Vec<Entry>,
    /// Whether these are not the newest.
    later: bool,
    older: Option<String>,
}

/// A line of the ledger, in words.
pub(crate) struct Entry {
    pub(crate) at: When,
    pub(crate) what: &'static str,
    pub(crate) note: String,
    pub(crate) generation: Option<GenerationId>,
    pub(crate) change: String,
    pub(crate) comes: bool,
    pub(crate) after: String,
}

impl Entry {
    pub(crate) fn of(visitor: &Visitor, entry: LedgerEntry) -> Self {
        let amount = visitor.locale.number(entry.change.unsigned_abs());
        let change = match entry.change {
            0 => amount,
            1.. => format!("+{amount}"),
            _ => format!("−{amount}"),
        };
        Entry {
            at: When::at(visitor.locale, entry.at),
            what: what(entry.kind, entry.change),
            note: entry.note,
            generation: entry.generation,
            change,
            comes: entry.change > 0,
            after: visitor.locale.number(entry.after.balance.get()),
        }
    }
}

/// Why credits came or went.
fn what(kind: EntryKind, change: i64) -> &'static str {
    match kind {
        EntryKind::Grant => "Given",
        EntryKind::Purchase => "Bought",
        EntryKind::Reserve => "Set aside for pictures",
        EntryKind::Settle if change == 0 => "Spent: every picture was made",
        EntryKind::Settle => "Came back: not every picture was made",
        EntryKind::GiveBack => "Came back: nothing was made",
        EntryKind::Refund => "Refunded",
        EntryKind::Chargeback => "Taken back by the bank",
        EntryKind::Return => "Returned by the bank",
        EntryKind::Debt => "Owed",
        EntryKind::Repayment => "Paid what was owed",
    }
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    let after = form.filled("after");
    let position = web.app.credits(&caller).await?;
    let ledger = web.app.ledger(&caller, page_request(after, Some(SHOWN))?).await?;
    let prices = web.app.settings().prices;
    let page = CreditsPage {
        frame: visitor.frame(&web, "Credits", "/account/credits").await?,
        sections: SECTIONS,
        balance: visitor.locale.number(position.balance.get()),
        debt: (position.debt.get() > 0).then(|| credits(&visitor, position.debt)),
        free: prices.headshot.get() == 0 && prices.thumbnail.get() == 0,
        purchases: Purchases::of(&web, &visitor, &caller).await?,
        entries: ledger.items.into_iter().map(|entry| Entry::of(&visitor, entry)).collect(),
        later: after.is_some(),
        older: ledger.next.map(|next| next.write()),
    };
    visitor.page(&web, &page)
}
