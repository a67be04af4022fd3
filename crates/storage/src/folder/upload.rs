//! One upload: a file in `incoming/` that becomes an object, or is removed.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use domain::digest::Digest;
use domain::object_key::ObjectKey;
use domain::ports::objects::{NewObject, Object, ObjectsError};
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};

use super::steps::{Step, Steps};
use super::tree::Tree;
use super::{failed, record};

/// Between two looks at how much of the disk is free, in bytes.
const LOOK_EVERY_BYTES: u64 = 8 * 1024 * 1024;

/// An upload under way. Dropped before its end, it leaves nothing.
pub(super) struct Upload {
    tree: Arc<Tree>,
    steps: Steps,
    file: File,
    name: String,
    sha256: Sha256,
    bytes: u64,
    reserve_bytes: u64,
    published: bool,
}

impl Upload {
    pub(super) fn begin(
        tree: Arc<Tree>,
        steps: Steps,
        reserve_bytes: u64,
        key: ObjectKey,
        now: Timestamp,
    ) -> io::Result<Self> {
        steps.about_to(Step::Create)?;
        tree.check_reserve(reserve_bytes)?;
        let (file, name) = tree.create_incoming(key, now)?;
        let sha256 = Sha256::new();
        Ok(Upload { tree, steps, file, name, sha256, bytes: 0, reserve_bytes, published: false })
    }

    /// How many bytes were written.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.steps.about_to(Step::Write)?;
        let before = self.bytes / LOOK_EVERY_BYTES;
        self.file.write_all(piece)?;
        self.sha256.update(piece);
        self.bytes += piece.len() as u64;
        if self.bytes / LOOK_EVERY_BYTES != before {
            self.tree.check_reserve(self.reserve_bytes)
        } else {
            Ok(())
        }
    }

    /// Checks what was announced, and makes the object of it.
    pub(super) fn commit(mut self, new: &NewObject) -> Result<Object, ObjectsError> {
        if new.expected_bytes.is_some_and(|bytes| self.bytes < bytes) {
            return Err(ObjectsError::Interrupted);
        }
        let digest = Digest::new(self.sha256.finalize_reset().into());
        if new.expected.is_some_and(|expected| expected != digest) {
            return Err(ObjectsError::Checksum);
        }
        let object = Object {
            key: new.key,
            media_type: new.media_type.clone(),
            bytes: self.bytes,
            digest,
            created_at: new.created_at,
            expires_at: new.expires_at,
        };
        let published = self.publish(&object).map_err(failed("storing an upload"))?;
        if published { Ok(object) } else { Err(ObjectsError::Interrupted) }
    }

    fn publish(&mut self, object: &Object) -> io::Result<bool> {
        self.steps.about_to(Step::Record)?;
        self.file.write_all(&record::encode(object)?)?;
        self.steps.about_to(Step::SyncFile)?;
        self.file.sync_all()?;
        self.steps.about_to(Step::Rename)?;
        let Some(place) = self.tree.publish(&self.name, object.key)? else {
            return Ok(false);
        };
        self.published = true;
        self.steps.about_to(Step::SyncFolder)?;
        place.sync()?;
        Ok(true)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed now is removed by the next sweep.
            let _ = self.tree.remove_incoming(&self.name);
        }
    }
}
