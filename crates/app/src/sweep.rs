//! The sweep: what has expired, what a killed upload left, and what nothing refers to goes away.
//!
//! It is the second of two ways that pictures end: a bucket's own rules are the other, and may be a day late. Objects
//! are written before their rows and deleted after them, so what has no row is an upload under way, which is young,
//! or an orphan, which is not.
//!
//! A result without a row whose generation has not ended is neither: its worker may be writing it anew at this moment,
//! under the same key.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::BoxFuture;
use domain::ports::database::DatabaseError;
use domain::ports::objects::{LIST_LIMIT, Listed, ObjectPrefix, Objects, ObjectsError};
use domain::time::{DAY, Timestamp};

use crate::{Admin, App, AppError};

/// Answers which of some keys belong to no row. The key of an image that a generation which has not ended may still
/// write is not to be among them: what lies there now may be old, and what lies there in a moment is not.
pub(crate) type AskOrphans<'a> =
    dyn Fn(Vec<ObjectKey>) -> BoxFuture<'a, Result<Vec<ObjectKey>, AskError>> + Send + Sync + 'a;

/// Why the rows could not be asked.
pub(crate) type AskError = Box<dyn Error + Send + Sync>;

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
pub(crate) enum SweepError {
    /// The storage could not be listed.
    #[error("the sweep could not list the storage")]
    Objects(#[from] ObjectsError),
    /// The rows could not be asked: no orphan is deleted on a guess.
    #[error("the sweep could not ask the database which objects are known")]
    Rows(#[source] AskError),
}

impl App {
    /// Compares the whole storage with the rows, and deletes what has expired and what nothing refers to.
    ///
    /// # Errors
    /// `Unavailable` when the storage can't be listed or the rows can't be asked. What was deleted until then was rightly
    /// deleted.
    pub async fn sweep(&self) -> Result<Swept, AppError> {
        let ask = |keys| -> BoxFuture<'_, Result<Vec<ObjectKey>, AskError>> {
            Box::pin(async move { Ok(self.orphans(keys).await?) })
        };
        let rules = self.settings.clean.rules;
        let swept = sweep(self.objects(), &ask, rules, self.now()).await;
        swept.map_err(|error| AppError::Unavailable(Box::new(error)))
    }

    /// Which of these keys belong to no row, and will not in a moment. An archive has no row: it belongs to its account.
    pub(crate) async fn orphans(&self, keys: Vec<ObjectKey>) -> Result<Vec<ObjectKey>, DatabaseError> {
        let mut orphans = Vec::new();
        let (archives, others): (Vec<_>, Vec<_>) =
            keys.into_iter().partition(|key| matches!(key, ObjectKey::Archive(_)));
        for key in archives {
            match self.database().account(key.account()).await {
                Ok(_) => {}
                Err(DatabaseError::NotFound(_)) => orphans.push(key),
                Err(error) => return Err(error),
            }
        }
        if others.is_empty() {
            return Ok(orphans);
        }
        for key in self.database().orphans(others).await? {
            let settled = match key {
                ObjectKey::Upload(..) | ObjectKey::Archive(_) => true,
                ObjectKey::Result(account, generation, _) | ObjectKey::Preview(account, generation, _) => {
                    match self.database().generation(account, generation).await {
                        Ok(known) => known.generation.state.is_ended(),
                        Err(DatabaseError::NotFound(_)) => true,
                        Err(error) => return Err(error),
                    }
                }
            };
            if settled {
                orphans.push(key);
            }
        }
        Ok(orphans)
    }
}

impl Admin<'_> {
    /// Which of these keys belong to nobody any more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn orphans(&self, keys: Vec<ObjectKey>) -> Result<Vec<ObjectKey>, AppError> {
        Ok(self.app.orphans(keys).await?)
    }
}

/// Sweeps a storage once, a page at a time.
///
/// # Errors
/// [`SweepError`].
async fn sweep(
    objects: &dyn Objects,
    orphans: &AskOrphans<'_>,
    rules: SweepRules,
    now: Timestamp,
) -> Result<Swept, SweepError> {
    sweep_by(LIST_LIMIT, objects, orphans, rules, now).await
}

