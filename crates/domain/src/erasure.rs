//! An erasure: an account that goes, and the receipt that stays.
//!
//! The rows go at once, in one transaction; the objects go afterwards and may take several tries. Until the last one is gone
//! the erasure still knows the account's id, to find its objects; then that is forgotten too, and what stays says how
//! much was deleted and when, but not whose it was.

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, ErasureId};
use crate::time::Timestamp;

/// How much was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureCounts {
    /// Photos.
    pub photos: u64,
    /// Generations, with their attempts.
    pub generations: u64,
    /// Images, with their previews.
    pub images: u64,
    /// Consents.
    pub consents: u64,
    /// Entries of the ledger.
    pub entries: u64,
    /// Sessions and API keys.
    pub credentials: u64,
    /// Webhook endpoints and deliveries.
    pub webhooks: u64,
    /// Usage events.
    pub usage: u64,
    /// Objects in the storage.
    pub objects: u64,
    /// Payments that stay in the books, with nothing that says whose they were.
    pub payments_kept: u64,
}

/// One erasure and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// Names it; the person gets this as the receipt's number.
    pub id: ErasureId,
    /// Whose account it was, until the erasure is complete.
    pub account: Option<AccountId>,
    /// When the rows went.
    pub begun_at: Timestamp,
    /// When the last object was known to be gone.
    pub completed_at: Option<Timestamp>,
    /// How much was deleted.
    pub counts: ErasureCounts,
}
