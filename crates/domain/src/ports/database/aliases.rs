//! Aliases: what outside services call an account, how one who is vouched for is taken in, and whom an erasure still has to tell.

use super::Answer;
use crate::account::{Account, Email};
use crate::alias::Alias;
use crate::consent::SubprocessorId;
use crate::ids::{AccountId, ErasureId};
use crate::once::OnceKey;
use crate::time::Timestamp;

/// A person whom an outside identity vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What they are called over there.
    pub alias: Alias,
    /// The address, only if it was verified over there.
    pub verified_email: Option<Email>,
    /// What the person wants to be called; may be empty.
    pub name: String,
    /// When address and name were so: older news changes nothing.
    pub as_of: Timestamp,
    /// The id of a new account, if one has to be made; `None` where no new ones are.
    pub new: Option<AccountId>,
    /// Nobody is taken in if this was noted: that the person is gone.
    pub unless: OnceKey,
    /// When.
    pub now: Timestamp,
}

/// How an arrival went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Welcome {
    /// The alias was known.
    Known,
    /// A local account with the verified address got the alias. Whatever opened it until then opens it no more.
    Moved,
    /// A new account was made.
    New,
}

/// Somebody who was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The account.
    pub account: Account,
    /// How.
    pub how: Welcome,
}

/// The verbs of aliases.
pub trait Aliases: Send + Sync {
    /// Takes in somebody who is vouched for, in this order: the account with the alias, with address and name brought up to
    /// date where they are newer and the address is free; the account with the verified address, if no alias of that service
    /// is on it; a new account, the first of the installation as admin.
    ///
    /// An address that nobody had verified may have been taken by somebody else. So an account that is moved loses its
    /// password, reset link, sessions, API keys and webhook endpoints.
    ///
    /// # Errors
    /// `NotFound(Account)` when `unless` was noted; `Conflict(EmailUnverified)` without a verified address, `Conflict(EmailTaken)`
    /// when the account with the address has another alias of that service; `Conflict(NoNewAccounts)`.
    fn take_in(&self, arrival: Arrival) -> Answer<'_, Arrived>;

    /// The account with an alias.
    fn find_alias(&self, alias: Alias) -> Answer<'_, Option<Account>>;

    /// What a service calls an account.
    fn alias(&self, account: AccountId, service: SubprocessorId) -> Answer<'_, Option<Alias>>;

    /// Gives an account an alias. It takes the place of an earlier one of that service.
    ///
    /// # Errors
    /// `NotFound(Account)`, `Conflict(IdReused)` when another account has it.
    fn set_alias(&self, account: AccountId, alias: Alias, now: Timestamp) -> Answer<'_, ()>;

    /// Takes an alias away. Again it changes nothing.
    fn drop_alias(&self, alias: Alias) -> Answer<'_, ()>;

    /// The aliases of an erased account that still have to be deleted at their services.
    fn farewells(&self, erasure: ErasureId) -> Answer<'_, Vec<Alias>>;

    /// The service has deleted what it had under this alias. Again it changes nothing.
    fn confirm_farewell(&self, alias: Alias) -> Answer<'_, ()>;

    /// Notes something that counts once, until `until`. Says whether it was the first time; what was noted and is over at
    /// `now` counts anew.
    fn note_once(&self, key: OnceKey, now: Timestamp, until: Timestamp) -> Answer<'_, bool>;

    /// Whether something was noted and is not over at `now`.
    fn is_noted(&self, key: OnceKey, now: Timestamp) -> Answer<'_, bool>;
}
