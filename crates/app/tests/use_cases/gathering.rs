//! The archive of everything: made once at a time, for a while, and with nothing in it that was deleted.

use std::sync::atomic::Ordering;
use std::time::Duration;

use app::*;
use bytes::Bytes;
use domain::ports::objects::{Body, ObjectsError};
use domain::retention::Period;
use domain::secret::Secret;
use domain::time::DAY;
use futures_util::stream;

use crate::support::*;

/// What is packed is the web's affair; here it is a few bytes.
fn packed(_: Export<'_>) -> Body<'_> {
    Box::pin(stream::iter([Ok(Bytes::from_static(b"PK"))]))
}

async fn gather(world: &World, who: &Caller) -> Gathered {
    assert!(world.app.begin_gathering(who).await.unwrap());
    world.app.gather(who, packed).await.unwrap()
}

#[tokio::test]
async fn one_is_made_at_a_time_and_one_whose_maker_was_killed_is_forgotten() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    assert_eq!(world.app.gathered(&ann).await.unwrap(), Gathered::Nothing);
    assert!(world.app.begin_gathering(&ann).await.unwrap());
    let since = world.now();
    assert_eq!(world.app.gathered(&ann).await.unwrap(), Gathered::Making { since });
    // On another node as well.
    assert!(!world.another_node().begin_gathering(&ann).await.unwrap());
    assert!(world.app.hand_over_archive(&ann, None).await.is_err());
    world.clock.pass(Duration::from_secs(15 * 60));
    assert_eq!(world.app.gathered(&ann).await.unwrap(), Gathered::Nothing);
    let made_at = world.now();
    let ready = Gathered::Ready { bytes: 2, made_at, expires_at: made_at + DAY };
    assert_eq!(gather(&world, &ann).await, ready);
    assert_eq!(world.another_node().gathered(&ann).await.unwrap(), ready);
    assert!(matches!(world.app.hand_over_archive(&ann, None).await, Ok(Delivery::Here(_))));

    world.app.sweep().await.unwrap();
    assert_eq!(world.stored().await.len(), 1, "nobody takes it for an orphan");
    world.clock.pass(DAY);
    assert_eq!(world.app.gathered(&ann).await.unwrap(), Gathered::Nothing);
    world.app.sweep().await.unwrap();
    world.is_in_order().await;
}

#[tokio::test]
async fn it_ends_with_the_first_thing_in_it_that_ends() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    world.clock.pass(29 * DAY + DAY / 2);
    let ends = world.app.photo(&ann, photo).await.unwrap().expires_at;
    let Gathered::Ready { expires_at, .. } = gather(&world, &ann).await else { panic!("it is not ready") };
    assert_eq!(expires_at, ends);

    gather(&world, &ann).await;
    world.app.choose_retention(&ann, Period::days(7)).await.unwrap();
    assert_eq!(world.app.gathered(&ann).await.unwrap(), Gathered::Nothing);
}

#[tokio::test]
async fn what_is_deleted_while_it_is_copied_is_in_no_archive() {
    let world = World::new().await;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let photo = world.photo(&ben).await;
    world.app.begin_gathering(&ben).await.unwrap();
    let deleting = async |who: Caller| {
        world.app.delete_photo(&who, photo).await.unwrap();
        Ok(Bytes::from_static(b"PK"))
    };
    let who = ben.clone();
    let gathered = world.app.gather(&ben, |_| Box::pin(stream::once(deleting(who)))).await.unwrap();
    assert_eq!(gathered, Gathered::Nothing);
    world.app.clean().await.unwrap();
    assert!(world.stored().await.is_empty());

    world.app.begin_gathering(&ben).await.unwrap();
    let erasing = async |who: Caller| {
        world.app.erase(&who, &Secret::new(PASSWORD), CLIENT).await.unwrap();
        Ok(Bytes::from_static(b"PK"))
    };
    let who = ben.clone();
    let gathered = world.app.gather(&ben, |_| Box::pin(stream::once(erasing(who)))).await;
    assert!(!matches!(gathered, Ok(Gathered::Ready { .. })), "an upload that is under way ends with it");
    assert!(world.stored().await.is_empty(), "nothing of an erased account comes back");
    assert!(world.app.begin_gathering(&ann).await.unwrap());
}

#[tokio::test]
async fn one_that_breaks_off_is_no_archive_and_may_be_asked_for_again() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.app.begin_gathering(&ann).await.unwrap();
    let pieces = || stream::iter([Ok(Bytes::from_static(b"P")), Err(ObjectsError::Interrupted)]);
    let broken = world.app.gather(&ann, |_| Box::pin(pieces())).await;
    assert!(broken.is_err());
    assert_eq!(world.app.gathered(&ann).await.unwrap(), Gathered::Nothing);
    assert!(matches!(gather(&world, &ann).await, Gathered::Ready { .. }));
}

#[tokio::test]
async fn a_storage_that_is_in_the_way_does_not_keep_a_photo_from_being_deleted() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let photos = [world.photo(&ann).await, world.photo(&ann).await];
    gather(&world, &ann).await;
    world.objects.stuck.store(true, Ordering::Relaxed);
    world.app.delete_photo(&ann, photos[0]).await.unwrap();
    let deleted = world.app.delete_photos(&ann).await.unwrap();
    assert_eq!(deleted, PhotosDeleted { photos: 1, left: None }, "it says that it can't know yet");
    world.objects.stuck.store(false, Ordering::Relaxed);
    assert_eq!(world.app.delete_photos(&ann).await.unwrap(), PhotosDeleted { photos: 0, left: Some(0) });
}