async fn sweep_by(
    limit: usize,
    objects: &dyn Objects,
    orphans: &AskOrphans<'_>,
    rules: SweepRules,
    now: Timestamp,
) -> Result<Swept, SweepError> {
    let unfinished = objects.clear_unfinished(now - rules.unfinished_after).await?;
    let mut swept = Swept { unfinished, ..Swept::default() };
    for class in ObjectClass::ALL {
        let mut after = None;
        loop {
            let page = objects.list(ObjectPrefix::Class(class), after, limit).await?;
            sweep_page(objects, orphans, rules, now, page.objects, &mut swept).await?;
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
    orphans: &AskOrphans<'_>,
    rules: SweepRules,
    now: Timestamp,
    page: Vec<Listed>,
    swept: &mut Swept,
) -> Result<(), SweepError> {
    let (expired, rest): (Vec<Listed>, _) =
        page.into_iter().partition(|object| object.expires_at.is_some_and(|at| at <= now));
    delete(objects, &expired, |swept| &mut swept.expired, swept).await;

    let (old, young): (Vec<Listed>, Vec<Listed>) =
        rest.into_iter().partition(|object| now.since(object.created_at) >= rules.orphans_after);
    let orphans: HashSet<ObjectKey> = match old.is_empty() {
        true => HashSet::new(),
        false => {
            let keys = old.iter().map(|object| object.key).collect();
            orphans(keys).await.map_err(SweepError::Rows)?.into_iter().collect()
        }
    };
    let (orphans, referred): (Vec<Listed>, Vec<Listed>) =
        old.into_iter().partition(|object| orphans.contains(&object.key));
    for object in young.iter().chain(&referred) {
        swept.damaged += u64::from(object.damaged);
        swept.kept += 1;
    }
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use domain::ids::{AccountId, GenerationId, PhotoId};
    use domain::ports::objects::{Body, MediaType, NewObject};
    use futures_util::stream;

    use super::*;
    use storage::{Folder, FolderConfig};

    const NOW: Timestamp = Timestamp::from_millis(1_795_468_216_789);

    fn photo(of: u8) -> ObjectKey {
        let account = AccountId::new(Timestamp::EPOCH, [1; 10]);
        ObjectKey::Upload(account, PhotoId::new(Timestamp::EPOCH, [of; 10]))
    }

    fn result(of: u16) -> ObjectKey {
        let [a, b] = of.to_be_bytes();
        let account = AccountId::new(Timestamp::EPOCH, [b % 4; 10]);
        ObjectKey::Result(account, GenerationId::new(Timestamp::EPOCH, [a, b, 0, 0, 0, 0, 0, 0, 0, 0]), 0)
    }

    async fn put(folder: &Folder, key: ObjectKey, expires_at: Option<Timestamp>) {
        let body: Body<'_> = Box::pin(stream::iter([Ok(Bytes::from_static(b"ten bytes!"))]));
        let media_type = MediaType::JPEG;
        let (max_bytes, expected_bytes, expected) = (10, None, None);
        let new =
            NewObject { key, media_type, max_bytes, expected_bytes, expected, created_at: NOW, expires_at };
        folder.put(new, body).await.unwrap();
    }

    fn open(home: &Path) -> Folder {
        Folder::open(&FolderConfig { path: home.into(), reserve_bytes: 0 }).unwrap()
    }

    async fn sweep_knowing(folder: &dyn Objects, known: &[ObjectKey], now: Timestamp) -> Swept {
        let orphans = |keys: Vec<ObjectKey>| -> BoxFuture<'_, _> {
            let orphans = keys.into_iter().filter(|key| !known.contains(key)).collect();
            Box::pin(async move { Ok(orphans) })
        };
        sweep(folder, &orphans, SweepRules::default(), now).await.unwrap()
    }

    async fn is_there(folder: &Folder, key: ObjectKey) -> bool {
        // At the epoch nothing has expired.
        folder.head(key, Timestamp::EPOCH).await.is_ok()
    }

    #[tokio::test]
    async fn after_thirty_days_a_photo_is_gone_and_its_preview_is_not() {
        let home = tempfile::tempdir().unwrap();
        let folder = open(home.path());
        let preview = ObjectKey::Preview(photo(1).account(), GenerationId::new(Timestamp::EPOCH, [1; 10]), 0);
        put(&folder, photo(1), Some(NOW + 30 * DAY)).await;
        put(&folder, photo(2), Some(NOW + 7 * DAY)).await;
        put(&folder, preview, None).await;
        let known = [photo(1), photo(2), preview];

        let after = |days: u32| NOW + days * DAY;
        assert_eq!(sweep_knowing(&folder, &known, after(6)).await, Swept { kept: 3, ..Swept::default() });
        let swept = sweep_knowing(&folder, &known, after(7)).await;
        assert_eq!(swept, Swept { expired: 1, kept: 2, bytes: 10, ..Swept::default() });
        assert!(!is_there(&folder, photo(2)).await);
        sweep_knowing(&folder, &known, after(31)).await;
        assert!(!is_there(&folder, photo(1)).await && is_there(&folder, preview).await);
    }

    #[tokio::test]
    async fn an_orphan_goes_once_it_is_old_and_a_young_one_is_left_to_its_upload() {
        let home = tempfile::tempdir().unwrap();
        let folder = open(home.path());
        for of in 1..=3 {
            put(&folder, photo(of), Some(NOW + 30 * DAY)).await;
        }
        let young = NOW + DAY - Duration::from_millis(1);
        assert_eq!(sweep_knowing(&folder, &[], young).await, Swept { kept: 3, ..Swept::default() });
        let swept = sweep_knowing(&folder, &[photo(2)], NOW + DAY).await;
        assert_eq!(swept, Swept { orphans: 2, kept: 1, bytes: 20, ..Swept::default() });
        assert!(is_there(&folder, photo(2)).await && !is_there(&folder, photo(1)).await);
    }

    #[tokio::test]
    async fn more_than_a_page_is_swept_and_the_rows_are_asked_a_page_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let folder = open(home.path());
        for of in 0..43 {
            put(&folder, result(of), Some(NOW + u32::from(1 + of % 2) * DAY)).await;
        }
        let asked = Arc::new(Mutex::new(Vec::new()));
        let first_of_each = |keys: Vec<ObjectKey>| -> BoxFuture<'_, _> {
            asked.lock().unwrap().push(keys.len());
            Box::pin(async move { Ok(keys.into_iter().take(1).collect()) })
        };
        let swept = sweep_by(10, &folder, &first_of_each, SweepRules::default(), NOW + DAY).await.unwrap();
        assert_eq!(asked.lock().unwrap().iter().sum::<usize>(), 21);
        assert_eq!(asked.lock().unwrap().len(), 4);
        assert_eq!(swept, Swept { expired: 22, orphans: 4, kept: 17, bytes: 260, ..Swept::default() });
    }

    #[tokio::test]
    async fn what_killed_uploads_left_goes_after_an_hour() {
        let home = tempfile::tempdir().unwrap();
        let folder = open(home.path());
        let left = format!("{}.{}.0123456789abcdef", NOW.millis(), photo(1).to_string().replace('/', "."));
        std::fs::write(home.path().join("incoming").join(left), b"half a pict").unwrap();
        let hour = Duration::from_secs(60 * 60);
        assert_eq!(sweep_knowing(&folder, &[], NOW + hour).await, Swept::default());
        let swept = sweep_knowing(&folder, &[], NOW + hour + Duration::from_millis(1)).await;
        assert_eq!(swept, Swept { unfinished: 1, ..Swept::default() });
        assert_eq!(std::fs::read_dir(home.path().join("incoming")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn without_an_answer_from_the_database_no_orphan_is_deleted_on_a_guess() {
        let home = tempfile::tempdir().unwrap();
        let folder = open(home.path());
        put(&folder, photo(1), Some(NOW + DAY)).await;
        put(&folder, photo(2), Some(NOW + 30 * DAY)).await;
        let down = |_| -> BoxFuture<'_, _> { Box::pin(async { Err("the database is down".into()) }) };
        let stopped = sweep(&folder, &down, SweepRules::default(), NOW + 2 * DAY).await;
        assert!(matches!(stopped, Err(SweepError::Rows(_))));
        assert!(!is_there(&folder, photo(1)).await, "what has expired needs no row to go");
        assert!(is_there(&folder, photo(2)).await);
    }

    #[tokio::test]
    async fn a_damaged_object_with_a_row_is_reported_and_one_without_goes() {
        let home = tempfile::tempdir().unwrap();
        let folder = open(home.path());
        for of in 1..=2 {
            put(&folder, photo(of), Some(NOW + 30 * DAY)).await;
            let file = home.path().join("objects").join(photo(of).to_string());
            std::fs::write(file, b"rotten").unwrap();
        }
        // Its age is that of the file, by the clock of this machine.
        let later = Timestamp::MAX;
        let swept = sweep_knowing(&folder, &[photo(1)], later).await;
        assert_eq!(swept, Swept { orphans: 1, damaged: 1, kept: 1, bytes: 6, ..Swept::default() });
    }
}
