//! Accounts: making, finding and changing them, and everything there is about one.

use serde::Serialize;

use super::Answer;
use crate::account::{Account, Email, PasswordHash, Role};
use crate::alias::Alias;
use crate::api_key::ApiKey;
use crate::attempt::Attempt;
use crate::brand::BrandKit;
use crate::consent::Consent;
use crate::credit::{LedgerEntry, Position};
use crate::digest::SecretDigest;
use crate::generation::Generation;
use crate::ids::{AccountId, PhotoId, SessionId};
use crate::image::Image;
use crate::photo::Photo;
use crate::purchase::Purchase;
use crate::retention::{Period, Retention};
use crate::session::Session;
use crate::subscription::Subscription;
use crate::time::Timestamp;
use crate::usage::UsageEvent;
use crate::webhook::{Delivery, WebhookEndpoint};

/// An account to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// Its id, from the caller.
    pub id: AccountId,
    /// Its address.
    pub email: Email,
    /// What the person wants to be called; may be empty.
    pub name: String,
    /// The hash of its password; `None` when it signs in elsewhere.
    pub password: Option<PasswordHash>,
    /// When.
    pub now: Timestamp,
}

/// What a sign-in is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The account.
    pub account: Account,
    /// The hash of its password, if it has one.
    pub password: Option<PasswordHash>,
}

/// What a person corrects. `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// A new address.
    pub email: Option<Email>,
    /// A new name.
    pub name: Option<String>,
}

/// Everything about one person, as it was at one moment. Secrets and their digests are not in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountExport {
    /// The account.
    pub account: Account,
    /// Where its credits stand.
    pub credits: Position,
    /// Its brand kit.
    pub brand: BrandKit,
    /// What was allowed, and when.
    pub consents: Vec<Consent>,
    /// The photos.
    pub photos: Vec<Photo>,
    /// The generations with their photos, attempts and images, oldest first.
    pub generations: Vec<GenerationExport>,
    /// The ledger, oldest first.
    pub ledger: Vec<LedgerEntry>,
    /// The purchases, newest first.
    pub purchases: Vec<Purchase>,
    /// The subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// What outside services call the account.
    pub aliases: Vec<Alias>,
    /// The sessions.
    pub sessions: Vec<Session>,
    /// The API keys.
    pub api_keys: Vec<ApiKey>,
    /// The webhook endpoints.
    pub endpoints: Vec<WebhookEndpoint>,
    /// What was posted to them.
    pub deliveries: Vec<Delivery>,
    /// The usage events, oldest first.
    pub usage: Vec<UsageEvent>,
}

/// One generation in an export.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenerationExport {
    /// The generation.
    pub generation: Generation,
    /// The photos it was made from that are still there.
    pub photos: Vec<PhotoId>,
    /// Who tried it.
    pub attempts: Vec<Attempt>,
    /// Its images.
    pub images: Vec<Image>,
}

/// The verbs of accounts.
pub trait Accounts: Send + Sync {
    /// Makes an account. The first of the installation becomes admin, also when several come at once.
    ///
    /// # Errors
    /// `Conflict(EmailTaken)`.
    fn create_account(&self, new: NewAccount) -> Answer<'_, Account>;

    /// The account of an id.
    fn account(&self, account: AccountId) -> Answer<'_, Account>;

    /// What a sign-in with this address is checked against; `None` when there is no such account.
    fn find_for_sign_in(&self, email: Email) -> Answer<'_, Option<SignIn>>;

    /// Corrects address or name.
    ///
    /// # Errors
    /// `Conflict(EmailTaken)`.
    fn change_account(&self, account: AccountId, change: AccountChange) -> Answer<'_, Account>;

    /// Makes an account admin or member.
    ///
    /// # Errors
    /// `Conflict(LastAdmin)`.
    fn set_role(&self, account: AccountId, role: Role) -> Answer<'_, Account>;

    /// Sets a password. All sessions but `keep` end, and reset links are void.
    fn set_password(
        &self,
        account: AccountId,
        password: PasswordHash,
        keep: Option<SessionId>,
    ) -> Answer<'_, ()>;

    /// Keeps the digest of a reset link until `expires_at`. It takes the place of an earlier one.
    fn offer_reset(&self, account: AccountId, secret: SecretDigest, expires_at: Timestamp) -> Answer<'_, ()>;

    /// Uses a reset link, once: sets the password, ends every session, and says whose it was.
    ///
    /// # Errors
    /// `NotFound(Reset)` for an unknown, used or expired link.
    fn use_reset(
        &self,
        secret: SecretDigest,
        password: PasswordHash,
        now: Timestamp,
    ) -> Answer<'_, AccountId>;

    /// Sets how long the person's photos and results are kept, for those that are there as well as for those to come.
    /// `None` goes back to the installation's own `rules`. What is expired at `now` stays expired.
    fn choose_retention(
        &self,
        account: AccountId,
        choice: Option<Period>,
        rules: Retention,
        now: Timestamp,
    ) -> Answer<'_, Account>;

    /// Everything about one person, from one moment.
    fn export_account(&self, account: AccountId) -> Answer<'_, AccountExport>;
}
