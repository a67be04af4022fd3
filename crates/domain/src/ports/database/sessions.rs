//! Sessions of signed-in browsers.

use super::Answer;
use crate::account::Account;
use crate::digest::SecretDigest;
use crate::ids::{AccountId, SessionId};
use crate::session::Session;
use crate::time::Timestamp;

/// The verbs of sessions.
pub trait Sessions: Send + Sync {
    /// Opens a session for whoever shows the secret.
    fn open_session(&self, session: Session, secret: SecretDigest) -> Answer<'_, Session>;

    /// The session of a secret and its account; `None` when there is none at `now`.
    fn find_session(&self, secret: SecretDigest, now: Timestamp) -> Answer<'_, Option<(Session, Account)>>;

    /// Notes that a session was used, and prolongs it.
    fn touch_session(&self, session: SessionId, now: Timestamp, expires_at: Timestamp) -> Answer<'_, ()>;

    /// The sessions of an account that are open at `now`, newest first.
    fn list_sessions(&self, account: AccountId, now: Timestamp) -> Answer<'_, Vec<Session>>;

    /// Ends one session.
    ///
    /// # Errors
    /// `NotFound(Session)`.
    fn end_session(&self, account: AccountId, session: SessionId) -> Answer<'_, ()>;

    /// Ends every session but `keep`, and says how many.
    fn end_sessions(&self, account: AccountId, keep: Option<SessionId>) -> Answer<'_, u64>;

    /// Ends every session that stands on this sign-in at the outside identity, and says how many.
    fn end_sign_in(&self, sign_in: String) -> Answer<'_, u64>;
}
