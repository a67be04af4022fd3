//! A free look before anything costs, and one thing changed without a new face.

use std::sync::atomic::Ordering;

use app::*;
use domain::generation::{Lighting, OwnBackground};
use domain::image::ImageId;
use domain::page::PageRequest;
use domain::ports::database::Noun;
use domain::style::headshot::Frame;
use domain::time::DAY;
use domain::{AspectRatio, Colour, StyleKind};

use crate::support::*;

fn look(photo: domain::ids::PhotoId) -> LookRequest {
    LookRequest {
        kind: StyleKind::Headshot,
        style: "studio-white".into(),
        photo,
        aspect: AspectRatio::Portrait4x5,
        title: None,
        background: None,
        thumbnail: None,
    }
}

#[tokio::test]
async fn a_look_is_small_costs_nothing_and_leaves_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    let stored = world.stored().await;
    let seen = world.app.look(&ann, look(photo)).await.unwrap();
    assert_eq!(seen.bytes(), b"small picture 1 0");
    assert_eq!(world.balance(&ann).await, 100);
    assert_eq!(world.stored().await, stored);
    assert!(world.app.generations(&ann, PageRequest::first(10)).await.unwrap().items.is_empty());
    let bob = world.person("bob").await;
    assert!(matches!(world.app.look(&bob, look(photo)).await, Err(AppError::NotFound(Noun::Photo))));
    let gone = world.app.withdraw_consent(&ann, domain::consent::Purpose::KeepPhotos).await;
    gone.unwrap();
    assert!(matches!(world.app.look(&ann, look(photo)).await, Err(AppError::ConsentMissing(_))));
}

#[tokio::test]
async fn a_look_never_leaves_the_machine() {
    let world = World::with(settings(), |cast| vec![cast.cloud(), cast.local()]).await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    world.app.look(&ann, look(photo)).await.unwrap();
    assert_eq!((world.cloud.calls(), world.local.calls()), (0, 1));
    let world = World::with(settings(), |cast| vec![cast.cloud()]).await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    assert!(matches!(world.app.look(&ann, look(photo)).await, Err(AppError::NoProvider(_))));
    assert_eq!(world.cloud.calls(), 0);
}

#[tokio::test]
async fn a_change_is_made_here_for_nothing_from_the_same_photo_in_the_same_place() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 3).await;
    world.app.work_once(1).await.unwrap();
    let image = ImageId { generation: id, number: 3 };
    let balance = world.balance(&ann).await;
    let blue = OwnBackground::Colour(Colour::new(0, 0, 200));
    let started = world.app.change_image(&ann, image, Different::Background(Some(blue))).await.unwrap();
    let options = started.generation.options;
    assert_eq!((options.count, options.seed, options.background), (1, 7, Some(blue)));
    let change = options.change.unwrap();
    assert_eq!((change.of, change.place, change.light, change.frame), (image, 2, None, None));
    world.app.work_once(1).await.unwrap();
    assert_eq!(world.local.seen_first.load(Ordering::Relaxed), 2, "the third of its series was asked for");
    let known = world.app.generation(&ann, started.generation.id).await.unwrap();
    assert_eq!((known.images.len(), world.balance(&ann).await), (1, balance));

    // What was changed before stays changed, and the place in the series with it.
    let second = known.images[0].id;
    let light = Different::Light(Lighting::Warmer);
    let again = world.app.change_image(&ann, second, light).await.unwrap().generation.options;
    let change = again.change.unwrap();
    assert_eq!((again.background, change.of, change.place), (Some(blue), second, 2));
    assert_eq!(change.light, Some(Lighting::Warmer));
    world.app.work_once(1).await.unwrap();
    world.is_in_order().await;
}

#[tokio::test]
async fn what_can_t_be_changed_without_a_new_face_is_not() {
    let world = World::with(settings(), |cast| vec![cast.cloud(), cast.local()]).await;
    let ann = world.person("ann").await;
    world.consent(&ann, domain::consent::Purpose::SendTo(cloud())).await;
    let id = world.generate(&ann, 1).await;
    world.app.work_once(1).await.unwrap();
    let image = ImageId { generation: id, number: 1 };
    assert!(!world.app.can_change(&ann, image).await.unwrap(), "it was made elsewhere");
    let refused = world.app.change_image(&ann, image, Different::Frame(Frame::Close)).await;
    assert!(matches!(refused, Err(AppError::Invalid { field: "change", .. })));

    let world = World::new().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let id = world.generate(&ann, 1).await;
    world.app.work_once(1).await.unwrap();
    let image = ImageId { generation: id, number: 1 };
    assert!(matches!(
        world.app.change_image(&bob, image, Different::Frame(Frame::Close)).await,
        Err(AppError::NotFound(_))
    ));
    let titled = world.app.change_image(&ann, image, Different::Title("x".into())).await;
    assert!(matches!(titled, Err(AppError::Invalid { field: "change", .. })));
    assert!(world.app.has_photos(&ann, image).await.unwrap());
    world.app.delete_photos(&ann).await.unwrap();
    assert!(!world.app.has_photos(&ann, image).await.unwrap());
    assert!(!world.app.can_change(&ann, image).await.unwrap());
}

#[tokio::test]
async fn the_photo_lies_beneath_its_picture_for_as_long_as_both_are_there() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    world.app.work_once(1).await.unwrap();
    let image = ImageId { generation: id, number: 1 };
    let beneath = world.app.beside_image(&ann, image).await.unwrap();
    assert_eq!(beneath.bytes(), b"face  beneath picture 7 0");
    let bob = world.person("bob").await;
    assert!(matches!(world.app.beside_image(&bob, image).await, Err(AppError::NotFound(_))));
    world.clock.pass(30 * DAY);
    assert!(matches!(world.app.beside_image(&ann, image).await, Err(AppError::Gone(_))));
}
