//! Bodies to put, and reading them back.

use bytes::Bytes;
use domain::digest::Digest;
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, ByteRange, NewObject, Object, Objects, ObjectsError};
use domain::time::Timestamp;
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest as _, Sha256};

/// Bytes that look like noise and differ by seed, so that a piece out of place is noticed.
pub(super) fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_769) | 1;
    let next = || {
        // xorshift32, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

pub(super) fn sha256(bytes: &[u8]) -> Digest {
    Digest::new(Sha256::digest(bytes).into())
}

/// The bytes in pieces of one size.
pub(super) fn in_pieces(bytes: &[u8], piece: usize) -> Body<'static> {
    let pieces: Vec<_> = bytes.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces).boxed()
}

pub(super) async fn put(objects: &dyn Objects, new: NewObject, bytes: &[u8]) -> Object {
    objects.put(new, in_pieces(bytes, 10_000)).await.expect("an ordinary put succeeds")
}

pub(super) async fn get(
    objects: &dyn Objects,
    key: ObjectKey,
    range: Option<ByteRange>,
    now: Timestamp,
) -> Result<Vec<u8>, ObjectsError> {
    let reading = objects.get(key, range, now).await?;
    let announced = reading.range.end - reading.range.start;
    let bytes = reading.body.try_fold(Vec::new(), |mut all, piece| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    let bytes = bytes.await?;
    assert_eq!(bytes.len() as u64, announced, "a body is as long as announced");
    Ok(bytes)
}
