//! Deleting: one object, everything under a prefix, and what killed uploads left.

use bytes::Bytes;
use domain::object_key::ObjectKey;
use domain::ports::objects::{LIST_LIMIT, ObjectPrefix, ObjectsError};
use domain::time::Timestamp;

use super::wire::{Call, Failed, Method, Wire};
use super::{INCOMING, listing, xml};

/// Deletes an object. One that is not there is deleted already.
pub(super) async fn delete(wire: &Wire, key: ObjectKey) -> Result<(), ObjectsError> {
    match wire.send(&Call::object(Method::Delete, key)).await {
        Ok(_) => Ok(()),
        Err(failed) if failed.is_missing() => Ok(()),
        Err(failed) => Err(failed.while_doing("deleting an object")),
    }
}

/// Deletes everything under a prefix. Uploads first: what they would become is then deleted as an object, or never is one.
pub(super) async fn delete_prefix(wire: &Wire, prefix: ObjectPrefix) -> Result<u64, ObjectsError> {
    let prefix = prefix.to_string();
    let incoming = format!("{INCOMING}{prefix}");
    let doing = async {
        for prefix in [&incoming, &prefix] {
            end_uploads(wire, prefix, None).await?;
        }
        delete_keys(wire, &incoming, None).await?;
        delete_keys(wire, &prefix, None).await
    };
    doing.await.map_err(|failed: Failed| failed.while_doing("deleting objects"))
}

/// Ends uploads begun before a moment and deletes what older ones left under `incoming/`.
pub(super) async fn clear_unfinished(wire: &Wire, before: Timestamp) -> Result<u64, ObjectsError> {
    let doing = async {
        let ended = end_uploads(wire, "", Some(before)).await?;
        Ok(ended + delete_keys(wire, INCOMING, Some(before)).await?)
    };
    doing.await.map_err(|failed: Failed| failed.while_doing("clearing unfinished uploads"))
}

/// Deletes what lies under a prefix, and was put before a moment.
async fn delete_keys(wire: &Wire, prefix: &str, before: Option<Timestamp>) -> Result<u64, Failed> {
    let (mut deleted, mut after) = (0, None);
    loop {
        let listing = listing::keys(wire, prefix, after.as_deref(), LIST_LIMIT).await?;
        let old =
            |entry: &&xml::Entry| before.is_none_or(|before| listing::moment(&entry.last_modified) < before);
        let keys: Vec<String> = listing.contents.iter().filter(old).map(|entry| entry.key.clone()).collect();
        if !keys.is_empty() {
            delete_all(wire, &keys).await?;
            deleted += keys.len() as u64;
        }
        after = listing.contents.last().map(|entry| entry.key.clone());
        if !listing.is_truncated || after.is_none() {
            return Ok(deleted);
        }
    }
}

async fn delete_all(wire: &Wire, keys: &[String]) -> Result<(), Failed> {
    let call = Call::bucket(Method::Post)
        .query("delete", "")
        .header("content-type", "application/xml")
        .body(Bytes::from(xml::delete(keys)));
    let mut errors = wire.ask(&call, xml::read::<xml::Deleted>).await?.errors;
    errors.retain(|error| error.code != "NoSuchKey");
    match errors.first() {
        None => Ok(()),
        Some(error) => Err(Failed::Unreadable(format!("{} objects stayed: {}", errors.len(), error.code))),
    }
}

/// Ends uploads under a prefix that were begun before a moment.
async fn end_uploads(wire: &Wire, prefix: &str, before: Option<Timestamp>) -> Result<u64, Failed> {
    let (mut ended, mut marker) = (0, None::<(String, String)>);
    loop {
        let mut call = Call::bucket(Method::Get).query("uploads", "").query("prefix", prefix);
        if let Some((key, id)) = &marker {
            call = call.query("key-marker", key).query("upload-id-marker", id);
        }
        let page = wire.ask(&call, xml::read::<xml::Uploads>).await?;
        for upload in &page.uploads {
            // Others may use the bucket too, for keys of their own.
            let ours = upload.key.strip_prefix(INCOMING).unwrap_or(&upload.key);
            let ours = ["uploads/", "results/", "previews/"].iter().any(|class| ours.starts_with(class));
            if !ours || before.is_some_and(|before| listing::moment(&upload.initiated) >= before) {
                continue;
            }
            let end = Call::object(Method::Delete, &upload.key).query("uploadId", &upload.upload_id);
            match wire.send(&end).await {
                Ok(_) => ended += 1,
                Err(failed) if failed.code() == "NoSuchUpload" => {}
                Err(failed) => return Err(failed),
            }
        }
        if !page.is_truncated || page.uploads.is_empty() {
            return Ok(ended);
        }
        marker = Some((page.next_key_marker, page.next_upload_id_marker));
    }
}
