//! The local folder: objects as files, under their keys.
//!
//! A body is written to `incoming/` under a temporary name, then what is known about it, then it is synced, renamed
//! to its place under `objects/`, and the folder synced: it is there whole or not at all, whenever the power goes.
//! A killed upload leaves one temporary file, which [`Objects::clear_unfinished`] removes. The bytes come first in
//! the file and the record after them, so a picture opens in any viewer, and one rename moves both.
//! Files are 0600, folders 0700, and no symbolic link below the folder is ever followed.

mod listing;
mod reading;
mod record;
mod steps;
#[cfg(test)]
mod tests;
mod tree;
mod upload;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::BytesMut;
use domain::object_key::ObjectKey;
use domain::ports::BoxFuture;
use domain::ports::objects::{
    Body, ByteRange, DirectLink, Health, NewObject, Object, ObjectPrefix, Objects, ObjectsError, Page,
    Reading,
};
use domain::secret::Secret;
use domain::time::Timestamp;
use futures_util::StreamExt;

use self::steps::Steps;
use self::tree::Tree;
use self::upload::Upload;

/// How much is read or written at a time, in bytes: what an upload or a download holds in memory.
const PIECE_BYTES: usize = 64 * 1024;

/// Where the folder is and what it leaves free.
#[derive(Clone, Debug)]
pub struct FolderConfig {
    /// The folder; it is made if it is not there.
    pub path: PathBuf,
    /// So many bytes of the disk are left free, because the database on the same disk must still be able to write
    /// when uploads are refused.
    pub reserve_bytes: u64,
}

impl FolderConfig {
    /// A folder with the usual reserve of 256 MiB.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        FolderConfig { path: path.into(), reserve_bytes: 256 * 1024 * 1024 }
    }
}

/// Objects in a local folder.
#[derive(Clone)]
pub struct Folder {
    tree: Arc<Tree>,
    reserve_bytes: u64,
    steps: Steps,
}

impl Folder {
    /// Opens the folder, making what is missing. It blocks, and is meant for the start of a program.
    ///
    /// # Errors
    /// The folder cannot be made or opened, or is not one file system.
    pub fn open(config: &FolderConfig) -> io::Result<Self> {
        let tree = Arc::new(Tree::open(&config.path)?);
        Ok(Folder { tree, reserve_bytes: config.reserve_bytes, steps: Steps::default() })
    }

    async fn store(&self, new: NewObject, mut body: Body<'_>) -> Result<Object, ObjectsError> {
        if let Some(at) = new.expires_at.filter(|at| *at <= new.created_at) {
            return Err(ObjectsError::Expired { key: new.key, at });
        }
        let limit = new.expected_bytes.map_or(new.max_bytes, |bytes| bytes.min(new.max_bytes));
        let (tree, steps, reserve) = (self.tree.clone(), self.steps.clone(), self.reserve_bytes);
        let mut upload = blocking("beginning an upload", move || {
            Upload::begin(tree, steps, reserve, new.key, new.created_at)
        })
        .await?;

        let mut buffer = BytesMut::with_capacity(PIECE_BYTES);
        while let Some(piece) = body.next().await {
            let piece = piece?;
            let so_far = upload.bytes() + buffer.len() as u64 + piece.len() as u64;
            if so_far > limit {
                return Err(ObjectsError::TooLarge { limit });
            }
            if buffer.len() + piece.len() <= PIECE_BYTES {
                buffer.extend_from_slice(&piece);
                continue;
            }
            (upload, buffer) = blocking("writing an upload", move || {
                upload.write(&buffer)?;
                upload.write(&piece)?;
                buffer.clear();
                Ok((upload, buffer))
            })
            .await?;
        }
        blocking_typed("storing an upload", move || {
            upload.write(&buffer).map_err(failed("writing an upload"))?;
            upload.commit(&new)
        })
        .await
    }
}

impl Objects for Folder {
    fn put<'a>(&'a self, new: NewObject, body: Body<'a>) -> BoxFuture<'a, Result<Object, ObjectsError>> {
        Box::pin(self.store(new, body))
    }

    fn get(
        &self,
        key: ObjectKey,
        range: Option<ByteRange>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Reading, ObjectsError>> {
        let tree = self.tree.clone();
        Box::pin(async move {
            let opened =
                blocking_typed("opening an object", move || reading::open_served(&tree, key, now)).await?;
            opened.read(range)
        })
    }

    fn head(&self, key: ObjectKey, now: Timestamp) -> BoxFuture<'_, Result<Object, ObjectsError>> {
        let tree = self.tree.clone();
        Box::pin(blocking_typed("looking at an object", move || {
            reading::open_served(&tree, key, now).map(|opened| opened.object)
        }))
    }

    fn delete(&self, key: ObjectKey) -> BoxFuture<'_, Result<(), ObjectsError>> {
        let tree = self.tree.clone();
        Box::pin(blocking("deleting an object", move || tree.delete(key)))
    }

    fn delete_prefix(&self, prefix: ObjectPrefix) -> BoxFuture<'_, Result<u64, ObjectsError>> {
        let tree = self.tree.clone();
        Box::pin(blocking("deleting objects", move || {
            tree.delete_incoming(prefix)?;
            tree.delete_prefix(prefix)
        }))
    }

    fn list(
        &self,
        prefix: ObjectPrefix,
        after: Option<ObjectKey>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, ObjectsError>> {
        let tree = self.tree.clone();
        Box::pin(blocking("listing objects", move || listing::list(&tree, prefix, after, limit)))
    }

    fn clear_unfinished(&self, before: Timestamp) -> BoxFuture<'_, Result<u64, ObjectsError>> {
        let tree = self.tree.clone();
        Box::pin(blocking("clearing unfinished uploads", move || tree.clear_unfinished(before)))
    }

    fn direct_link(&self, _: &DirectLink, _: Timestamp) -> Result<Option<Secret>, ObjectsError> {
        Ok(None)
    }

    fn health(&self) -> BoxFuture<'_, Result<Health, ObjectsError>> {
        let (tree, reserve) = (self.tree.clone(), self.reserve_bytes);
        Box::pin(blocking("checking the folder", move || {
            tree.check_reserve(reserve)?;
            tree.check_writable()?;
            Ok(Health { free_bytes: Some(tree.free_bytes()?.saturating_sub(reserve)) })
        }))
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ObjectsError> {
    blocking_typed(doing, move || work().map_err(failed(doing))).await
}

async fn blocking_typed<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, ObjectsError> + Send + 'static,
) -> Result<T, ObjectsError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(stopped) => Err(ObjectsError::unavailable(doing, stopped)),
    }
}

/// Sorts a failure of the file system: a full disk is the operator's turn, the rest may pass.
fn failed(doing: &'static str) -> impl Fn(io::Error) -> ObjectsError {
    move |error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ObjectsError::Full,
        _ => ObjectsError::unavailable(doing, error),
    }
}
