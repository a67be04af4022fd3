//! Reading an object: a piece at a time, and never one that has expired.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, ByteRange, Object, ObjectsError, Reading};
use domain::time::Timestamp;
use futures_util::stream;
use sha2::{Digest as _, Sha256};

use super::tree::Tree;
use super::{PIECE_BYTES, blocking_typed, failed, record};

/// An object whose file is open: it can be read to its end even if it is deleted or replaced meanwhile.
pub(super) struct Opened {
    file: File,
    pub(super) object: Object,
}

/// Opens an object that is there, whole, and not expired.
pub(super) fn open_served(tree: &Tree, key: ObjectKey, now: Timestamp) -> Result<Opened, ObjectsError> {
    let doing = "opening an object";
    let file = tree.open_object(key).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ObjectsError::NotFound(key),
        _ => failed(doing)(error),
    })?;
    let object = record::read(&file, key).map_err(failed(doing))?.ok_or(ObjectsError::Damaged(key))?;
    match object.expires_at {
        Some(at) if !object.is_served(now) => Err(ObjectsError::Expired { key, at }),
        _ => Ok(Opened { file, object }),
    }
}

impl Opened {
    pub(super) fn read(self, range: Option<ByteRange>) -> Result<Reading, ObjectsError> {
        let Opened { file, object } = self;
        let all = 0..object.bytes;
        let range = match range {
            None => all.clone(),
            Some(range) => range.of(object.bytes).ok_or(ObjectsError::Range { bytes: object.bytes })?,
        };
        // Only who reads everything can tell whether it is what was put.
        let sha256 = (range == all).then(Sha256::new);
        let pieces = Pieces { file: Arc::new(file), object: object.clone(), left: range.clone(), sha256 };
        let body: Body<'static> = Box::pin(stream::try_unfold(pieces, Pieces::next));
        Ok(Reading { object, range, body })
    }
}

struct Pieces {
    file: Arc<File>,
    object: Object,
    left: Range<u64>,
    /// Of what was read so far, when all of it is.
    sha256: Option<Sha256>,
}

impl Pieces {
    async fn next(self) -> Result<Option<(Bytes, Pieces)>, ObjectsError> {
        if self.left.is_empty() && self.sha256.is_none() {
            return Ok(None);
        }
        blocking_typed("reading an object", move || self.read()).await
    }

    /// The next piece. The last one is given out only if the whole is what was put: whoever copies the bytes on, with
    /// their length announced, then breaks off instead of passing a damaged picture as a good one.
    fn read(mut self) -> Result<Option<(Bytes, Pieces)>, ObjectsError> {
        let length = (self.left.end - self.left.start).min(PIECE_BYTES as u64);
        let mut piece = vec![0; length as usize];
        self.file.read_exact_at(&mut piece, self.left.start).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ObjectsError::Damaged(self.object.key),
            _ => failed("reading an object")(error),
        })?;
        self.left.start += length;
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(&piece);
        }
        if self.left.is_empty()
            && let Some(sha256) = self.sha256.take()
            && sha256.finalize()[..] != self.object.digest.bytes()[..]
        {
            return Err(ObjectsError::Damaged(self.object.key));
        }
        Ok((!piece.is_empty()).then_some((piece.into(), self)))
    }
}
