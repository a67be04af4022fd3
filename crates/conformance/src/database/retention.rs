//! Retention: what is over is not shown, and goes.

use std::time::Duration;

use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::object_key::{ObjectClass, ObjectKey};
use domain::page::PageRequest;
use domain::ports::database::{DatabaseError, IdempotencyKey, ImageFilter, NewGeneration, Noun};
use domain::retention::{Period, Retention};
use domain::throttle::{ThrottleKey, ThrottleRule};
use domain::time::DAY;

use super::Scene;

const MOMENT: Duration = Duration::from_millis(1);

/// At the end of its period a photo is not found, and an image not served; the sweep notes the objects, and the
/// preview stays.
pub async fn what_is_expired_is_not_shown_and_goes(scene: &Scene) {
    let ann = scene.account().await;
    let photo = scene.photo(ann).await;
    let new = scene.new_generation(ann, photo, 1);
    scene.db.start_generation(new).await.unwrap();
    let lease = scene.claim_one().await.lease;
    let image = scene.image(lease, 1).await;
    scene.finish(lease, domain::generation::Ending::Succeeded).await;

    scene.pass(30 * DAY - MOMENT);
    assert_eq!(scene.db.expire_objects(scene.now(), 10).await.unwrap(), 0);
    assert!(scene.db.photo(ann, photo, scene.now()).await.is_ok());
    assert!(image.is_served(scene.now()));
    scene.pass(MOMENT);
    assert_eq!(scene.db.photo(ann, photo, scene.now()).await, Err(DatabaseError::NotFound(Noun::Photo)));
    assert_eq!(scene.db.list_photos(ann, PageRequest::first(5), scene.now()).await.unwrap().items, []);
    assert!(!scene.db.image(ann, image.id).await.unwrap().is_served(scene.now()), "before any sweep");
    assert_eq!(scene.db.pending_deletions(None, 10).await.unwrap(), []);

    assert_eq!(scene.db.expire_objects(scene.now(), 10).await.unwrap(), 2);
    assert_eq!(scene.db.expire_objects(scene.now(), 10).await.unwrap(), 0, "once");
    let mut pending = scene.db.pending_deletions(None, 10).await.unwrap();
    pending.sort();
    assert_eq!(pending, [ObjectKey::Upload(ann, photo), image.key()]);
    let gallery = scene.db.list_images(ann, ImageFilter::All, PageRequest::first(5)).await.unwrap().items;
    assert_eq!(gallery, std::slice::from_ref(&image), "the preview stays in the gallery");
    assert_eq!(scene.db.list_objects(ObjectClass::Preview, None, 9).await.unwrap(), [image.preview_key()]);
    assert_eq!(scene.db.list_objects(ObjectClass::Result, None, 9).await.unwrap(), []);
    // Deleting it later does not ask for the full resolution again.
    scene.db.confirm_deletions(pending).await.unwrap();
    scene.db.delete_image(ann, image.id, scene.now()).await.unwrap();
    assert_eq!(scene.db.pending_deletions(None, 10).await.unwrap(), [image.preview_key()]);
}

/// A shorter choice holds for what is there and what comes; the rules bound a longer one; what is over stays over.
pub async fn a_person_shortens_the_time(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let (older, theirs) = (scene.photo(ann).await, scene.photo(ben).await);
    let generation = scene.succeeded(ann).await;
    let rules = Retention::default();
    let choose = |choice| scene.db.choose_retention(ann, choice, rules, scene.now());
    let ends = |account, photo| async move {
        scene.db.photo(account, photo, scene.now()).await.map(|photo| photo.expires_at)
    };
    let start = scene.now();
    assert_eq!(choose(Period::days(7)).await.unwrap().retention, Period::days(7));
    assert_eq!(ends(ann, older).await.unwrap(), start + 7 * DAY);
    assert_eq!(ends(ben, theirs).await.unwrap(), start + 30 * DAY);
    let images = scene.db.generation(ann, generation.id).await.unwrap().images;
    assert!(images.iter().all(|image| image.expires_at == start + 7 * DAY));
    let newer = scene.photo(ann).await;
    assert_eq!(ends(ann, newer).await.unwrap(), start + 7 * DAY);
    scene.start(ann).await;
    let lease = scene.claim_one().await.lease;
    assert_eq!(scene.image(lease, 1).await.expires_at, start + 7 * DAY);

    scene.pass(2 * DAY);
    choose(Period::days(1)).await.unwrap();
    assert_eq!(ends(ann, older).await, Err(DatabaseError::NotFound(Noun::Photo)), "it is over at once");
    choose(None).await.unwrap();
    assert_eq!(ends(ann, older).await, Err(DatabaseError::NotFound(Noun::Photo)), "and does not return");
    assert_eq!(scene.db.expire_objects(scene.now(), 100).await.unwrap(), 4 + 3);
}

