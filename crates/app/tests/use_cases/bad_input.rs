//! Bad input: each gets a clear answer that names a reason, costs no credit and leaves nothing behind.

use std::sync::atomic::Ordering;

use app::*;
use bytes::Bytes;
use domain::api_key::{Scope, Scopes};
use domain::generation::OwnBackground;
use domain::ids::PhotoId;
use domain::image::ImageId;
use domain::page::PageRequest;
use domain::ports::database::Noun;
use domain::ports::objects::{Body, ObjectsError};
use domain::{AspectRatio, Colour, StyleKind, Timestamp};
use futures_util::future::join_all;
use futures_util::stream;

use crate::support::*;

fn kind<T>(answer: Result<T, AppError>) -> &'static str {
    match answer {
        Ok(_) => "fine",
        Err(error) => {
            assert!(error.to_string().len() > 10, "{error}");
            error.kind()
        }
    }
}

#[tokio::test]
async fn a_photo_that_can_t_be_used_is_refused_with_advice_and_leaves_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    for (bytes, expected, word) in [
        (&b"noface at all"[..], "photo-unusable", "send one that shows your face"),
        (b"two of us", "photo-unusable", "of you alone"),
        (b"%PDF-1.7", "photo-unreadable", "no JPEG"),
        (b"face\0\xff"[4..].as_ref(), "photo-unreadable", "no JPEG"),
        (b"", "photo-unreadable", "empty"),
        (b"panic now", "photo-unreadable", "broken"),
    ] {
        let error = world.try_upload(&ann, bytes).await.unwrap_err();
        assert_eq!(error.kind(), expected);
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(error.turn(), Turn::Caller);
        assert!(world.stored().await.is_empty(), "{error} left an object");
    }
    assert_eq!(world.app.photos(&ann, PageRequest::first(10)).await.unwrap().items, []);
    world.is_in_order().await;
}

#[tokio::test]
async fn an_upload_that_is_too_large_or_breaks_off_leaves_nothing() {
    let mut settings = settings();
    settings.uploads.max_bytes = 1000;
    let world = World::with(settings, |cast| vec![cast.local()]).await;
    let ann = world.person("ann").await;
    let large = [b"face ".to_vec(), vec![b'x'; 1000]].concat();
    assert_eq!(kind(world.try_upload(&ann, &large).await), "too-large");
    // One that does not say how long it is, and never ends.
    let piece = || Ok(Bytes::from_static(b"face face face face "));
    let body: Body<'static> = Box::pin(stream::repeat_with(piece));
    let endless = NewUpload { purpose: UploadPurpose::Person, bytes: None, body };
    assert_eq!(kind(world.app.upload_photo(&ann, endless).await), "too-large");
    let body: Body<'static> = Box::pin(stream::iter([piece(), Err(ObjectsError::Interrupted)]));
    let broken = NewUpload { purpose: UploadPurpose::Person, bytes: None, body };
    assert_eq!(kind(world.app.upload_photo(&ann, broken).await), "upload-broken");
    world.is_in_order().await;
}

#[tokio::test]
async fn a_full_disk_is_the_operators_turn_and_loses_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 2).await;
    world.objects.full.store(true, Ordering::Relaxed);
    let error = world.try_upload(&ann, b"face").await.unwrap_err();
    assert_eq!((error.kind(), error.turn()), ("storage-full", Turn::Operator));
    world.work_off().await;
    let ended = world.db.generation(ann.id(), id).await.unwrap().generation;
    assert!(ended.state.is_ended());
    assert!(ended.reason.unwrap().contains("no room"));
    assert_eq!(world.balance(&ann).await, 100);
    world.is_in_order().await;
}

