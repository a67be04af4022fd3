//! Passwords: slow on purpose, and therefore bounded.

use crate::account::{Email, PasswordHash};
use crate::ports::BoxFuture;
use crate::secret::Secret;

/// What verifying said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It is not the password, or there is no such account: the two look and last alike.
    Wrong,
    /// It is.
    Right,
    /// It is, and the stored hash is not as strong as today's: store this one in its place.
    RightRehashed(PasswordHash),
}

/// Why a password was not taken or not verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// Too few characters.
    #[error("the password is too short: use at least {min} characters, for example four words")]
    TooShort {
        /// The fewest characters.
        min: usize,
    },
    /// Too many bytes. It is refused, never cut.
    #[error("the password is too long: use at most {max} bytes")]
    TooLong {
        /// The most bytes.
        max: usize,
    },
    /// It is among those that guessers try first.
    #[error("this password is among the first that are guessed: choose another, for example four words")]
    Common,
    /// It repeats the address.
    #[error("the password is made of the email address: choose another, for example four words")]
    Personal,
    /// So many are being verified that another would wait too long.
    #[error("too many people are signing in at this moment: try again in a few seconds")]
    Busy,
    /// The operating system gave no randomness for a salt, or the hash could not be computed.
    #[error("the password could not be hashed: {0}")]
    Failed(&'static str),
}

/// Hashes and verifies passwords.
pub trait Passwords: Send + Sync {
    /// Checks a new password against the policy and hashes it.
    ///
    /// # Errors
    /// Any [`PasswordError`].
    fn hash<'a>(
        &'a self,
        password: &'a Secret,
        email: &'a Email,
    ) -> BoxFuture<'a, Result<PasswordHash, PasswordError>>;

    /// Verifies a password. With nothing stored, because no account has the address, it works as long and answers
    /// [`PasswordCheck::Wrong`].
    ///
    /// # Errors
    /// `Busy` or `Failed`.
    fn verify<'a>(
        &'a self,
        password: &'a Secret,
        stored: Option<&'a PasswordHash>,
    ) -> BoxFuture<'a, Result<PasswordCheck, PasswordError>>;
}
