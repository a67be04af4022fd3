//! Storing: in one request what fits into a part, in several what does not.
//!
//! A bucket shows an object when its last request is done, and not before. Metadata go with the first request, and the
//! digest is known after the last byte: a large body whose digest nobody announced is therefore uploaded under
//! `incoming/`, and copied to its place, inside the bucket, with the digest. What breaks off is given up at once, and
//! what a killed process left is found by [`super::deleting::clear_unfinished`].

use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use domain::ports::objects::{Body, NewObject, Object, ObjectsError};
use reqwest::StatusCode;
use reqwest::header::ETAG;
use tokio::task::JoinSet;

use super::parts::{Parts, described};
use super::wire::{Call, Failed, Method, Wire};
use super::{INCOMING, metadata, xml};

/// Parts on their way at a time, of one upload.
const IN_FLIGHT: usize = 2;
const DOING: &str = "storing an object";

/// Stores a body.
pub(super) async fn store(wire: &Arc<Wire>, new: NewObject, body: Body<'_>) -> Result<Object, ObjectsError> {
    if let Some(at) = new.expires_at.filter(|at| *at <= new.created_at) {
        return Err(ObjectsError::Expired { key: new.key, at });
    }
    let mut parts = Parts::new(&new, body);
    let first = parts.next().await?;
    if !parts.ended() {
        return in_parts(wire, &new, first, parts).await;
    }
    let object = parts.object(&new)?;
    let call = with_headers(Call::object(Method::Put, new.key), &object).body(first);
    wire.send(&call).await.map_err(|failed| failed.while_doing(DOING))?;
    Ok(object)
}

fn with_headers(call: Call, object: &Object) -> Call {
    metadata::headers(object).into_iter().fold(call, |call, (name, value)| call.header(name, value))
}

async fn in_parts(
    wire: &Arc<Wire>,
    new: &NewObject,
    first: Bytes,
    mut parts: Parts<'_>,
) -> Result<Object, ObjectsError> {
    let mut pending = match new.expected {
        // The length is not among the metadata.
        Some(digest) => {
            let place = new.key.to_string();
            let call = with_headers(Call::object(Method::Post, &place), &described(new, digest, 0));
            Pending::begin(wire, place, call).await?
        }
        None => {
            let place = incoming(new)?;
            let call = Call::object(Method::Post, &place).header("content-type", &new.media_type);
            Pending::begin(wire, place, call).await?
        }
    };
    let stored = pending.store(new, first, &mut parts).await;
    if stored.is_err() {
        pending.give_up().await;
    }
    stored
}

/// A place under `incoming/` that no other upload has.
fn incoming(new: &NewObject) -> Result<String, ObjectsError> {
    let mut draw = [0; 8];
    getrandom::fill(&mut draw).map_err(|error| ObjectsError::unavailable(DOING, error))?;
    let mut place = format!("{INCOMING}{}/", new.key);
    for byte in draw {
        // Writing to a text does not fail.
        let _ = write!(place, "{byte:02x}");
    }
    Ok(place)
}

/// What lies in the bucket and is not an object yet. Dropped before its end, it is given up.
struct Pending {
    wire: Arc<Wire>,
    place: String,
    state: State,
}

#[derive(Clone)]
enum State {
    /// Parts that no object is made of yet.
    Upload(String),
    /// A finished object under `incoming/`.
    Incoming,
    /// Nothing any more.
    Over,
}

impl Pending {
    async fn begin(wire: &Arc<Wire>, place: String, call: Call) -> Result<Self, ObjectsError> {
        let begun = wire.ask(&call.query("uploads", ""), xml::read::<xml::Begun>).await;
        let begun = begun.map_err(|failed| failed.while_doing(DOING))?;
        Ok(Pending { wire: Arc::clone(wire), place, state: State::Upload(begun.upload_id) })
    }

    async fn store(
        &mut self,
        new: &NewObject,
        first: Bytes,
        parts: &mut Parts<'_>,
    ) -> Result<Object, ObjectsError> {
        let tags = self.send(first, parts).await?;
        let object = parts.object(new)?;
        let tag = self.finish(&tags).await?;
        if new.expected.is_some() {
            self.state = State::Over;
            return Ok(object);
        }
        self.state = State::Incoming;
        self.publish(&object, &tag).await?;
        self.give_up().await;
        Ok(object)
    }