#[tokio::test]
async fn too_many_photos_are_refused_also_when_they_come_at_once() {
    let mut settings = settings();
    settings.uploads.max_photos = 5;
    let world = World::with(settings, |cast| vec![cast.local()]).await;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let answers = join_all((0..50).map(|_| world.try_upload(&ann, b"face"))).await;
    let taken = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(taken, 5);
    assert!(answers.into_iter().filter_map(Result::err).all(|error| error.kind() == "too-many-photos"));
    assert_eq!(kind(world.try_upload(&ben, b"face").await), "fine", "one person's limit is not another's");
    let photo = world.app.photos(&ann, PageRequest::first(1)).await.unwrap().items.remove(0);
    world.app.delete_photo(&ann, photo.id).await.unwrap();
    assert_eq!(kind(world.try_upload(&ann, b"face").await), "fine");
    world.app.clean().await.unwrap();
    world.is_in_order().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_uploads_at_once_two_are_looked_at_at_a_time() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let answers = join_all((0..50).map(|_| world.try_upload(&ann, b"face"))).await;
    assert!(answers.iter().all(Result::is_ok));
    let most = world.pictures.at_once.lock().unwrap().1;
    assert!((1..=2).contains(&most), "{most}");
    world.is_in_order().await;
}

#[tokio::test]
async fn a_wish_that_can_t_be_carried_out_says_why_and_costs_nothing() {
    let world = World::new().await;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let (photo, theirs) = (world.photo(&ann).await, world.photo(&ben).await);
    let good = || request(photo, 1);
    let unknown = PhotoId::new(world.now(), [9; 10]);
    let long = "é".repeat(10_000);
    let thumbnail =
        |style: &str| GenerateRequest { kind: StyleKind::Thumbnail, style: style.into(), ..good() };
    let square = |long_side| Shape::Free { aspect: AspectRatio::Square, long_side };
    for (wish, expected) in [
        (GenerateRequest { style: "studio-wite".into(), ..good() }, "unknown-style"),
        (GenerateRequest { style: long.clone(), ..good() }, "unknown-style"),
        (thumbnail("studio-white"), "unknown-style"),
        (GenerateRequest { shape: Shape::Platform("linkdin".into()), ..good() }, "unknown-platform"),
        (GenerateRequest { shape: square(5), ..good() }, "invalid-options"),
        (GenerateRequest { shape: square(4096), ..good() }, "no-provider"),
        (GenerateRequest { count: 0, ..good() }, "invalid-options"),
        (GenerateRequest { count: 17, ..good() }, "invalid-options"),
        (GenerateRequest { title: Some("A title".into()), ..good() }, "invalid"),
        (GenerateRequest { note: Some(long.clone()), ..good() }, "invalid-options"),
        (GenerateRequest { photos: vec![], ..good() }, "photo-count"),
        (GenerateRequest { photos: vec![photo, photo], ..good() }, "photo-count"),
        (GenerateRequest { photos: vec![photo; 21], ..good() }, "photo-count"),
        (GenerateRequest { photos: vec![theirs], ..good() }, "not-found"),
        (GenerateRequest { photos: vec![unknown], ..good() }, "not-found"),
        (GenerateRequest { background: Some(OwnBackground::Photo(theirs)), ..good() }, "not-found"),
        (GenerateRequest { background: Some(OwnBackground::Photo(photo)), ..good() }, "photo-count"),
        (GenerateRequest { idempotency_key: Some(String::new()), ..good() }, "invalid"),
        (GenerateRequest { idempotency_key: Some(long), ..good() }, "invalid"),
        (GenerateRequest { idempotency_key: Some("a b".into()), ..good() }, "invalid"),
    ] {
        let what = format!("{wish:?}").chars().take(200).collect::<String>();
        assert_eq!(kind(world.app.generate(&ann, wish).await), expected, "{what}");
    }
    assert_eq!(world.balance(&ann).await, 100);
    assert_eq!(world.app.work_once(1).await.unwrap(), 0, "nothing was queued");
    let named = world.app.generate(&ann, GenerateRequest { style: "studio-wite".into(), ..good() }).await;
    assert!(named.unwrap_err().to_string().contains("studio-white"), "it says what may have been meant");
}

