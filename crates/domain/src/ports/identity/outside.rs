//! An identity kept by somebody else, whose word we take once for each session.

use std::error::Error;
use std::fmt;

use crate::account::Email;
use crate::alias::Alias;
use crate::consent::SubprocessorId;
use crate::ports::BoxFuture;
use crate::time::Timestamp;

/// A person an outside identity vouches for.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Who it is over there.
    pub alias: Alias,
    /// The address, only if the outside identity has verified it. Nothing is ever matched by another.
    pub verified_email: Option<Email>,
    /// What the person wants to be called; may be empty.
    pub name: String,
    /// When this was true: older news than what is stored is dropped.
    pub as_of: Timestamp,
}

/// The word of an outside identity for a browser that signed in there.
#[derive(Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Who it is over there.
    pub alias: Alias,
    /// The sign-in over there: while that lasts and no longer, ours may.
    pub sign_in: String,
    /// Names this word among all: it is taken once.
    pub token: String,
    /// From this moment on the word is worth nothing.
    pub expires_at: Timestamp,
    /// Whether somebody of the outside identity's own has signed in as this person.
    pub impersonated: bool,
}

impl fmt::Debug for Vouched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vouched").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("as_of", &self.as_of).finish_non_exhaustive()
    }
}

/// What an outside identity tells of its own accord. It may come twice, late and in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutsideEvent {
    /// The person is new, or their address or name is.
    Changed(Person),
    /// The person is gone: their account here is erased.
    Deleted(Alias),
    /// A sign-in over there has ended: our sessions that stand on it end.
    SignInEnded(String),
    /// Something that is of no interest here. It is acknowledged.
    Ignored,
}

/// A script of somebody else's that a page loads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its address.
    pub source: String,
    /// Attributes beside the address, by name.
    pub attributes: Vec<(&'static str, String)>,
}

/// What a page needs to show an outside sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInPage {
    /// Scripts to load, in order.
    pub scripts: Vec<Script>,
    /// What our own page has to run when they are there: it shows the sign-in in `#sign-in` or `#sign-up` and the person in
    /// `#user`, posts `{"token": …}` to the address in `#outside`'s `data-exchange`, and goes on to `data-next`.
    pub glue: &'static str,
    /// Additions to the Content-Security-Policy: directive, then sources.
    pub content_security: Vec<(&'static str, Vec<String>)>,
}

/// Why an outside identity's word was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutsideError {
    /// The token or the signature is not good: forged, expired, or for somebody else's site.
    #[error("this sign-in is not valid here: sign in again")]
    Invalid,
    /// The outside identity did not answer.
    #[error("the sign-in service does not answer: try again in a minute")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// An identity kept by somebody else.
pub trait Outside: Send + Sync {
    /// What it is called in the policy and in aliases.
    fn service(&self) -> &SubprocessorId;

    /// What a page needs to show its sign-in.
    fn sign_in_page(&self) -> &SignInPage;

    /// Verifies what a browser brought back from a sign-in.
    ///
    /// # Errors
    /// `Invalid` or `Unavailable`.
    fn verify<'a>(&'a self, token: &'a str, now: Timestamp) -> BoxFuture<'a, Result<Vouched, OutsideError>>;

    /// Asks about a person; `None` when there is none of this id (any more).
    ///
    /// # Errors
    /// `Unavailable`.
    fn person<'a>(&'a self, alias: &'a Alias) -> BoxFuture<'a, Result<Option<Person>, OutsideError>>;

    /// Verifies and reads a message that came in by itself: its headers (names in lower case) and raw body. Answers
    /// the message's own id, by which repetitions are known, and what it says.
    ///
    /// # Errors
    /// `Invalid`.
    fn read_event(
        &self,
        headers: &[(&str, &str)],
        body: &[u8],
        now: Timestamp,
    ) -> Result<(String, OutsideEvent), OutsideError>;

    /// Deletes the person over there. One who is gone already counts as deleted.
    ///
    /// # Errors
    /// `Unavailable`: to be tried again until it succeeds.
    fn delete<'a>(&'a self, alias: &'a Alias) -> BoxFuture<'a, Result<(), OutsideError>>;
}