    /// Sends all parts, a few at a time, and answers with their tags in order.
    async fn send(&self, first: Bytes, parts: &mut Parts<'_>) -> Result<Vec<String>, ObjectsError> {
        let State::Upload(id) = &self.state else { return Ok(Vec::new()) };
        let (mut sending, mut tags) = (JoinSet::new(), Vec::new());
        let mut part = first;
        loop {
            if sending.len() == IN_FLIGHT {
                arrived(&mut sending, &mut tags).await?;
            }
            let number = tags.len();
            tags.push(String::new());
            let call =
                Call::object(Method::Put, &self.place).query("partNumber", number + 1).query("uploadId", id);
            sending.spawn(send_part(Arc::clone(&self.wire), call, part, number));
            if parts.ended() {
                break;
            }
            part = parts.next().await?;
        }
        while !sending.is_empty() {
            arrived(&mut sending, &mut tags).await?;
        }
        Ok(tags)
    }

    /// Makes an object of the parts, and answers with its tag.
    async fn finish(&self, tags: &[String]) -> Result<String, ObjectsError> {
        let State::Upload(id) = &self.state else { return Ok(String::new()) };
        let call = Call::object(Method::Post, &self.place)
            .query("uploadId", id)
            .header("content-type", "application/xml")
            .body(Bytes::from(xml::complete(tags)));
        match self.wire.ask(&call, xml::read::<xml::Tagged>).await {
            Ok(done) => Ok(done.tag),
            // Deleted meanwhile, or done already and the answer was lost.
            Err(failed) if failed.code() == "NoSuchUpload" => self.look(tags.len()).await,
            Err(failed) => Err(failed.while_doing(DOING)),
        }
    }

    /// The tag of the object, when it is there and was made of so many parts.
    async fn look(&self, parts: usize) -> Result<String, ObjectsError> {
        let there = self.wire.send(&Call::object(Method::Head, &self.place)).await;
        let there = there.map_err(|failed| match failed.is_missing() {
            true => ObjectsError::Interrupted,
            false => failed.while_doing(DOING),
        })?;
        let tag = there.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        // The tag of what was uploaded in parts says in how many.
        match tag.trim_end_matches('"').ends_with(&format!("-{parts}")) {
            true => Ok(tag.to_owned()),
            false => Err(ObjectsError::Interrupted),
        }
    }

    /// Copies what came to its place, if it still is what came.
    async fn publish(&self, object: &Object, tag: &str) -> Result<(), ObjectsError> {
        let source = format!("/{}/{}", self.wire.bucket_name(), self.place);
        let call = with_headers(Call::object(Method::Put, object.key), object)
            .header("x-amz-copy-source", source)
            .header("x-amz-copy-source-if-match", tag)
            .header("x-amz-metadata-directive", "REPLACE");
        match self.wire.ask(&call, xml::read::<xml::Tagged>).await {
            Ok(_) => Ok(()),
            // An erasure was quicker.
            Err(failed) if failed.is_missing() || failed.is(StatusCode::PRECONDITION_FAILED) => {
                Err(ObjectsError::Interrupted)
            }
            Err(failed) => Err(failed.while_doing(DOING)),
        }
    }

    /// Removes what lies in the bucket. What can't be removed now is removed by the next sweep.
    async fn give_up(&mut self) {
        let state = std::mem::replace(&mut self.state, State::Over);
        if let Some(call) = giving_up(&self.place, &state) {
            let _ = self.wire.send(&call).await;
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let (Some(call), Ok(runtime)) =
            (giving_up(&self.place, &self.state), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let wire = Arc::clone(&self.wire);
        runtime.spawn(async move { drop(wire.send(&call).await) });
    }
}

fn giving_up(place: &str, state: &State) -> Option<Call> {
    match state {
        State::Upload(id) => Some(Call::object(Method::Delete, place).query("uploadId", id)),
        State::Incoming => Some(Call::object(Method::Delete, place)),
        State::Over => None,
    }
}

type Sending = JoinSet<Result<(usize, String), Failed>>;

/// Sends one part. Its MD5 is worked out here, while the next part is being read.
async fn send_part(
    wire: Arc<Wire>,
    call: Call,
    part: Bytes,
    number: usize,
) -> Result<(usize, String), Failed> {
    let response = wire.send(&call.body(part)).await?;
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
    let tag = tag.ok_or_else(|| Failed::Unreadable("a part without a tag".to_owned()))?;
    Ok((number, tag.to_owned()))
}

/// Waits for one part.
async fn arrived(sending: &mut Sending, tags: &mut [String]) -> Result<(), ObjectsError> {
    match sending.join_next().await {
        None => Ok(()),
        Some(Ok(Ok((number, tag)))) => {
            tags[number] = tag;
            Ok(())
        }
        Some(Ok(Err(failed))) if failed.code() == "NoSuchUpload" => Err(ObjectsError::Interrupted),
        Some(Ok(Err(failed))) => Err(failed.while_doing(DOING)),
        Some(Err(stopped)) => Err(ObjectsError::unavailable(DOING, stopped)),
    }
}