#[tokio::test]
async fn a_background_of_ones_own_need_not_show_a_face_and_makes_no_headshot() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let wall = NewUpload { purpose: UploadPurpose::Background, ..upload(b"noface but a wall") };
    let wall = world.app.upload_photo(&ann, wall).await.unwrap().id;
    assert_eq!(kind(world.app.generate(&ann, request(wall, 1)).await), "photo-unusable");
    let photo = world.photo(&ann).await;
    for background in [OwnBackground::Photo(wall), OwnBackground::Colour(Colour::WHITE)] {
        let wish = GenerateRequest { background: Some(background), ..request(photo, 1) };
        world.app.generate(&ann, wish).await.unwrap();
    }
    world.work_off().await;
    assert_eq!(world.local.seen.lock().unwrap().len(), 1, "the wall is not among the photos of the person");
    world.is_in_order().await;
    // Deleted before the work begins, it takes the generation with it.
    let wish = GenerateRequest { background: Some(OwnBackground::Photo(wall)), ..request(photo, 1) };
    let id = world.app.generate(&ann, wish).await.unwrap().generation.id;
    world.app.delete_photo(&ann, wall).await.unwrap();
    assert_eq!(world.state(&ann, id).await, domain::generation::State::Cancelled);
}

#[tokio::test]
async fn a_spent_balance_starts_nothing() {
    let mut settings = settings();
    settings.welcome = domain::credit::Credits::new(3);
    let world = World::with(settings, |cast| vec![cast.local()]).await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    assert_eq!(kind(world.app.generate(&ann, request(photo, 4)).await), "insufficient-credits");
    assert_eq!(kind(world.app.generate(&ann, request(photo, 3)).await), "fine");
    assert_eq!(kind(world.app.generate(&ann, request(photo, 1)).await), "insufficient-credits");
    assert_eq!(world.balance(&ann).await, 0);
    let admin = world.app.admin(&ann).unwrap();
    for _ in 0..2 {
        admin.grant(ann.id(), domain::credit::Credits::new(5), "gift-1", "thanks").await.unwrap();
    }
    assert_eq!(world.balance(&ann).await, 5, "the same grant is given once");
    world.is_in_order().await;
}

#[tokio::test]
async fn the_same_request_again_is_the_same_generation() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    let wish =
        |count| GenerateRequest { idempotency_key: Some("k-1".into()), seed: None, ..request(photo, count) };
    let first = world.app.generate(&ann, wish(2)).await.unwrap();
    world.app.work_once(1).await.unwrap();
    world.app.delete_photo(&ann, photo).await.unwrap();
    let again = world.app.generate(&ann, wish(2)).await.unwrap();
    assert!(again.replayed && again.generation.id == first.generation.id);
    assert_eq!(kind(world.app.generate(&ann, wish(3)).await), "key-reused");
    assert_eq!(world.balance(&ann).await, 98);
}

#[tokio::test]
async fn what_belongs_to_somebody_else_is_not_found() {
    let world = World::new().await;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = world.generate(&ann, 1).await;
    world.work_off().await;
    let photo = world.app.photos(&ann, PageRequest::first(1)).await.unwrap().items[0].id;
    let image = ImageId { generation: id, number: 1 };
    let app = &world.app;
    let found = [
        kind(app.photo(&ben, photo).await),
        kind(app.open_photo(&ben, photo, None).await),
        kind(app.delete_photo(&ben, photo).await),
        kind(app.generation(&ben, id).await),
        kind(app.generate_more(&ben, id, None, None).await),
        kind(app.cancel_generation(&ben, id).await),
        kind(app.delete_generation(&ben, id).await),
        kind(app.image(&ben, image).await),
        kind(app.open_image(&ben, image, Resolution::Preview, None).await),
        kind(app.fit_image(&ben, image, StyleKind::Headshot, "linkedin").await),
        kind(app.set_favourite(&ben, image, true).await),
        kind(app.delete_image(&ben, image).await),
        kind(app.link(&ben, app.image(&ann, image).await.unwrap().key())),
    ];
    assert_eq!(found, ["not-found"; 13]);
    assert_eq!(kind(app.admin(&ben).map(drop)), "admin-needed");
    world.is_in_order().await;
}

