//! What can go wrong with a call, by whose turn it is, and how that is told in the port's words.

use domain::consent::{ConsentMissing, Purpose};
use domain::credit::{CreditError, Credits};
use domain::ports::database::{Conflict, DatabaseError, Noun};
use serde::Deserialize;

/// Why a function of the deployment was not carried out, or its answer is of no use. No text holds what was sent or what
/// is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvexError {
    /// The address is none, or something else answers there. The operator's turn.
    #[error(
        "no Convex deployment answers at the configured address ({0}): convex.url is the deployment's URL, such as https://happy-animal-123.convex.cloud"
    )]
    Address(String),
    /// The key was not accepted. The operator's turn.
    #[error(
        "the Convex deployment did not accept the deploy key: convex.key has to be a key of this very deployment that may run internal queries and mutations"
    )]
    Key,
    /// The functions there are not those that this program calls. The operator's turn.
    #[error(
        "the Convex deployment has version {deployed} of the functions and this program needs {needed}: {}",
        if deployed < needed { "run `npx convex deploy` in the folder convex/ of this version" } else { "upgrade the program" }
    )]
    Version {
        /// The version that is there.
        deployed: u32,
        /// The version that is called.
        needed: u32,
    },
    /// A function is not there or takes something else. The operator's turn.
    #[error(
        "the Convex deployment has no function {0} as this program calls it: run `npx convex deploy` in the folder convex/ of this version"
    )]
    Function(&'static str),
    /// It can't be reached, is busy or broken, also when asked again. The vendor's turn, and it may have happened nevertheless.
    #[error("the Convex deployment does not answer {path} ({cause})")]
    Unreachable {
        /// What was called.
        path: &'static str,
        /// Why it failed the last time.
        cause: String,
    },
    /// A function broke. Ours to mend; the deployment's log has more under this request.
    #[error("the Convex function {path} failed (request {request})")]
    Failed {
        /// What was called.
        path: &'static str,
        /// How the deployment's log names it.
        request: String,
    },
    /// The answer can't be read.
    #[error("the answer of the Convex function {0} can't be read: the field {1}")]
    Answer(&'static str, String),
    /// A rule said no.
    #[error(transparent)]
    Rule(#[from] DatabaseError),
}

impl From<ConvexError> for DatabaseError {
    fn from(error: ConvexError) -> Self {
        match error {
            ConvexError::Rule(rule) => rule,
            other => DatabaseError::Unavailable(other.to_string()),
        }
    }
}

/// How a rule says no, as `convex/functions/failure.ts` writes it.
#[derive(Debug, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub(super) enum RuleData {
    NotFound { noun: NounName },
    Conflict { conflict: ConflictName },
    Insufficient { needed: Credits, balance: Credits },
    TooManyCredits,
    ConsentMissing { purpose: Purpose },
    LeaseLost,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NounName {
    Account,
    Session,
    ApiKey,
    Policy,
    Reset,
    Photo,
    Generation,
    Attempt,
    Image,
    Endpoint,
    Delivery,
    Erasure,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ConflictName {
    EmailTaken,
    LastAdmin,
    KeyReused,
    IdReused,
    PolicyChanged,
    Ended,
    PhotoCount,
    ImageNumber,
    NoImage,
    ObjectsRemain,
    EmailUnverified,
    NoNewAccounts,
}

impl From<RuleData> for DatabaseError {
    fn from(rule: RuleData) -> Self {
        match rule {
            RuleData::NotFound { noun } => DatabaseError::NotFound(noun.into()),
            RuleData::Conflict { conflict } => Conflict::from(conflict).into(),
            RuleData::Insufficient { needed, balance } => {
                CreditError::Insufficient { needed, balance }.into()
            }
            RuleData::TooManyCredits => CreditError::TooMany.into(),
            RuleData::ConsentMissing { purpose } => ConsentMissing(purpose).into(),
            RuleData::LeaseLost => DatabaseError::LeaseLost,
        }
    }
}

impl From<NounName> for Noun {
    fn from(name: NounName) -> Self {
        match name {
            NounName::Account => Noun::Account,
            NounName::Session => Noun::Session,
            NounName::ApiKey => Noun::ApiKey,
            NounName::Policy => Noun::Policy,
            NounName::Reset => Noun::Reset,
            NounName::Photo => Noun::Photo,
            NounName::Generation => Noun::Generation,
            NounName::Attempt => Noun::Attempt,
            NounName::Image => Noun::Image,
            NounName::Endpoint => Noun::Endpoint,
            NounName::Delivery => Noun::Delivery,
            NounName::Erasure => Noun::Erasure,
        }
    }
}

impl From<ConflictName> for Conflict {
    fn from(name: ConflictName) -> Self {
        match name {
            ConflictName::EmailTaken => Conflict::EmailTaken,
            ConflictName::LastAdmin => Conflict::LastAdmin,
            ConflictName::KeyReused => Conflict::KeyReused,
            ConflictName::IdReused => Conflict::IdReused,
            ConflictName::PolicyChanged => Conflict::PolicyChanged,
            ConflictName::Ended => Conflict::Ended,
            ConflictName::PhotoCount => Conflict::PhotoCount,
            ConflictName::ImageNumber => Conflict::ImageNumber,
            ConflictName::NoImage => Conflict::NoImage,
            ConflictName::ObjectsRemain => Conflict::ObjectsRemain,
            ConflictName::EmailUnverified => Conflict::EmailUnverified,
            ConflictName::NoNewAccounts => Conflict::NoNewAccounts,
        }
    }
}
