//! Credits: what comes in by payment or grant, and the books.

use serde::Serialize;

use super::Answer;
use crate::credit::{Credits, LedgerEntry, Position};
use crate::ids::AccountId;
use crate::page::{Page, PageRequest};
use crate::payment::{Money, Payment, PaymentKind};
use crate::time::Timestamp;

/// Credits to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// To whom.
    pub account: AccountId,
    /// The granter's key: the same grant is given once.
    pub key: String,
    /// How many.
    pub amount: Credits,
    /// A word for people.
    pub note: String,
    /// When.
    pub now: Timestamp,
}

/// A payment or grant that is in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Where the account stands now.
    pub position: Position,
    /// Whether it was in the books before.
    pub already: bool,
}

/// A payment in the books. It outlives its account, without a word of whose it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentRecord {
    /// What the payment service calls it.
    pub key: String,
    /// Whose it was; `None` after the account was erased.
    pub account: Option<AccountId>,
    /// Which way the money went.
    pub kind: PaymentKind,
    /// How many credits came or went.
    pub credits: Credits,
    /// How much money.
    pub money: Money,
    /// When it happened.
    pub at: Timestamp,
}

/// The verbs of credits.
pub trait Ledger: Send + Sync {
    /// Books a payment once, however often and in whatever order payments are reported.
    ///
    /// # Errors
    /// `Conflict(KeyReused)` when the key is in the books with other contents.
    fn apply_payment(&self, payment: Payment, now: Timestamp) -> Answer<'_, Applied>;

    /// Gives credits once.
    ///
    /// # Errors
    /// `Conflict(KeyReused)` when the key is in the books for another account or amount.
    fn grant_credits(&self, grant: Grant) -> Answer<'_, Applied>;

    /// Where an account stands.
    fn credits(&self, account: AccountId) -> Answer<'_, Position>;

    /// The ledger of an account, newest first.
    fn ledger(&self, account: AccountId, page: PageRequest<u64>) -> Answer<'_, Page<LedgerEntry, u64>>;

    /// The payments from `from` until just before `until`, oldest first, to compare with the payment service's own list.
    fn list_payments(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<PaymentRecord>>;

    /// The accounts whose ledger does not add up: a gap in the sequence, a position that is not the sum, a generation that
    /// ended without its entry or has one too many. It reads everything; empty is the only good answer.
    fn audit_ledger(&self) -> Answer<'_, Vec<AccountId>>;
}
