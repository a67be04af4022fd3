//! The database, in the verbs of the use cases.
//!
//! Each verb is one transaction: all of it happened or nothing, and when it is answered it is durable. So each backend
//! (SQL or not) carries the same rules, and one conformance suite puts each through the same story.
//!
//! Four promises hold for every verb:
//! - **It authorises in the query.** A verb that a person can cause takes the account's id; what belongs to another
//!   account is not found.
//! - **It may be asked twice.** An answer can get lost on the way. Ids come from the caller, so a repetition is known as one
//!   and changes nothing. What was deleted already is then not found. Only counters count again.
//! - **Time is a parameter.** No backend reads a clock.
//! - **Nothing vendor-specific comes out.** [`DatabaseError`] says whose turn it is.

mod accounts;
mod admin;
mod aliases;
mod api_keys;
mod brands;
mod consents;
mod credits;
mod deletions;
mod erasures;
mod error;
mod generations;
mod images;
mod payments;
mod photos;
mod sessions;
mod throttles;
mod transfer;
mod webhooks;
mod work;

pub use accounts::{AccountChange, AccountExport, Accounts, GenerationExport, NewAccount, SignIn};
pub use admin::{
    AccountSummary, Admin, AttemptSummary, Percentiles, Spending, StateCounts, StyleUsage, Totals,
};
pub use aliases::{Aliases, Arrival, Arrived, Welcome};
pub use api_keys::ApiKeys;
pub use brands::{Brands, NewLogo};
pub use consents::{Consents, Withdrawal};
pub use credits::{Applied, Grant, Ledger};
pub use deletions::Deletions;
pub use erasures::Erasures;
pub use error::{Conflict, DatabaseError, Noun};
pub use generations::{Generations, IdempotencyKey, MAX_PHOTOS, NewGeneration, Started, WithImages};
pub use images::{ImageFilter, Images};
pub use payments::{Heard, MoneySummary, PaymentMessage, PaymentNews, PaymentRecord, Purchases};
pub use photos::Photos;
pub use sessions::Sessions;
pub use throttles::Throttles;
pub use transfer::{Field, Movable, Record, RecordKey, Table, Transfer};
pub use webhooks::{DeliveryResult, Webhooks};
pub use work::{AttemptResult, Claim, Claimed, Finish, NewAttempt, NewImage, Work};

use super::BoxFuture;

/// What a verb gives back.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, DatabaseError>>;

/// All verbs, one noun after the other. Whatever carries out each of them is a database.
pub trait Database:
    Accounts
    + Sessions
    + ApiKeys
    + Brands
    + Aliases
    + Consents
    + Photos
    + Generations
    + Work
    + Images
    + Ledger
    + Purchases
    + Deletions
    + Erasures
    + Webhooks
    + Throttles
    + Admin
{
}

impl<T> Database for T where
    T: Accounts
        + Sessions
        + ApiKeys
        + Brands
        + Aliases
        + Consents
        + Photos
        + Generations
        + Work
        + Images
        + Ledger
        + Purchases
        + Deletions
        + Erasures
        + Webhooks
        + Throttles
        + Admin
{
}
