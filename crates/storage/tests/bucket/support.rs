//! A bucket on its stand-in.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, MediaType, NewObject, Objects, ObjectsError};
use domain::secret::Secret;
use domain::time::{DAY, Timestamp};
use futures_util::{TryStreamExt, stream};
use standins::Server;
use standins::s3::{ADMIN, BUCKET, REGION, S3};
use storage::{Bucket, BucketConfig, Patience};

pub(crate) struct Scene {
    pub(crate) s3: S3,
    pub(crate) server: Server,
    pub(crate) bucket: Bucket,
}

impl Scene {
    pub(crate) async fn new() -> Scene {
        Scene::with(ADMIN).await
    }

    /// The bucket with one of the stand-in's keys.
    pub(crate) async fn with(key: (&str, &str)) -> Scene {
        let s3 = S3::new();
        let server = Server::start(s3.routes()).await;
        let bucket = Bucket::new(&config(&server.url(), key)).unwrap();
        Scene { s3, server, bucket }
    }

    /// The same bucket by another key.
    pub(crate) fn as_seen_by(&self, key: (&str, &str)) -> Bucket {
        Bucket::new(&config(&self.server.url(), key)).unwrap()
    }

    pub(crate) async fn put(&self, new: NewObject, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.bucket.put(new, body(bytes)).await.map(drop)
    }

    pub(crate) async fn get(&self, key: ObjectKey) -> Result<Vec<u8>, ObjectsError> {
        let reading = self.bucket.get(key, None, now()).await?;
        reading
            .body
            .try_fold(Vec::new(), |mut all, piece| async move {
                all.extend_from_slice(&piece);
                Ok(all)
            })
            .await
    }

    /// Lets tasks in the background go on until this is so.
    pub(crate) async fn until(&self, so: impl Fn(&S3) -> bool) {
        let waiting = async {
            while !so(&self.s3) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it never came about");
    }
}

pub(crate) fn config(url: &str, (id, secret): (&str, &str)) -> BucketConfig {
    BucketConfig {
        endpoint: url.to_owned(),
        bucket: BUCKET.to_owned(),
        region: REGION.to_owned(),
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new(secret),
        patience: Patience {
            silence: Duration::from_secs(10),
            pause: Duration::from_millis(1),
            ..Patience::default()
        },
    }
}

/// The present: addresses are signed for it, and the stand-in checks them by the clock of this machine.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as u64)
}

pub(crate) fn account() -> AccountId {
    AccountId::new(Timestamp::EPOCH, [1; 10])
}

/// A key that no other call answers with.
pub(crate) fn photo() -> ObjectKey {
    static COUNT: AtomicU8 = AtomicU8::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    ObjectKey::Upload(account(), PhotoId::new(Timestamp::EPOCH, [count; 10]))
}

pub(crate) fn result(number: u8) -> ObjectKey {
    ObjectKey::Result(account(), GenerationId::new(Timestamp::EPOCH, [2; 10]), number)
}

pub(crate) fn preview(number: u8) -> ObjectKey {
    ObjectKey::Preview(account(), GenerationId::new(Timestamp::EPOCH, [2; 10]), number)
}

pub(crate) fn new(key: ObjectKey) -> NewObject {
    NewObject {
        key,
        media_type: MediaType::JPEG,
        max_bytes: u64::MAX,
        expected_bytes: None,
        expected: None,
        created_at: now(),
        expires_at: Some(now() + 30 * DAY),
    }
}

/// Bytes in pieces of an odd size.
pub(crate) fn body(bytes: &[u8]) -> Body<'static> {
    let pieces: Vec<_> = bytes.chunks(300_007).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

/// So many bytes, of which no part is like another.
pub(crate) fn picture(length: usize) -> Vec<u8> {
    (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_769) >> 24) as u8).collect()
}
