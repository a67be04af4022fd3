//! What can go wrong in a use case, and whose turn it is then.
//!
//! [`AppError::kind`] is stable: programs may rely on it, and web makes a problem type (RFC 9457) of it. The text is
//! for the person; what only the operator should read is in the error's sources.

use domain::account::EmailError;
use domain::api_key::Scope;
use domain::check::PhotoCheck;
use domain::consent::{ConsentMissing, PurposeError};
use domain::credit::CreditError;
use domain::generation::OptionsError;
use domain::platform::UnknownPlatform;
use domain::ports::database::{Conflict, DatabaseError, Noun};
use domain::ports::identity::{PasswordError, RandomnessError};
use domain::ports::objects::ObjectsError;
pub use domain::ports::objects::Turn;
use domain::ports::outbound::UrlError;
use domain::ports::pictures::PictureError;
use domain::style::UnknownStyle;
use domain::time::Timestamp;

/// A use case that was not carried out. It cost nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// No session or key that is good.
    #[error("sign in first, or send an API key that is valid")]
    NotSignedIn,
    /// Address and password don't belong together, or there is no such account: the two look alike.
    #[error("the address or the password is wrong")]
    WrongSignIn,
    /// The installation takes no new accounts.
    #[error("new accounts can't be made here: ask the person who runs this installation")]
    SignUpClosed,
    /// Another way to sign in or to get credits is in its place here.
    #[error("this is not offered here")]
    NotOffered,
    /// The word of the outside identity was not taken.
    #[error("this sign-in is not valid here: sign in again")]
    SignInRefused,
    /// Nobody is taken in by an address that was not verified.
    #[error("the address is not verified: verify it where you signed in, then come again")]
    EmailUnverified,
    /// A message that was not signed by whom it should be from, or not lately.
    #[error("this message has no valid signature")]
    Unsigned,
    /// There is a subscription already.
    #[error("there is a subscription already: see to it on its page")]
    AlreadySubscribed,
    /// The payment service refuses what it is asked for: the operator's turn.
    #[error("nothing can be bought at this moment: tell the person who runs this installation")]
    PaymentsRefused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Too many tries.
    #[error("too many tries: wait until {until}")]
    Throttled {
        /// When the next one is looked at.
        until: Timestamp,
    },
    /// So much is being done at this moment that this would wait too long.
    #[error("too much is going on at this moment: try again in a few seconds")]
    Busy,
    /// The key does not reach so far.
    #[error("this API key may not do that: it needs the scope {}", .0.as_str())]
    ScopeMissing(Scope),
    /// An API key can't do it at all.
    #[error("this can't be done with an API key: sign in to do it")]
    SessionNeeded,
    /// Only an admin can.
    #[error("only an admin can do that")]
    AdminNeeded,
    /// There is no such thing, or it is somebody else's.
    #[error("there is no such {0}")]
    NotFound(Noun),
    /// The full resolution is over; the preview may still be there.
    #[error("this picture was deleted at {0}, as the policy says")]
    Gone(Timestamp),
    /// It can't be done as things stand.
    #[error(transparent)]
    Conflict(Conflict),
    /// The credits don't allow it.
    #[error(transparent)]
    Credit(CreditError),
    /// It was not allowed by the person.
    #[error(transparent)]
    ConsentMissing(ConsentMissing),
    /// The text that was agreed to is not the one in force.
    #[error("the privacy policy has changed since the page was loaded: read it again")]
    PolicyOutdated,
    /// What was asked for can't be made.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// No such style.
    #[error(transparent)]
    Style(#[from] UnknownStyle),
    /// No such platform.
    #[error(transparent)]
    Platform(#[from] UnknownPlatform),
    /// The password was not taken.
    #[error(transparent)]
    Password(PasswordError),
    /// Not an address.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// Not a purpose.
    #[error(transparent)]
    Purpose(#[from] PurposeError),
    /// The address of a webhook is not taken.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Something else that was sent is not good.
    #[error("{field}: {message}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// Nothing can be made of the photo; the advice says why.
    #[error("this photo can't be used: {}", advice(.0))]
    PhotoUnusable(Box<PhotoCheck>),
    /// The file is no photo that can be read.
    #[error("this picture can't be read: {0}")]
    PhotoUnreadable(String),
    /// The account keeps as many photos as it may.
    #[error("there are {limit} photos already: delete some first")]
    TooManyPhotos {
        /// The most.
        limit: u32,
    },
    /// The account has as many endpoints as it may.
    #[error("there are {limit} webhook endpoints already: delete one first")]
    TooManyEndpoints {
        /// The most.
        limit: usize,
    },
    /// The upload is too large, broke off, or asks for bytes that are not there.
    #[error(transparent)]
    Upload(ObjectsError),
    /// Nothing here makes what was asked for: the operator's turn.
    #[error("nothing in this installation makes {0}: ask the person who runs it")]
    NoProvider(String),
    /// The storage is full or damaged, or knows us not any more: the operator's turn.
    #[error(transparent)]
    Storage(ObjectsError),
    /// Something is broken for the moment. The cause is for the log.
    #[error("something here does not work at this moment: try again in a minute")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn advice(check: &PhotoCheck) -> &str {
    check.findings.first().map_or("it is not good enough", |finding| &finding.advice)
}

impl AppError {
    /// A stable name for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            AppError::NotSignedIn => "not-signed-in",
            AppError::WrongSignIn => "wrong-sign-in",
            AppError::SignUpClosed => "sign-up-closed",
            AppError::NotOffered => "not-offered",
            AppError::SignInRefused => "sign-in-refused",
            AppError::EmailUnverified => "email-unverified",
            AppError::Unsigned => "bad-signature",
            AppError::AlreadySubscribed => "already-subscribed",
            AppError::PaymentsRefused(_) => "payments-refused",
            AppError::Throttled { .. } => "too-many-tries",
            AppError::Busy => "busy",
            AppError::ScopeMissing(_) => "scope-missing",
            AppError::SessionNeeded => "session-needed",
            AppError::AdminNeeded => "admin-needed",
            AppError::NotFound(_) => "not-found",
            AppError::Gone(_) => "gone",
            AppError::Conflict(Conflict::EmailTaken) => "email-taken",
            AppError::Conflict(Conflict::LastAdmin) => "last-admin",
            AppError::Conflict(Conflict::KeyReused) => "key-reused",
            AppError::Conflict(Conflict::Ended) => "ended",
            AppError::Conflict(Conflict::PhotoCount) => "photo-count",
            AppError::Conflict(_) => "conflict",
            AppError::Credit(CreditError::Insufficient { .. }) => "insufficient-credits",
            AppError::Credit(CreditError::TooMany) => "too-many-credits",
            AppError::ConsentMissing(_) => "consent-missing",
            AppError::PolicyOutdated => "policy-outdated",
            AppError::Options(_) => "invalid-options",
            AppError::Style(_) => "unknown-style",
            AppError::Platform(_) => "unknown-platform",
            AppError::Password(_) => "password-refused",
            AppError::Email(_) => "invalid-email",
            AppError::Purpose(_) => "unknown-purpose",
            AppError::Url(_) => "url-refused",
            AppError::Invalid { .. } => "invalid",
            AppError::PhotoUnusable(_) => "photo-unusable",
            AppError::PhotoUnreadable(_) => "photo-unreadable",
            AppError::TooManyPhotos { .. } => "too-many-photos",
            AppError::TooManyEndpoints { .. } => "too-many-endpoints",
            AppError::Upload(ObjectsError::TooLarge { .. }) => "too-large",
            AppError::Upload(ObjectsError::Range { .. }) => "range",
            AppError::Upload(_) => "upload-broken",
            AppError::NoProvider(_) => "no-provider",
            AppError::Storage(ObjectsError::Full) => "storage-full",
            AppError::Storage(ObjectsError::Refused { .. }) => "storage-refused",
            AppError::Storage(_) => "storage-damaged",
            AppError::Unavailable(_) => "unavailable",
        }
    }

    /// Whose turn it is.
    pub fn turn(&self) -> Turn {
        match self {
            AppError::Throttled { .. } | AppError::Busy | AppError::Unavailable(_) => Turn::Retry,
            AppError::NoProvider(_) | AppError::Storage(_) | AppError::PaymentsRefused(_) => Turn::Operator,
            _ => Turn::Caller,
        }
    }

    /// Something that was sent and is not good.
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        AppError::Invalid { field, message: message.into() }
    }
}

