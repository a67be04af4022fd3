//! Objects on their way out. A row goes first, and its object's key is noted in the same transaction; the sweeper deletes
//! the object and confirms. Killed in between, it finds the key there again.

use super::Answer;
use crate::ids::ErasureId;
use crate::object_key::{ObjectClass, ObjectKey};
use crate::time::Timestamp;

/// The verbs of the sweeper.
pub trait Deletions: Send + Sync {
    /// Takes leave of what is expired at `now`, at most `limit` photos and as many results and previews: photos lose their
    /// row, images lose the full resolution, and those whose preview expired lose their row too. Says how many objects
    /// became pending deletions.
    fn expire_objects(&self, now: Timestamp, limit: u32) -> Answer<'_, u64>;

    /// Objects to be deleted, the longest waiting first; those of one erasure, or all.
    fn pending_deletions(&self, erasure: Option<ErasureId>, limit: u32) -> Answer<'_, Vec<ObjectKey>>;

    /// These objects are known to be gone.
    fn confirm_deletions(&self, keys: Vec<ObjectKey>) -> Answer<'_, ()>;

    /// Which of these keys, as the storage lists them, belong to no row: orphans, if they are older than an upload can
    /// take. Those that are to be deleted anyway are among them.
    fn orphans(&self, keys: Vec<ObjectKey>) -> Answer<'_, Vec<ObjectKey>>;

    /// The keys of a class that rows speak of, in order and after a given one: what the storage must have.
    fn list_objects(
        &self,
        class: ObjectClass,
        after: Option<ObjectKey>,
        limit: u32,
    ) -> Answer<'_, Vec<ObjectKey>>;

    /// Forgets what has no use any more at `now`: expired sessions and reset links, old idempotency keys, webhook
    /// deliveries, throttle counts, and notes of what counts once. Says how many rows went.
    fn tidy(&self, now: Timestamp) -> Answer<'_, u64>;
}
