//! Listing: the keys in their order, and what is known about each.
//!
//! A listing of S3 shows neither when an object was put by our clock nor when it ends, so each object is looked at besides:
//! some at a time, and only for those who ask for more than keys.

use domain::object_key::ObjectKey;
use domain::ports::objects::{LIST_LIMIT, Listed, ObjectPrefix, ObjectsError, Page};
use domain::time::Timestamp;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::wire::{Call, Failed, Method, Wire};
use super::{reading, xml};

/// Objects that are looked at at a time.
const LOOKS: usize = 16;
const DOING: &str = "listing objects";

/// One page of the objects under a prefix.
pub(super) async fn list(
    wire: &Wire,
    prefix: ObjectPrefix,
    after: Option<ObjectKey>,
    limit: usize,
) -> Result<Page, ObjectsError> {
    let limit = limit.clamp(1, LIST_LIMIT);
    let (prefix, mut after) = (prefix.to_string(), after.map(|key| key.to_string()));
    loop {
        let listing = keys(wire, &prefix, after.as_deref(), limit).await;
        let listing = listing.map_err(|failed| failed.while_doing(DOING))?;
        // A key that is not ours is not looked at, and not touched.
        let known = |entry: &xml::Entry| {
            Some((entry.key.parse::<ObjectKey>().ok()?, entry.size, moment(&entry.last_modified)))
        };
        let ours: Vec<_> = listing.contents.iter().filter_map(known).collect();
        let last = ours.last().map(|(key, ..)| *key);
        after = listing.contents.last().map(|entry| entry.key.clone());
        if ours.is_empty() && listing.is_truncated && after.is_some() {
            continue;
        }
        let looks = ours.into_iter().map(|(key, bytes, modified)| look(wire, key, bytes, modified));
        let listed: Vec<Option<Listed>> = stream::iter(looks).buffered(LOOKS).try_collect().await?;
        let next = last.filter(|_| listing.is_truncated);
        return Ok(Page { objects: listed.into_iter().flatten().collect(), next });
    }
}

/// One object, or `None` when it was deleted meanwhile.
async fn look(
    wire: &Wire,
    key: ObjectKey,
    bytes: u64,
    modified: Timestamp,
) -> Result<Option<Listed>, ObjectsError> {
    match reading::look(wire, key).await {
        Ok(Some(object)) => Ok(Some(Listed {
            key,
            bytes: object.bytes,
            created_at: object.created_at,
            expires_at: object.expires_at,
            damaged: false,
        })),
        Ok(None) => Ok(Some(Listed { key, bytes, created_at: modified, expires_at: None, damaged: true })),
        Err(ObjectsError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names under a prefix after one of them, at most `limit`.
pub(super) async fn keys(
    wire: &Wire,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<xml::Listing, Failed> {
    let mut call =
        Call::bucket(Method::Get).query("list-type", 2).query("prefix", prefix).query("max-keys", limit);
    if let Some(after) = after {
        call = call.query("start-after", after);
    }
    wire.ask(&call, xml::read).await
}

/// A moment as S3 writes it; the beginning of time when it can't be read, so that nothing seems younger than it is.
pub(super) fn moment(text: &str) -> Timestamp {
    let millis = text.parse::<jiff::Timestamp>().map(|at| at.as_millisecond());
    Timestamp::from_millis(millis.ok().and_then(|millis| u64::try_from(millis).ok()).unwrap_or(0))
}