#[tokio::test]
async fn nothing_is_served_after_its_time_by_any_way() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    world.work_off().await;
    let image = world.app.image(&ann, ImageId { generation: id, number: 1 }).await.unwrap();
    world.clock.pass(29 * domain::time::DAY);
    let link = world.app.link(&ann, image.key()).unwrap();
    assert_eq!(kind(world.app.follow_link(image.key(), &link, None).await), "fine");
    // The person chooses a shorter life: what is older than that is over at once, whatever link is about.
    world.app.choose_retention(&ann, domain::retention::Period::days(7)).await.unwrap();
    assert_eq!(kind(world.app.follow_link(image.key(), &link, None).await), "gone");
    assert_eq!(kind(world.app.open_image(&ann, image.id, Resolution::Full, None).await), "gone");
    assert_eq!(kind(world.app.open_image(&ann, image.id, Resolution::Preview, None).await), "fine");
    assert!(world.stored().await.contains(&image.key()), "though its bytes are still there");
    world.app.clean().await.unwrap();
    assert!(!world.stored().await.contains(&image.key()));
    world.is_in_order().await;
    assert_eq!(kind(world.app.follow_link(image.preview_key(), &link, None).await), "not-found");
}

#[tokio::test]
async fn a_key_reaches_as_far_as_its_scopes_and_no_longer_than_it_lives() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let new = |scopes, expires_at| NewApiKey { name: "script".into(), scopes, expires_at };
    let one = Scopes::from_iter([Scope::ImagesRead]);
    let issued = world.app.create_api_key(&ann, new(one, None)).await.unwrap();
    let key = world.app.identify_api_key(issued.secret.expose()).await.unwrap();
    assert_eq!(kind(world.app.generations(&key, PageRequest::first(1)).await), "fine");
    assert_eq!(kind(world.app.photos(&key, PageRequest::first(1)).await), "scope-missing");
    assert_eq!(kind(world.app.upload_photo(&key, upload(b"face")).await), "scope-missing");
    assert_eq!(kind(world.app.credits(&key).await), "scope-missing");
    assert_eq!(kind(world.app.endpoints(&key).await), "scope-missing");
    let all = world.app.create_api_key(&ann, new(Scopes::all(), Some(Timestamp::MAX))).await.unwrap();
    let all = world.app.identify_api_key(all.secret.expose()).await.unwrap();
    let secret = domain::secret::Secret::new(PASSWORD);
    let never = [
        kind(world.app.create_api_key(&all, new(one, None)).await),
        kind(world.app.api_keys(&all).await),
        kind(world.app.sessions(&all).await),
        kind(world.app.change_password(&all, &secret, &secret, CLIENT).await),
        kind(world.app.withdraw_consent(&all, domain::consent::Purpose::KeepPhotos).await),
        kind(world.app.erase(&all, &secret, CLIENT).await),
        kind(world.app.export(&all).await),
        kind(world.app.admin(&all).map(drop)),
    ];
    assert_eq!(never, ["session-needed"; 8]);
    for bad in [
        new(Scopes::default(), None),
        new(one, Some(world.now())),
        NewApiKey { name: " ".into(), ..new(one, None) },
    ] {
        assert_eq!(kind(world.app.create_api_key(&ann, bad).await), "invalid");
    }
    world.app.revoke_api_key(&ann, issued.key.id).await.unwrap();
    assert_eq!(kind(world.app.identify_api_key(issued.secret.expose()).await), "not-signed-in");
    for nonsense in ["", "cs_live_nonsense", "💥"] {
        assert_eq!(kind(world.app.identify_api_key(nonsense).await), "not-signed-in");
        assert_eq!(kind(world.app.identify_session(nonsense).await), "not-signed-in");
    }
    let noun = world
        .app
        .image(&ann, ImageId { generation: domain::ids::GenerationId::new(world.now(), [1; 10]), number: 1 });
    assert!(matches!(noun.await, Err(AppError::NotFound(Noun::Image))));
}
