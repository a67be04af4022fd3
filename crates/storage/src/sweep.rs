//! The sweep: what has expired, what a killed upload left, and what nothing refers to goes away.
//!
//! It is the second of two ways that pictures end: a bucket's own rules are the other, and may be a day late. Objects
//! are written before their rows and deleted after them, so what has no row is an upload under way, which is young,
//! or an orphan, which is not.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::BoxFuture;
use domain::ports::objects::{LIST_LIMIT, Listed, ObjectPrefix, Objects, ObjectsError};
use domain::time::{DAY, Timestamp};

/// Answers which of some keys may not be swept as orphans: those with a row, and those that a generation which has not
/// ended may still write, so that nothing written a moment ago under an old key is taken for the old object.
pub type KnownKeys<'a> = dyn Fn(Vec<ObjectKey>) -> BoxFuture<'a, Result<HashSet<ObjectKey>, Box<dyn Error + Send + Sync>>>
    + Send
    + Sync
    + 'a;

/// How old something must be before nobody can still be about to refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepRules {
    /// The age from which an object without a row is an orphan.
    pub orphans_after: Duration,
    /// The age from which an unfinished upload is given up.
    pub unfinished_after: Duration,
}

impl Default for SweepRules {
    /// A day, and an hour.
    fn default() -> Self {
        SweepRules { orphans_after: DAY, unfinished_after: Duration::from_secs(60 * 60) }
    }
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects deleted because their time was over.
    pub expired: u64,
    /// Objects deleted because nothing referred to them.
    pub orphans: u64,
    /// Remains of killed uploads removed.
    pub unfinished: u64,
    /// Objects that are damaged and were not deleted: the operator's turn.
    pub damaged: u64,
    /// Objects that should have been deleted and could not be; the next sweep tries again.
    pub failed: u64,
    /// Objects that stay.
    pub kept: u64,
    /// Bytes of the objects deleted.
    pub bytes: u64,
}

/// Why a sweep stopped before its end. What it deleted until then was rightly deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The storage could not be listed.
    #[error("the sweep could not list the storage")]
    Objects(#[from] ObjectsError),
    /// The rows could not be asked: no orphan is deleted on a guess.
    #[error("the sweep could not ask the database which objects are known")]
    Rows(#[source] Box<dyn Error + Send + Sync>),
}

/// Sweeps a storage once, a page at a time.
///
/// # Errors
/// [`SweepError`].
pub async fn sweep(
    objects: &dyn Objects,
    known: &KnownKeys<'_>,
    rules: SweepRules,
    now: Timestamp,
) -> Result<Swept, SweepError> {
    let unfinished = objects.clear_unfinished(now - rules.unfinished_after).await?;
    let mut swept = Swept { unfinished, ..Swept::default() };
    for class in ObjectClass::ALL {
        let mut after = None;
        loop {
            let page = objects.list(ObjectPrefix::Class(class), after, LIST_LIMIT).await?;
            sweep_page(objects, known, rules, now, page.objects, &mut swept).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(swept)
}

async fn sweep_page(
    objects: &dyn Objects,
    known: &KnownKeys<'_>,
    rules: SweepRules,
    now: Timestamp,
    page: Vec<Listed>,
    swept: &mut Swept,
) -> Result<(), SweepError> {
    let (expired, rest): (Vec<Listed>, _) =
        page.into_iter().partition(|object| object.expires_at.is_some_and(|at| at <= now));
    let (old, young): (Vec<Listed>, Vec<Listed>) =
        rest.into_iter().partition(|object| now.since(object.created_at) >= rules.orphans_after);
    let known = match old.is_empty() {
        true => HashSet::new(),
        false => known(old.iter().map(|object| object.key).collect()).await.map_err(SweepError::Rows)?,
    };
    let (referred, orphans): (Vec<Listed>, Vec<Listed>) =
        old.into_iter().partition(|object| known.contains(&object.key));
    for object in young.iter().chain(&referred) {
        swept.damaged += u64::from(object.damaged);
        swept.kept += 1;
    }
    delete(objects, &expired, |swept| &mut swept.expired, swept).await;
    delete(objects, &orphans, |swept| &mut swept.orphans, swept).await;
    Ok(())
}

/// Deletes what it can: one object that fails keeps no other alive.
async fn delete(
    objects: &dyn Objects,
    doomed: &[Listed],
    counter: impl Fn(&mut Swept) -> &mut u64,
    swept: &mut Swept,
) {
    for object in doomed {
        if objects.delete(object.key).await.is_ok() {
            *counter(swept) += 1;
            swept.bytes += object.bytes;
        } else {
            swept.failed += 1;
        }
    }
}
