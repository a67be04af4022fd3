//! Tokens: random secrets that we hand out once and keep only the digest of.

use std::net::IpAddr;
use std::time::Duration;

use crate::account::Email;
use crate::digest::SecretDigest;
use crate::guessing::Limit;
use crate::secret::Secret;
use crate::throttle::ThrottleKey;

/// How long a reset link is good for. It is used up by its first use, which the database sees to.
pub const RESET_VALID_FOR: Duration = Duration::from_secs(60 * 60);

/// What a token is for. A token of one kind is never taken for another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A session, in a cookie.
    Session,
    /// A program's key to the API.
    ApiKey,
    /// A link with which a person chooses a new password.
    Reset,
}

/// A token just made.
#[derive(Debug)]
pub struct Issued {
    /// The token, to be shown or set once and never again.
    pub token: Secret,
    /// What is kept of it.
    pub digest: SecretDigest,
    /// The beginning that is kept so that a person recognises their key in a list; it gives nothing away.
    pub hint: String,
}

/// The machine gave no randomness: nothing secret can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no randomness: no session or key can be made until it does")]
pub struct RandomnessError;

/// Makes tokens and recognises them.
pub trait Tokens: Send + Sync {
    /// A new token.
    ///
    /// # Errors
    /// [`RandomnessError`].
    fn issue(&self, kind: TokenKind) -> Result<Issued, RandomnessError>;

    /// The digest to look a presented token up by, or `None` when it cannot be one of this kind: mistyped, cut off, or
    /// somebody else's. That needs no database.
    fn recognise(&self, kind: TokenKind, presented: &str) -> Option<SecretDigest>;

    /// The token that a form carries to show that one of our pages sent it. It follows from the session's token, so
    /// nothing more is kept, and looks different each time, so that a compressed page does not give it away.
    ///
    /// # Errors
    /// [`RandomnessError`].
    fn csrf(&self, session: &Secret) -> Result<Secret, RandomnessError>;

    /// Whether a form's token belongs to the session.
    fn csrf_matches(&self, session: &Secret, presented: &str) -> bool;

    /// Under which key the tries that a limit counts are counted. It is a keyed digest: the counters' table holds
    /// neither the addresses that people mistyped nor where they came from.
    fn throttle_key(&self, limit: &Limit, email: &Email, client: IpAddr) -> ThrottleKey;
}
