//! Credits: what is granted, and the ledger.

use super::Answer;
use crate::credit::{Credits, LedgerEntry, Position};
use crate::ids::AccountId;
use crate::page::{Page, PageRequest};
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

/// A grant that is in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Where the account stands now.
    pub position: Position,
    /// Whether it was in the books before.
    pub already: bool,
}

/// The verbs of credits.
pub trait Ledger: Send + Sync {
    /// Gives credits once.
    ///
    /// # Errors
    /// `Conflict(KeyReused)` when the key is in the books for another account or amount.
    fn grant_credits(&self, grant: Grant) -> Answer<'_, Applied>;

    /// Where an account stands.
    fn credits(&self, account: AccountId) -> Answer<'_, Position>;

    /// The ledger of an account, newest first.
    fn ledger(&self, account: AccountId, page: PageRequest<u64>) -> Answer<'_, Page<LedgerEntry, u64>>;

    /// The accounts whose ledger does not add up: a gap in the sequence, a position that is not the sum, a generation that
    /// ended without its entry or has one too many. It reads everything; empty is the only good answer.
    fn audit_ledger(&self) -> Answer<'_, Vec<AccountId>>;
}
