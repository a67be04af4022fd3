//! Reading: an object as it comes, taken up again where a connection broke, and never one that has expired.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, ByteRange, Object, ObjectsError, Reading};
use domain::time::Timestamp;
use futures_util::stream;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap};
use reqwest::{Response, StatusCode};
use sha2::{Digest as _, Sha256};

use super::metadata;
use super::wire::{Call, Failed, Method, Wire, silence};

const OPENING: &str = "opening an object";
const READING: &str = "reading an object";

/// What is known about an object that is served at `now`.
pub(super) async fn head(wire: &Wire, key: ObjectKey, now: Timestamp) -> Result<Object, ObjectsError> {
    let object = look(wire, key).await?.ok_or(ObjectsError::Damaged(key))?;
    served(object, now)
}

/// What is known about an object, expired or not; `None` when it was not stored by us, or is not what we stored.
pub(super) async fn look(wire: &Wire, key: ObjectKey) -> Result<Option<Object>, ObjectsError> {
    let response = wire.send(&Call::object(Method::Head, key)).await.map_err(|failed| not(key, failed))?;
    Ok(length(response.headers()).and_then(|bytes| metadata::read(key, response.headers(), bytes)))
}

fn served(object: Object, now: Timestamp) -> Result<Object, ObjectsError> {
    match object.expires_at {
        Some(at) if !object.is_served(now) => Err(ObjectsError::Expired { key: object.key, at }),
        _ => Ok(object),
    }
}

fn not(key: ObjectKey, failed: Failed) -> ObjectsError {
    if failed.is_missing() { ObjectsError::NotFound(key) } else { failed.while_doing(OPENING) }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Opens an object, or a range of it.
pub(super) async fn open(
    wire: &Arc<Wire>,
    key: ObjectKey,
    range: Option<ByteRange>,
    now: Timestamp,
) -> Result<Reading, ObjectsError> {
    let mut call = Call::object(Method::Get, key);
    if let Some(range) = range {
        let Some(text) = header(range) else { return Err(outside(wire, key, now).await) };
        call = call.header("range", text);
    }
    let response = match wire.send(&call).await {
        Ok(response) => response,
        Err(failed) if failed.is(StatusCode::RANGE_NOT_SATISFIABLE) => {
            return Err(outside(wire, key, now).await);
        }
        Err(failed) => return Err(not(key, failed)),
    };
    let (part, bytes) = extent(&response).ok_or(ObjectsError::Damaged(key))?;
    let object = metadata::read(key, response.headers(), bytes).ok_or(ObjectsError::Damaged(key))?;
    let object = served(object, now)?;
    // What a server does with a range that reaches beyond the end is its own affair; what we answer is not.
    let wanted = range.map_or(Some(0..bytes), |range| range.of(bytes));
    if wanted.as_ref() != Some(&part) {
        return Err(ObjectsError::unavailable(
            OPENING,
            "the bucket answered with another range than it was asked for",
        ));
    }
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    // Only who reads everything can tell whether it is what was put.
    let sha256 = (part == (0..bytes)).then(Sha256::new);
    let pieces = Pieces {
        wire: Arc::clone(wire),
        object: object.clone(),
        response,
        tag,
        left: part.clone(),
        sha256,
        tries: 0,
    };
    let body: Body<'static> = Box::pin(stream::try_unfold(pieces, Pieces::next));
    Ok(Reading { object, range: part, body })
}

/// The range as a header; `None` when no byte of any object lies in it.
fn header(range: ByteRange) -> Option<String> {
    match range {
        ByteRange::From { first, last: Some(last) } if last < first => None,
        // Beyond the end is the end, and not every server reads so large a number.
        ByteRange::From { first, last: Some(last) } if last < 1 << 53 => {
            Some(format!("bytes={first}-{last}"))
        }
        ByteRange::From { first, .. } => Some(format!("bytes={first}-")),
        ByteRange::Suffix(0) => None,
        ByteRange::Suffix(count) => Some(format!("bytes=-{count}")),
    }
}

/// Says how long the object is in which the range does not lie.
async fn outside(wire: &Wire, key: ObjectKey, now: Timestamp) -> ObjectsError {
    match head(wire, key, now).await {
        Ok(object) => ObjectsError::Range { bytes: object.bytes },
        Err(error) => error,
    }
}

/// Which bytes an answer holds, and how many the object has.
fn extent(response: &Response) -> Option<(Range<u64>, u64)> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        let bytes = length(response.headers())?;
        return Some((0..bytes, bytes));
    }
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, bytes) = range.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some((first..last.checked_add(1)?, bytes.parse().ok()?))
}

struct Pieces {
    wire: Arc<Wire>,
    object: Object,
    response: Response,
    /// Of this very version of the object.
    tag: Option<String>,
    left: Range<u64>,
    /// Of what was read so far, when all of it is.
    sha256: Option<Sha256>,
    /// How often the connection broke.
    tries: u32,
}

impl Pieces {
    /// The next piece. The last one is given out only if the whole is what was put: whoever copies the bytes on, with
    /// their length announced, then breaks off instead of passing a damaged picture as a good one.
    async fn next(mut self) -> Result<Option<(Bytes, Pieces)>, ObjectsError> {
        while !self.left.is_empty() {
            match self.response.chunk().await {
                Ok(Some(piece)) if piece.is_empty() => {}
                Ok(Some(piece)) => {
                    self.left.start += piece.len() as u64;
                    if self.left.start > self.left.end {
                        return Err(ObjectsError::Damaged(self.object.key));
                    }
                    if let Some(sha256) = &mut self.sha256 {
                        sha256.update(&piece);
                    }
                    if self.left.is_empty() {
                        self.is_whole()?;
                    }
                    return Ok(Some((piece, self)));
                }
                Ok(None) => self.go_on(Failed::Unreadable("it ended too early".to_owned())).await?,
                Err(error) => self.go_on(silence(error)).await?,
            }
        }
        self.is_whole()?;
        Ok(None)
    }

    fn is_whole(&mut self) -> Result<(), ObjectsError> {
        let Some(sha256) = self.sha256.take() else { return Ok(()) };
        let digest: [u8; 32] = sha256.finalize().into();
        if digest == *self.object.digest.bytes() {
            Ok(())
        } else {
            Err(ObjectsError::Damaged(self.object.key))
        }
    }

    /// Takes the object up where the connection broke, if it is still the same.
    async fn go_on(&mut self, broken: Failed) -> Result<(), ObjectsError> {
        self.tries += 1;
        let tag = match &self.tag {
            Some(tag) if self.tries < self.wire.patience().tries => tag.clone(),
            _ => return Err(broken.while_doing(READING)),
        };
        self.wire.rest(self.tries, Duration::ZERO).await;
        let call = Call::object(Method::Get, self.object.key)
            .header("range", format!("bytes={}-{}", self.left.start, self.left.end - 1))
            .header("if-match", tag);
        let response = self.wire.send(&call).await.map_err(|failed| not(self.object.key, failed))?;
        match extent(&response) {
            Some((range, bytes)) if range == self.left && bytes == self.object.bytes => {
                self.response = response;
                Ok(())
            }
            _ => Err(broken.while_doing(READING)),
        }
    }
}
