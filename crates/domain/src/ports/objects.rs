//! Objects: where the bytes of photos, images and previews lie.
//!
//! A local folder and a bucket at a vendor keep the same promises: an object is there whole or not at all; its
//! checksum is known; it is never served from its `expires_at` on, even while its bytes still lie there; and what
//! was deleted does not come back. Bodies are streamed both ways, so that memory does not grow with a picture.
//! `conformance::objects` is the story every implementation is put through.

mod errors;
mod object;
mod prefix;
mod range;

use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;

pub use self::errors::{ObjectsError, Turn};
pub use self::object::{MediaType, MediaTypeError, Object};
pub use self::prefix::ObjectPrefix;
pub use self::range::ByteRange;
use super::BoxFuture;
use crate::digest::Digest;
use crate::object_key::ObjectKey;
use crate::secret::Secret;
use crate::time::Timestamp;

/// The bytes of an object on their way, in pieces of any size. After an error nothing more comes.
///
/// On the way in, the caller reports its own failures as [`ObjectsError::Interrupted`].
pub type Body<'a> = Pin<Box<dyn Stream<Item = Result<Bytes, ObjectsError>> + Send + 'a>>;

/// The most entries one [`Objects::list`] answers with.
pub const LIST_LIMIT: usize = 1000;

/// Keeps the bytes of photos, images and previews.
pub trait Objects: Send + Sync {
    /// Stores a body under its key, replacing what was there. Until it is whole, readers see the former object or
    /// none. After an error, or when the future is dropped, nothing of it is seen; only after `Unavailable`, which
    /// may be a lost answer, the whole new object may be there, and putting it again is safe.
    ///
    /// # Errors
    /// `TooLarge`, `Checksum`, `Interrupted` (the body broke off), `Expired` (it would be from the start), `Full`,
    /// `Refused`, `Unavailable`. A body is not read to its end when a limit is passed.
    fn put<'a>(&'a self, new: NewObject, body: Body<'a>) -> BoxFuture<'a, Result<Object, ObjectsError>>;

    /// Opens an object, or a range of it. A full read ends in [`ObjectsError::Damaged`] instead of its last piece
    /// when the bytes are not those that were put.
    ///
    /// # Errors
    /// `NotFound`, `Expired`, `Range`, `Damaged`, `Refused`, `Unavailable`.
    fn get(
        &self,
        key: ObjectKey,
        range: Option<ByteRange>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Reading, ObjectsError>>;

    /// What is known about an object, without its bytes.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    fn head(&self, key: ObjectKey, now: Timestamp) -> BoxFuture<'_, Result<Object, ObjectsError>>;

    /// Deletes an object, expired or not. One that is not there is deleted already.
    ///
    /// # Errors
    /// `Unavailable`.
    fn delete(&self, key: ObjectKey) -> BoxFuture<'_, Result<(), ObjectsError>>;

    /// Deletes everything under a prefix, uploads under way included, and answers how many objects there were.
    ///
    /// # Errors
    /// `Unavailable`; what was deleted until then stays deleted, and the call may be repeated.
    fn delete_prefix(&self, prefix: ObjectPrefix) -> BoxFuture<'_, Result<u64, ObjectsError>>;

    /// The objects under a prefix in the byte order of their keys, expired ones included, from the first key after
    /// `after` on. At most `limit`, and never more than [`LIST_LIMIT`], at a time.
    ///
    /// # Errors
    /// `Unavailable`.
    fn list(
        &self,
        prefix: ObjectPrefix,
        after: Option<ObjectKey>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, ObjectsError>>;

    /// Removes what uploads begun before `before` left behind when they were killed, and answers how many there
    /// were. An upload that is still alive is left alone where the storage can tell.
    ///
    /// # Errors
    /// `Unavailable`.
    fn clear_unfinished(&self, before: Timestamp) -> BoxFuture<'_, Result<u64, ObjectsError>>;

    /// An address at which the storage itself serves one object for a short while, or `None` when it has no door of
    /// its own: then we serve by our own links ([`crate::links`]). Whoever asks has checked the owner and that the object
    /// has not expired, and asks for no longer than it lives.
    ///
    /// # Errors
    /// `Unavailable`.
    fn direct_link(&self, wanted: &DirectLink, now: Timestamp) -> Result<Option<Secret>, ObjectsError>;

    /// Whether objects could be stored right now.
    ///
    /// # Errors
    /// `Full`, `Refused` or `Unavailable`, with a reason for the operator.
    fn health(&self) -> BoxFuture<'_, Result<Health, ObjectsError>>;
}

/// An object about to be stored.
#[derive(Clone, Debug)]
pub struct NewObject {
    /// Where it goes.
    pub key: ObjectKey,
    /// What its bytes are.
    pub media_type: MediaType,
    /// The most bytes it may have.
    pub max_bytes: u64,
    /// Its exact length, where the caller knows it: a bucket takes such a body in one request.
    pub expected_bytes: Option<u64>,
    /// The digest it must have, where the caller knows it.
    pub expected: Option<Digest>,
    /// Now.
    pub created_at: Timestamp,
    /// The moment from which it is not served any more; `None` for what stays until it is deleted.
    pub expires_at: Option<Timestamp>,
}

/// An object opened for reading.
pub struct Reading {
    /// What it is.
    pub object: Object,
    /// Which of its bytes follow.
    pub range: Range<u64>,
    /// The bytes of that range.
    pub body: Body<'static>,
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The objects, in the byte order of their keys.
    pub objects: Vec<Listed>,
    /// Where to go on, when there may be more.
    pub next: Option<ObjectKey>,
}

/// An object as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it lies.
    pub key: ObjectKey,
    /// Its length.
    pub bytes: u64,
    /// When it was put.
    pub created_at: Timestamp,
    /// From when on it is not served.
    pub expires_at: Option<Timestamp>,
    /// What was recorded with it cannot be read: it is not served, and `created_at` is the storage's own.
    pub damaged: bool,
}

/// A link that a storage is asked to sign, for reading. There is none for storing: every photo is looked at and loses its
/// metadata before it is kept, so none goes past us.
#[derive(Clone, Debug)]
pub struct DirectLink {
    /// The object.
    pub key: ObjectKey,
    /// For how long.
    pub valid_for: Duration,
    /// The name under which a browser keeps it; `None` to be looked at. Letters, digits, hyphens and dots.
    pub file_name: Option<String>,
}

/// What a healthy storage says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Bytes that can still be stored, where the storage has an end.
    pub free_bytes: Option<u64>,
}
