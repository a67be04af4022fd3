//! What can go wrong with objects, and whose turn it is then.

use std::error::Error;

use crate::object_key::ObjectKey;
use crate::time::Timestamp;

/// Who must act on an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Whoever asked: the request cannot succeed as it is.
    Caller,
    /// Whoever runs this installation.
    Operator,
    /// Nobody yet: it may work when tried again.
    Retry,
}

/// Why an object could not be stored, read or deleted. Keys are ids, so the texts hold nothing personal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectsError {
    /// No such object.
    #[error("there is no object {0}")]
    NotFound(ObjectKey),

    /// The object's time is over. Its bytes may still lie there; they are not served.
    #[error("{key} has expired and is no longer served")]
    Expired {
        /// The object.
        key: ObjectKey,
        /// When it expired.
        at: Timestamp,
    },

    /// The body is longer than allowed. Nothing was stored.
    #[error("the upload is larger than the {limit} bytes allowed: send a smaller file")]
    TooLarge {
        /// The most bytes allowed.
        limit: u64,
    },

    /// The body is not the one announced. Nothing was stored.
    #[error("the upload does not have the checksum that was announced: send it again")]
    Checksum,

    /// The body broke off before its end. Nothing was stored.
    #[error("the upload broke off before its end: send it again")]
    Interrupted,

    /// No byte of the object lies in the range asked for.
    #[error("the range asked for lies outside the {bytes} bytes of the object")]
    Range {
        /// The object's length.
        bytes: u64,
    },

    /// The disk or the quota is full. Nothing was stored and nothing was lost.
    #[error("the storage is full: the operator must free space or add some; nothing was lost")]
    Full,

    /// The storage knows this installation's key or its bucket not, or not any more.
    #[error(
        "the storage refuses this installation ({reason}): the operator must check its bucket and its key; nothing was lost"
    )]
    Refused {
        /// The storage's own word for it, such as `InvalidAccessKeyId`.
        reason: String,
    },

    /// What was stored is not what is there now.
    #[error("{0} is damaged: the operator should check the disk and restore it from a backup")]
    Damaged(ObjectKey),

    /// The storage did not do it, for a reason of its own.
    #[error("the storage is not available ({doing})")]
    Unavailable {
        /// What was being done, for the log.
        doing: &'static str,
        /// The cause, for the log only.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ObjectsError {
    /// Whose turn it is.
    pub fn turn(&self) -> Turn {
        match self {
            Self::NotFound(_)
            | Self::Expired { .. }
            | Self::TooLarge { .. }
            | Self::Checksum
            | Self::Interrupted
            | Self::Range { .. } => Turn::Caller,
            Self::Full | Self::Refused { .. } | Self::Damaged(_) => Turn::Operator,
            Self::Unavailable { .. } => Turn::Retry,
        }
    }

    /// A failure of the storage itself while `doing` something.
    pub fn unavailable(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { doing, source: source.into() }
    }
}
