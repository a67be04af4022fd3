//! An identity kept by somebody else, whose word we take once for each session.

use std::error::Error;
use std::fmt;

use crate::account::Email;
use crate::ports::BoxFuture;
use crate::time::Timestamp;

/// A person's id at the outside identity; never shown, never an id of ours.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(String);

impl Subject {
    /// The longest subject, in bytes.
    pub const MAX_BYTES: usize = 255;

    /// Takes an id over as it is; `None` when it is empty or longer than [`Subject::MAX_BYTES`].
    pub fn new(id: impl Into<String>) -> Option<Self> {
        let id = id.into();
        (1..=Self::MAX_BYTES).contains(&id.len()).then_some(Subject(id))
    }

    /// The id, to store and to ask the outside identity about.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(…)")
    }
}

/// A person an outside identity vouches for.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Who it is over there.
    pub subject: Subject,
    /// The address, only if the outside identity has verified it. Nothing is ever matched by another.
    pub verified_email: Option<Email>,
    /// What the person wants to be called; may be empty.
    pub name: String,
    /// When this was true: older news than what is stored is dropped.
    pub as_of: Timestamp,
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
    Deleted(Subject),
    /// One sign-in over there has ended: our session that came of it ends.
    SessionEnded {
        /// Whose.
        subject: Subject,
        /// Its id over there.
        session: String,
    },
    /// Something that is of no interest here. It is acknowledged.
    Ignored,
}

/// What a page needs to show an outside sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInPage {
    /// Scripts to load, in order: address, then attributes.
    pub scripts: Vec<(String, Vec<(String, String)>)>,
    /// Additions to the Content-Security-Policy: directive, then sources.
    pub content_security: Vec<(String, Vec<String>)>,
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
    /// What it is called in the policy and stored beside a subject.
    fn name(&self) -> &str;

    /// What a page needs to show its sign-in.
    fn sign_in_page(&self) -> SignInPage;

    /// Verifies what a browser brought back from a sign-in. Answers who it is and the id of the sign-in over there.
    ///
    /// # Errors
    /// `Invalid` or `Unavailable`.
    fn verify<'a>(
        &'a self,
        token: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<(Person, String), OutsideError>>;

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
    fn delete<'a>(&'a self, subject: &'a Subject) -> BoxFuture<'a, Result<(), OutsideError>>;
}
