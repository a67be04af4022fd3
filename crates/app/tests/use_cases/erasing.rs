//! Erasing: nothing is left, also when the storage is in the way, work is under way, or it is interrupted.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use app::*;
use domain::ids::PhotoId;
use domain::object_key::ObjectKey;
use domain::ports::objects::{MediaType, NewObject, Objects};
use domain::secret::Secret;
use tokio::sync::oneshot;

use crate::support::*;

#[tokio::test]
async fn an_erasure_that_the_storage_holds_up_is_completed_later() {
    let world = World::new().await;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    world.generate(&ben, 2).await;
    let kept = world.photo(&ann).await;
    world.work_off().await;
    world.objects.stuck.store(true, Ordering::Relaxed);
    let password = Secret::new(PASSWORD);
    let wrong = world.app.erase(&ben, &Secret::new("wrong wrong wrong"), CLIENT).await;
    assert!(matches!(wrong, Err(AppError::WrongSignIn)));
    // What a killed upload left has no row that could speak of it.
    let orphan = ObjectKey::Upload(ben.id(), PhotoId::new(world.now(), [5; 10]));
    let new = NewObject {
        key: orphan,
        media_type: MediaType::JPEG,
        max_bytes: 100,
        expected_bytes: None,
        expected: None,
        created_at: world.now(),
        expires_at: None,
    };
    world.objects.put(new, upload(b"face").body).await.unwrap();
    let receipt = world.app.erase(&ben, &password, CLIENT).await.unwrap();
    assert_eq!(receipt.completed_at, None, "it says that it is not done yet");
    assert_eq!((receipt.counts.photos, receipt.counts.images), (1, 2));
    assert!(world.app.clean().await.is_err());
    world.objects.stuck.store(false, Ordering::Relaxed);
    assert_eq!(world.app.clean().await.unwrap().erasures, 1);
    assert!(world.app.receipt(receipt.id).await.unwrap().completed_at.is_some());
    for text in [ben.id().to_string(), ben.account.email.as_str().into()] {
        assert_eq!(world.db.search_everywhere(text).await.unwrap(), Vec::<String>::new());
    }
    assert_eq!(world.stored().await.len(), 1);
    assert!(world.app.photo(&ann, kept).await.is_ok(), "another's photo stays");
    world.is_in_order().await;
}

#[tokio::test]
async fn an_account_erased_while_its_pictures_are_made_leaves_nothing() {
    let world = World::new().await;
    world.person("ann").await;
    let ben = world.person("ben").await;
    world.local.max_count.store(1, Ordering::Relaxed);
    world.generate(&ben, 3).await;
    world.local.next([Act::Give(1), Act::Hang]);
    let (worked, receipt) = tokio::join!(world.app.work_once(1), async {
        world.local.hanging.notified().await;
        world.app.erase(&ben, &Secret::new(PASSWORD), CLIENT).await.unwrap()
    });
    assert_eq!(worked.unwrap(), 1);
    assert!(receipt.completed_at.is_some());
    assert!(world.stored().await.is_empty());
    assert_eq!(world.db.search_everywhere(ben.id().to_string()).await.unwrap(), Vec::<String>::new());
    world.is_in_order().await;
}

#[tokio::test]
async fn objects_follow_their_rows_by_themselves_and_expired_ones_go() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let cleaning = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.keep_clean(async { drop(stopped.await) }).await }
    });
    world.app.delete_photo(&ann, photo).await.unwrap();
    while !world.stored().await.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    cleaning.await.unwrap();

    world.generate(&ann, 1).await;
    world.work_off().await;
    world.clock.pass(31 * domain::time::DAY);
    let cleaned = world.app.clean().await.unwrap();
    assert_eq!((cleaned.expired, cleaned.deleted), (2, 2), "the photo and the full resolution");
    assert_eq!(world.stored().await.len(), 1, "the preview stays");
    assert_eq!(world.app.clean().await.unwrap(), Cleaned::default());
    world.is_in_order().await;
}

#[tokio::test]
async fn the_last_admin_can_t_leave_others_alone() {
    let world = World::new().await;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let refused = world.app.erase(&ann, &Secret::new(PASSWORD), CLIENT).await.unwrap_err();
    assert_eq!(refused.kind(), "last-admin");
    world.app.operator().set_role(ben.id(), domain::account::Role::Admin).await.unwrap();
    assert!(world.app.erase(&ann, &Secret::new(PASSWORD), CLIENT).await.is_ok());
}
