//! A bucket: objects at Cloudflare R2, or wherever S3 is spoken.
//!
//! Objects lie under their keys, with what is known about them as their metadata. Uploads under way lie under
//! `incoming/`. The bucket's own lifecycle rules ([`Lifecycle`]) delete what is over, up to a day late; the sweeper
//! deletes it on time, and nothing is served from the moment on that its metadata name.
//!
//! What R2 does not know is not used: no tags, no ACLs, no versions, no checksums in trailers
//! ([compatibility](https://developers.cloudflare.com/r2/api/s3/api/)).

mod config;
mod deleting;
mod lifecycle;
mod listing;
mod metadata;
mod parts;
mod reading;
mod rules;
mod upload;
mod wire;
mod xml;

use std::sync::Arc;

use domain::object_key::ObjectKey;
use domain::ports::BoxFuture;
use domain::ports::objects::{
    Body, ByteRange, DirectLink, Health, NewObject, Object, ObjectPrefix, Objects, ObjectsError, Page,
    Reading,
};
use domain::retention::Retention;
use domain::secret::Secret;
use domain::time::Timestamp;

pub use self::config::{BucketConfig, BucketConfigError, Patience};
pub use self::lifecycle::Lifecycle;
pub use self::rules::{Applied, Finding, Rule};
use self::wire::{Call, Method, Wire};

/// What uploads under way lie under.
const INCOMING: &str = "incoming/";

/// Objects in a bucket.
#[derive(Clone)]
pub struct Bucket {
    wire: Arc<Wire>,
}

impl Bucket {
    /// A bucket. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`BucketConfigError`].
    pub fn new(config: &BucketConfig) -> Result<Self, BucketConfigError> {
        Ok(Bucket { wire: Arc::new(Wire::new(config)?) })
    }

    /// The bucket's own rules, as it has them now.
    ///
    /// # Errors
    /// `Refused` when the key may not read them, `Unavailable`.
    pub async fn lifecycle(&self) -> Result<Lifecycle, ObjectsError> {
        lifecycle::read(&self.wire).await
    }

    /// Makes the bucket's own rules those of `retention`, and leaves rules alone that are not ours.
    ///
    /// # Errors
    /// `Refused` when the key may not change the bucket, `Unavailable`.
    pub async fn apply(&self, retention: &Retention) -> Result<Applied, ObjectsError> {
        lifecycle::apply(&self.wire, retention).await
    }
}

impl Objects for Bucket {
    fn put<'a>(&'a self, new: NewObject, body: Body<'a>) -> BoxFuture<'a, Result<Object, ObjectsError>> {
        Box::pin(upload::store(&self.wire, new, body))
    }

    fn get(
        &self,
        key: ObjectKey,
        range: Option<ByteRange>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Reading, ObjectsError>> {
        Box::pin(reading::open(&self.wire, key, range, now))
    }

    fn head(&self, key: ObjectKey, now: Timestamp) -> BoxFuture<'_, Result<Object, ObjectsError>> {
        Box::pin(reading::head(&self.wire, key, now))
    }

    fn delete(&self, key: ObjectKey) -> BoxFuture<'_, Result<(), ObjectsError>> {
        Box::pin(deleting::delete(&self.wire, key))
    }

    fn delete_prefix(&self, prefix: ObjectPrefix) -> BoxFuture<'_, Result<u64, ObjectsError>> {
        Box::pin(deleting::delete_prefix(&self.wire, prefix))
    }

    fn list(
        &self,
        prefix: ObjectPrefix,
        after: Option<ObjectKey>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, ObjectsError>> {
        Box::pin(listing::list(&self.wire, prefix, after, limit))
    }

    fn clear_unfinished(&self, before: Timestamp) -> BoxFuture<'_, Result<u64, ObjectsError>> {
        Box::pin(deleting::clear_unfinished(&self.wire, before))
    }

    fn direct_link(&self, wanted: &DirectLink, now: Timestamp) -> Result<Option<Secret>, ObjectsError> {
        let link = self.wire.link(wanted, now);
        link.map(Some).ok_or_else(|| ObjectsError::unavailable("signing a link", "the clock is out of range"))
    }

    fn health(&self) -> BoxFuture<'_, Result<Health, ObjectsError>> {
        Box::pin(async {
            let there = self.wire.send(&Call::bucket(Method::Head)).await;
            there.map_err(|failed| match failed.is_missing() {
                true => ObjectsError::Refused { reason: "NoSuchBucket".to_owned() },
                false => failed.while_doing("looking at the bucket"),
            })?;
            Ok(Health { free_bytes: None })
        })
    }
}