/// A note to delete survives until the object is known to be gone, and is handed out again and again.
pub async fn a_pending_deletion_stays_until_it_is_confirmed(scene: &Scene) {
    let ann = scene.account().await;
    let mut keys = Vec::new();
    for _ in 0..3 {
        let photo = scene.photo(ann).await;
        scene.pass(MOMENT);
        scene.db.delete_photo(ann, photo, scene.now()).await.unwrap();
        keys.push(ObjectKey::Upload(ann, photo));
    }
    let pending = |limit| scene.db.pending_deletions(None, limit);
    assert_eq!(pending(2).await.unwrap(), keys[..2]);
    assert_eq!(pending(9).await.unwrap(), keys, "the longest waiting first");
    scene.db.confirm_deletions(vec![keys[0], keys[2]]).await.unwrap();
    scene.db.confirm_deletions(vec![keys[0]]).await.unwrap();
    assert_eq!(pending(9).await.unwrap(), keys[1..2]);
    // An upload that is repeated after its deletion must not bring back a row whose object is about to go.
    let ObjectKey::Upload(_, photo) = keys[1] else { unreachable!() };
    let again = domain::photo::Photo { id: photo, ..scene.new_photo(ann) };
    assert!(scene.db.add_photo(again).await.is_err());
}

/// Keys that the storage lists are told apart by whether a row speaks of them.
pub async fn orphans_are_told_from_what_has_a_row(scene: &Scene) {
    let ann = scene.account().await;
    let generation = scene.succeeded(ann).await.id;
    let photos = scene.db.list_objects(ObjectClass::Upload, None, 9).await.unwrap();
    let mut known = photos.clone();
    for number in [1, 2] {
        known.extend([
            ObjectKey::Result(ann, generation, number),
            ObjectKey::Preview(ann, generation, number),
        ]);
    }
    let unknown = vec![
        ObjectKey::Upload(ann, scene.id(PhotoId::new)),
        ObjectKey::Result(ann, generation, 3),
        ObjectKey::Preview(ann, scene.id(GenerationId::new), 1),
        ObjectKey::Result(scene.id(AccountId::new), generation, 1),
    ];
    let asked = known.iter().zip(&unknown).flat_map(|(a, b)| [*a, *b]).chain(known[4..].to_vec()).collect();
    assert_eq!(scene.db.orphans(asked).await.unwrap(), unknown);
    assert_eq!(scene.db.orphans(vec![]).await.unwrap(), []);

    let mut listed = photos;
    for class in [ObjectClass::Result, ObjectClass::Preview] {
        let mut after = None;
        while let Some(&key) = scene.db.list_objects(class, after, 1).await.unwrap().first() {
            listed.push(key);
            after = Some(key);
        }
    }
    listed.sort();
    known.sort();
    assert_eq!(listed, known, "and the other way round: every row's object is listed");
    let ObjectKey::Upload(_, photo) = known[0] else { unreachable!() };
    scene.db.delete_photo(ann, photo, scene.now()).await.unwrap();
    assert_eq!(scene.db.orphans(vec![known[0]]).await.unwrap(), [known[0]]);
}

/// What has served its time is forgotten, and no more than that.
pub async fn tidying_forgets_what_is_over(scene: &Scene) {
    let ann = scene.account().await;
    let photo = scene.photo(ann).await;
    let key = IdempotencyKey { key: "k".into(), request: scene.digest() };
    let request = || NewGeneration { idempotency: Some(key.clone()), ..scene.new_generation(ann, photo, 1) };
    scene.db.start_generation(request()).await.unwrap();
    let rule = ThrottleRule { tries: 1, window: Duration::from_secs(60) };
    scene.db.count_try(ThrottleKey(scene.digest()), rule, scene.now()).await.unwrap();
    scene.db.offer_reset(ann, scene.secret(), scene.now() + Duration::from_secs(60)).await.unwrap();
    assert_eq!(scene.db.tidy(scene.now()).await.unwrap(), 0);
    scene.pass(Duration::from_secs(60));
    assert_eq!(scene.db.tidy(scene.now()).await.unwrap(), 2, "the count and the link");
    scene.pass(DAY / 2);
    assert!(scene.db.start_generation(request()).await.unwrap().replayed);
    scene.pass(DAY);
    assert_eq!(scene.db.tidy(scene.now()).await.unwrap(), 1, "the request's key");
    assert!(!scene.db.start_generation(request()).await.unwrap().replayed);
}
