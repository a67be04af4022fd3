//! A storage that now and then does not do what it is asked, or did it and does not say so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::BoxFuture;
use domain::ports::objects::*;
use domain::secret::Secret;
use domain::time::Timestamp;
use tokio::sync::Notify;

use super::Chance;

/// The real one, and how often it fails.
pub struct FlakyObjects {
    pub inner: Arc<dyn Objects>,
    pub chance: Mutex<Chance>,
    /// Whether nothing can be stored.
    pub full: AtomicBool,
    /// Whether nothing can be deleted.
    pub stuck: AtomicBool,
    /// Whether whoever has put a preview waits then, until it is let.
    pub waits: AtomicBool,
    /// Whether that then counts as a failure.
    pub fails_then: AtomicBool,
    /// Rung when somebody waits.
    pub waiting: Notify,
    /// Rung to let them go on.
    pub go_on: Notify,
}

impl FlakyObjects {
    pub fn new(inner: Arc<dyn Objects>) -> Self {
        FlakyObjects {
            inner,
            chance: Mutex::default(),
            full: false.into(),
            stuck: false.into(),
            waits: false.into(),
            fails_then: false.into(),
            waiting: Notify::new(),
            go_on: Notify::new(),
        }
    }

    fn may_fail(&self, doing: &'static str) -> Result<(), ObjectsError> {
        let fails = self.chance.lock().unwrap().happens();
        if fails { Err(ObjectsError::unavailable(doing, "a fault on demand")) } else { Ok(()) }
    }

    fn deleting(&self) -> Result<(), ObjectsError> {
        match self.stuck.load(Ordering::Relaxed) {
            true => Err(ObjectsError::unavailable("deleting", "stuck on demand")),
            false => self.may_fail("deleting"),
        }
    }
}

impl Objects for FlakyObjects {
    fn put<'a>(&'a self, new: NewObject, body: Body<'a>) -> BoxFuture<'a, Result<Object, ObjectsError>> {
        Box::pin(async move {
            if self.full.load(Ordering::Relaxed) {
                return Err(ObjectsError::Full);
            }
            self.may_fail("putting")?;
            let is_preview = new.key.class() == ObjectClass::Preview;
            let object = self.inner.put(new, body).await?;
            if is_preview && self.waits.swap(false, Ordering::Relaxed) {
                self.waiting.notify_one();
                self.go_on.notified().await;
                if self.fails_then.load(Ordering::Relaxed) {
                    return Err(ObjectsError::unavailable("having waited", "a fault on demand"));
                }
            }
            self.may_fail("having put")?;
            Ok(object)
        })
    }

    fn get(
        &self,
        key: ObjectKey,
        range: Option<ByteRange>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Reading, ObjectsError>> {
        Box::pin(async move {
            self.may_fail("getting")?;
            self.inner.get(key, range, now).await
        })
    }

    fn head(&self, key: ObjectKey, now: Timestamp) -> BoxFuture<'_, Result<Object, ObjectsError>> {
        self.inner.head(key, now)
    }

    fn delete(&self, key: ObjectKey) -> BoxFuture<'_, Result<(), ObjectsError>> {
        Box::pin(async move {
            self.deleting()?;
            self.inner.delete(key).await
        })
    }

    fn delete_prefix(&self, prefix: ObjectPrefix) -> BoxFuture<'_, Result<u64, ObjectsError>> {
        Box::pin(async move {
            self.deleting()?;
            self.inner.delete_prefix(prefix).await
        })
    }

    fn list(
        &self,
        prefix: ObjectPrefix,
        after: Option<ObjectKey>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, ObjectsError>> {
        self.inner.list(prefix, after, limit)
    }

    fn clear_unfinished(&self, before: Timestamp) -> BoxFuture<'_, Result<u64, ObjectsError>> {
        self.inner.clear_unfinished(before)
    }

    fn direct_link(&self, wanted: &DirectLink, now: Timestamp) -> Result<Option<Secret>, ObjectsError> {
        self.inner.direct_link(wanted, now)
    }

    fn health(&self) -> BoxFuture<'_, Result<Health, ObjectsError>> {
        self.inner.health()
    }
}
