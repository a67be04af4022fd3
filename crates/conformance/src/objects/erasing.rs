//! Deleting, erasing, clearing up.

use std::time::Duration;

use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::objects::{ObjectPrefix, Objects, ObjectsError};
use domain::time::Timestamp;

use super::bodies::{get, put};
use super::{NOW, account, generation, new, photo_of};

pub(super) async fn what_is_deleted_stays_deleted(objects: &dyn Objects) {
    let account = account();
    let (key, other) = (photo_of(account), photo_of(account));
    put(objects, new(key), b"mine").await;
    put(objects, new(other), b"also mine").await;
    for _ in 0..2 {
        objects.delete(key).await.expect("deleting twice is deleting once");
        assert!(matches!(objects.head(key, NOW).await, Err(ObjectsError::NotFound(_))));
        assert!(matches!(objects.get(key, None, NOW).await, Err(ObjectsError::NotFound(_))));
    }
    objects.delete(photo_of(super::account())).await.expect("nobody's object is deleted already");
    assert_eq!(get(objects, other, None, NOW).await.expect("the other"), b"also mine");
    put(objects, new(key), b"mine again").await;
    assert_eq!(get(objects, key, None, NOW).await.expect("put again"), b"mine again");
    // What has expired can be deleted too.
    put(objects, new(other), b"old").await;
    objects.delete(other).await.expect("delete");
    let page =
        objects.list(ObjectPrefix::Account(ObjectClass::Upload, account), None, 10).await.expect("list");
    assert_eq!(page.objects.len(), 1);
}

pub(super) async fn erasing_an_account_leaves_nothing_of_it_and_all_of_others(objects: &dyn Objects) {
    let (ann, ben) = (account(), account());
    let (first, second) = (generation(), generation());
    let keys = |account| {
        let mut keys = vec![photo_of(account), photo_of(account), ObjectKey::Archive(account)];
        for generation in [first, second] {
            keys.extend((0..11).map(|n| ObjectKey::Result(account, generation, n)));
            keys.push(ObjectKey::Preview(account, generation, 0));
        }
        keys
    };
    let (anns, bens) = (keys(ann), keys(ben));
    for key in anns.iter().chain(&bens) {
        put(objects, new(*key), b"a face").await;
    }
    let erase = |prefix| async move { objects.delete_prefix(prefix).await.expect("delete_prefix") };
    assert_eq!(erase(ObjectPrefix::Generation(ObjectClass::Result, ann, first)).await, 11);
    assert!(get(objects, ObjectKey::Result(ann, second, 10), None, NOW).await.is_ok());
    let mut counts = Vec::new();
    for class in ObjectClass::ALL {
        counts.push(erase(ObjectPrefix::Account(class, ann)).await);
        assert_eq!(erase(ObjectPrefix::Account(class, ann)).await, 0, "erased already");
    }
    assert_eq!(counts, [2, 11, 2, 1]);
    for key in anns {
        assert!(matches!(objects.head(key, NOW).await, Err(ObjectsError::NotFound(_))), "{key}");
    }
    for key in bens {
        assert_eq!(get(objects, key, None, NOW).await.expect("somebody else's"), b"a face");
    }
    for class in ObjectClass::ALL {
        let page = objects.list(ObjectPrefix::Account(class, ann), None, 10).await.expect("list");
        assert!(page.objects.is_empty() && page.next.is_none());
    }
}

pub(super) async fn clearing_up_leaves_what_is_finished(objects: &dyn Objects) {
    let key = photo_of(account());
    put(objects, new(key), b"finished").await;
    // The clock is not moved past uploads of others, who may be using the same bucket.
    objects.clear_unfinished(Timestamp::EPOCH + Duration::from_secs(1)).await.expect("clear_unfinished");
    assert_eq!(get(objects, key, None, NOW).await.expect("get"), b"finished");
}

pub(super) async fn a_working_storage_is_healthy(objects: &dyn Objects) {
    let health = objects.health().await.expect("healthy");
    assert_ne!(health.free_bytes, Some(0));
}