impl From<DatabaseError> for AppError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::NotFound(noun) => AppError::NotFound(noun),
            DatabaseError::Conflict(Conflict::EmailUnverified) => AppError::EmailUnverified,
            DatabaseError::Conflict(Conflict::NoNewAccounts) => AppError::SignUpClosed,
            DatabaseError::Conflict(conflict) => AppError::Conflict(conflict),
            DatabaseError::Credit(error) => AppError::Credit(error),
            DatabaseError::ConsentMissing(missing) => AppError::ConsentMissing(missing),
            DatabaseError::Invalid(error) => AppError::Options(error),
            DatabaseError::Full => AppError::Storage(ObjectsError::Full),
            DatabaseError::LeaseLost | DatabaseError::Unavailable(_) => {
                AppError::Unavailable(Box::new(error))
            }
        }
    }
}

impl From<ObjectsError> for AppError {
    fn from(error: ObjectsError) -> Self {
        match error {
            ObjectsError::Expired { at, .. } => AppError::Gone(at),
            // A row speaks of it: that it is not there is not the person's fault.
            ObjectsError::NotFound(_) | ObjectsError::Unavailable { .. } => {
                AppError::Unavailable(Box::new(error))
            }
            error if error.turn() == Turn::Caller => AppError::Upload(error),
            error => AppError::Storage(error),
        }
    }
}

impl From<PasswordError> for AppError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => AppError::Busy,
            PasswordError::Failed(_) => AppError::Unavailable(Box::new(error)),
            error => AppError::Password(error),
        }
    }
}

impl From<PictureError> for AppError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::Unreadable(message) => AppError::PhotoUnreadable(message),
            error => AppError::Unavailable(Box::new(error)),
        }
    }
}

impl From<RandomnessError> for AppError {
    fn from(error: RandomnessError) -> Self {
        AppError::Unavailable(Box::new(error))
    }
}
