//! A body cut into parts of one size, counted and hashed as it comes. A part is what an upload holds in memory, and what
//! can be sent again when it is lost.

use bytes::{Buf, Bytes, BytesMut};
use domain::digest::Digest;
use domain::ports::objects::{Body, NewObject, Object, ObjectsError};
use futures_util::StreamExt;
use sha2::{Digest as _, Sha256};

/// The size of every part but the last: the least that S3 takes. All have to be of one size.
pub(super) const PART_BYTES: usize = 5 * 1024 * 1024;

/// A body on its way into parts.
pub(super) struct Parts<'a> {
    body: Body<'a>,
    /// What came and is in no part yet.
    rest: Bytes,
    sha256: Sha256,
    bytes: u64,
    limit: u64,
    /// What is still to come of what was announced.
    announced: u64,
    ended: bool,
}

impl<'a> Parts<'a> {
    pub(super) fn new(new: &NewObject, body: Body<'a>) -> Self {
        let limit = new.expected_bytes.map_or(new.max_bytes, |bytes| bytes.min(new.max_bytes));
        let announced = new.expected_bytes.unwrap_or_default();
        Parts { body, rest: Bytes::new(), sha256: Sha256::new(), bytes: 0, limit, announced, ended: false }
    }

    /// Whether the part that was given out was the last.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The next part: whole, unless it is the last, which may be empty.
    pub(super) async fn next(&mut self) -> Result<Bytes, ObjectsError> {
        // With room from the beginning it need not be moved as it grows.
        let room = usize::try_from(self.announced).unwrap_or(PART_BYTES).min(PART_BYTES);
        let mut part = BytesMut::with_capacity(room);
        self.announced -= room as u64;
        loop {
            let take = self.rest.len().min(PART_BYTES - part.len());
            part.extend_from_slice(&self.rest[..take]);
            self.rest.advance(take);
            // A full part is given out only when it is known whether there is another.
            if self.ended || !self.rest.is_empty() {
                return Ok(part.freeze());
            }
            match self.body.next().await {
                None => self.ended = true,
                Some(piece) => {
                    self.rest = piece?;
                    self.bytes += self.rest.len() as u64;
                    if self.bytes > self.limit {
                        return Err(ObjectsError::TooLarge { limit: self.limit });
                    }
                    self.sha256.update(&self.rest);
                }
            }
        }
    }

    /// The object that came, if it is the one that was announced.
    pub(super) fn object(&self, new: &NewObject) -> Result<Object, ObjectsError> {
        if new.expected_bytes.is_some_and(|bytes| self.bytes < bytes) {
            return Err(ObjectsError::Interrupted);
        }
        let digest = Digest::new(self.sha256.clone().finalize().into());
        if new.expected.is_some_and(|expected| expected != digest) {
            return Err(ObjectsError::Checksum);
        }
        Ok(described(new, digest, self.bytes))
    }
}

/// An object with this digest and length.
pub(super) fn described(new: &NewObject, digest: Digest, bytes: u64) -> Object {
    Object {
        key: new.key,
        media_type: new.media_type.clone(),
        bytes,
        digest,
        created_at: new.created_at,
        expires_at: new.expires_at,
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{AccountId, PhotoId};
    use domain::object_key::ObjectKey;
    use domain::ports::objects::MediaType;
    use domain::time::Timestamp;
    use futures_util::stream;

    use super::*;

    fn new() -> NewObject {
        let account = AccountId::new(Timestamp::EPOCH, [1; 10]);
        NewObject {
            key: ObjectKey::Upload(account, PhotoId::new(Timestamp::EPOCH, [2; 10])),
            media_type: MediaType::JPEG,
            max_bytes: u64::MAX,
            expected_bytes: None,
            expected: None,
            created_at: Timestamp::EPOCH,
            expires_at: None,
        }
    }

    #[tokio::test]
    async fn parts_are_whole_but_the_last_however_the_pieces_come() {
        for total in [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES] {
            for piece in [700_001, PART_BYTES, 2 * PART_BYTES + 3] {
                let bytes: Vec<u8> = (0..total).map(|at| (at / 7) as u8).collect();
                let pieces: Vec<_> = bytes.chunks(piece).map(|p| Ok(Bytes::copy_from_slice(p))).collect();
                let mut parts = Parts::new(&new(), stream::iter(pieces).boxed());
                let (mut lengths, mut back) = (Vec::new(), Vec::new());
                while !parts.ended() {
                    let part = parts.next().await.unwrap();
                    lengths.push(part.len());
                    back.extend_from_slice(&part);
                }
                let last = lengths.pop().unwrap();
                assert!(
                    lengths.iter().all(|length| *length == PART_BYTES),
                    "{total} by {piece}: {lengths:?}"
                );
                assert!(last <= PART_BYTES && (last > 0 || total == 0), "{total} by {piece}: {last}");
                assert!(back == bytes);
                assert_eq!(parts.object(&new()).unwrap().digest, Digest::new(Sha256::digest(&bytes).into()));
            }
        }
    }
}
