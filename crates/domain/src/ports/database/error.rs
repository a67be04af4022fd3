//! What can go wrong, by whose turn it is.

use crate::consent::ConsentMissing;
use crate::credit::CreditError;
use crate::generation::OptionsError;
use crate::purchase::Contradiction;

/// A verb that was not carried out. Nothing of it happened, except as [`DatabaseError::Unavailable`] says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// There is no such thing, or it belongs to somebody else. The caller's turn.
    #[error("there is no such {0}")]
    NotFound(Noun),
    /// It can't be done as things stand. The caller's turn.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The credits don't allow it. The caller's turn.
    #[error(transparent)]
    Credit(#[from] CreditError),
    /// The person has not allowed it. The caller's turn.
    #[error(transparent)]
    ConsentMissing(#[from] ConsentMissing),
    /// What was asked for can't be made. The caller's turn.
    #[error(transparent)]
    Invalid(#[from] OptionsError),
    /// Another worker has it, or it ended: whoever asked has to stop and to delete what it wrote.
    #[error("the lease is lost: another worker took the generation, or it ended")]
    LeaseLost,
    /// There is no room left for the database. The operator's turn; nothing was written.
    #[error("the disk of the database is full")]
    Full,
    /// The database did not do it: the operator's or the vendor's turn. It may have happened nevertheless when only the
    /// answer was lost; asking again is safe. The text is for the log and holds no personal data.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// An account.
    Account,
    /// A session.
    Session,
    /// An API key.
    ApiKey,
    /// A version of the policy.
    Policy,
    /// A password reset link.
    Reset,
    /// The logo of a brand kit.
    Logo,
    /// A photo.
    Photo,
    /// A generation.
    Generation,
    /// An attempt.
    Attempt,
    /// An image.
    Image,
    /// A webhook endpoint.
    Endpoint,
    /// A webhook delivery.
    Delivery,
    /// An erasure.
    Erasure,
    /// A purchase.
    Purchase,
    /// An archive of everything about a person.
    Archive,
}

impl std::fmt::Display for Noun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Noun::Account => "account",
            Noun::Session => "session",
            Noun::ApiKey => "API key",
            Noun::Policy => "version of the policy",
            Noun::Reset => "reset link, or it was used or is too old",
            Noun::Logo => "logo",
            Noun::Photo => "photo",
            Noun::Generation => "generation",
            Noun::Attempt => "attempt",
            Noun::Image => "image",
            Noun::Endpoint => "webhook endpoint",
            Noun::Delivery => "webhook delivery",
            Noun::Erasure => "erasure",
            Noun::Purchase => "purchase",
            Noun::Archive => "archive: have it made, and look again when it is ready",
        })
    }
}

/// Why it can't be done as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another account has the address.
    #[error("another account has this address")]
    EmailTaken,
    /// The last admin can't leave other accounts alone, nor become a member.
    #[error("this is the last admin: make another account an admin first")]
    LastAdmin,
    /// The key of a request or grant was used for something else.
    #[error("this key was used before, for something else: take a new one")]
    KeyReused,
    /// An id was used for something else.
    #[error("this id was used before, for something else")]
    IdReused,
    /// The version of the policy names another text.
    #[error("this version of the policy exists with another text: give the new text a new version")]
    PolicyChanged,
    /// The generation ended otherwise.
    #[error("the generation has ended")]
    Ended,
    /// Too few or too many photos.
    #[error("a generation takes 1 to {max} different photos", max = super::MAX_PHOTOS)]
    PhotoCount,
    /// The image has another number than those that were asked for.
    #[error("the generation has no image of this number")]
    ImageNumber,
    /// A generation can't succeed without an image.
    #[error("a generation without an image can't have succeeded")]
    NoImage,
    /// An erasure is not complete while objects remain, or while an outside service still has to be told.
    #[error("objects of this account are still to be deleted, or an outside service is still to be told")]
    ObjectsRemain,
    /// Nobody is taken in by an address that was not verified.
    #[error("the address is not verified: verify it where you signed in, then come again")]
    EmailUnverified,
    /// No new accounts are made.
    #[error("new accounts can't be made here: ask the person who runs this installation")]
    NoNewAccounts,
    /// The payment service contradicts itself.
    #[error("the payment service says something else of this purchase than before")]
    PaymentContradiction,
}

impl From<Contradiction> for Conflict {
    fn from(_: Contradiction) -> Self {
        Conflict::PaymentContradiction
    }
}
