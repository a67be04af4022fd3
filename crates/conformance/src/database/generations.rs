//! Starting and cancelling generations.

use domain::consent::{ConsentMissing, Purpose};
use domain::credit::{CreditError, Credits, EntryKind};
use domain::digest::Digest;
use domain::generation::{Ending, OptionsError, State};
use domain::ids::{AccountId, PhotoId};
use domain::image::ImageId;
use domain::page::PageRequest;
use domain::ports::database::{Conflict, DatabaseError, IdempotencyKey, Noun};
use domain::time::DAY;

use super::{PRICE, Scene};

/// Each thing that can be wrong is said, and costs nothing; when nothing is wrong the credits are held back.
pub async fn starting_reserves_and_checks_everything_first(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let (mine, theirs) = (scene.photo(ann).await, scene.photo(ben).await);
    let good = || scene.new_generation(ann, mine, 4);
    let start = |new| scene.db.start_generation(new);

    let mut bad = good();
    bad.options.count = 0;
    assert_eq!(start(bad).await, Err(OptionsError::Count(0).into()));
    for photos in [vec![], vec![mine, mine], (0..21).map(|_| scene.id(PhotoId::new)).collect()] {
        let bad = domain::ports::database::NewGeneration { photos, ..good() };
        assert_eq!(start(bad).await, Err(Conflict::PhotoCount.into()));
    }
    for photo in [theirs, scene.id(PhotoId::new)] {
        let mut bad = good();
        bad.photos.push(photo);
        assert_eq!(start(bad).await, Err(DatabaseError::NotFound(Noun::Photo)));
    }
    let mut dear = good();
    dear.price = Credits::new(26);
    let error = CreditError::Insufficient { needed: Credits::new(104), balance: Credits::new(100) };
    assert_eq!(start(dear).await, Err(error.into()));
    let mut absurd = good();
    absurd.price = Credits::new(u32::MAX);
    assert!(matches!(start(absurd).await, Err(DatabaseError::Credit(_))));
    scene.db.withdraw_consent(ben, Purpose::KeepPhotos, scene.now()).await.unwrap();
    let refused = start(scene.new_generation(ben, theirs, 1)).await;
    assert!(refused.is_err(), "the photo went with the consent");
    assert_eq!(scene.balance(ann).await, 100, "nothing of all that cost anything");
    assert_eq!(scene.claim(1).await, [], "and nothing was queued");

    let started = start(good()).await.unwrap();
    assert!(!started.replayed);
    assert_eq!((started.generation.state, started.generation.price), (State::Queued, PRICE));
    assert_eq!(scene.balance(ann).await, 92);
    scene.pass(31 * DAY);
    assert_eq!(start(good()).await, Err(DatabaseError::NotFound(Noun::Photo)), "the photo is expired");
    scene.books_balance().await;
    let without = scene.bare_account().await;
    let refused = scene.db.add_photo(scene.new_photo(without)).await;
    assert_eq!(refused, Err(ConsentMissing(Purpose::KeepPhotos).into()));
}

/// The same key and request give the same generation, whatever became of it; the same key with another request is refused.
pub async fn a_repeated_request_starts_nothing_new(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let (photo, other) = (scene.photo(ann).await, scene.photo(ben).await);
    let request = |account, photo, digest| domain::ports::database::NewGeneration {
        idempotency: Some(IdempotencyKey { key: "order 66".into(), request: Digest::new([digest; 32]) }),
        ..scene.new_generation(account, photo, 3)
    };
    let first = scene.db.start_generation(request(ann, photo, 1)).await.unwrap();
    let again = scene.db.start_generation(request(ann, photo, 1)).await.unwrap();
    assert_eq!((again.generation.id, again.replayed), (first.generation.id, true));
    let lease = scene.claim_one().await.lease;
    scene.finish(lease, Ending::Failed).await;
    let again = scene.db.start_generation(request(ann, photo, 1)).await.unwrap();
    assert_eq!((again.generation.state, again.replayed), (State::Failed, true));
    assert_eq!(scene.balance(ann).await, 100);
    let reused = scene.db.start_generation(request(ann, photo, 2)).await;
    assert_eq!(reused, Err(Conflict::KeyReused.into()));
    let theirs = scene.db.start_generation(request(ben, other, 2)).await.unwrap();
    assert!(!theirs.replayed, "another account's keys are its own");
    // Without a key, the id tells.
    let new = scene.new_generation(ann, photo, 1);
    scene.db.start_generation(new.clone()).await.unwrap();
    assert!(scene.db.start_generation(new.clone()).await.unwrap().replayed);
    assert_eq!(scene.balance(ann).await, 98);
    let stolen = domain::ports::database::NewGeneration { account: ben, photos: vec![other], ..new };
    assert_eq!(scene.db.start_generation(stolen).await, Err(Conflict::IdReused.into()));
    scene.books_balance().await;
}

/// Another account's generations and images are not found, by any verb that a person can cause.
pub async fn what_belongs_to_another_account_is_not_found(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let theirs = scene.succeeded(ben).await.id;
    let (db, now) = (&scene.db, scene.now());
    let image = ImageId { generation: theirs, number: 1 };
    let generation = DatabaseError::NotFound(Noun::Generation);
    assert_eq!(db.generation(ann, theirs).await, Err(generation.clone()));
    assert_eq!(db.cancel_generation(ann, theirs, now).await, Err(generation.clone()));
    assert_eq!(db.generation_photos(ann, theirs).await, Err(generation.clone()));
    assert_eq!(db.delete_generation(ann, theirs, now).await, Err(generation));
    let no_image = DatabaseError::NotFound(Noun::Image);
    assert_eq!(db.image(ann, image).await, Err(no_image.clone()));
    assert_eq!(db.set_favourite(ann, image, true).await, Err(no_image.clone()));
    assert_eq!(db.delete_image(ann, image, now).await, Err(no_image));
    assert_eq!(db.list_generations(ann, PageRequest::first(10)).await.unwrap().items, []);
    assert_eq!(db.list_images(ann, Default::default(), PageRequest::first(10)).await.unwrap().items, []);
    assert_eq!(db.list_photos(ann, PageRequest::first(10), now).await.unwrap().items, []);
    assert_eq!(db.list_attempts(ann, theirs).await.unwrap(), []);
    assert!(db.image(ben, image).await.is_ok());
    let nobody = scene.id(AccountId::new);
    assert_eq!(db.credits(nobody).await, Err(DatabaseError::NotFound(Noun::Account)));
}

/// A queued generation gives everything back, a running one what was not made; an ended one can't be cancelled.
pub async fn cancelling_gives_back_what_was_not_made(scene: &Scene) {
    let ann = scene.account().await;
    let cancel = |id| scene.db.cancel_generation(ann, id, scene.now());
    let queued = scene.start(ann).await.id;
    assert_eq!(scene.balance(ann).await, 96);
    assert_eq!(cancel(queued).await.unwrap().state, State::Cancelled);
    assert_eq!(cancel(queued).await.unwrap().state, State::Cancelled, "asked twice");
    assert_eq!(scene.balance(ann).await, 100);
    assert_eq!(scene.claim(1).await, [], "it is not worked on");

    let running = scene.start(ann).await.id;
    let lease = scene.claim_one().await.lease;
    scene.image(lease, 1).await;
    assert_eq!(cancel(running).await.unwrap().state, State::Cancelled);
    assert_eq!(scene.balance(ann).await, 98, "the image that was made is kept and paid");
    assert_eq!(scene.db.heartbeat(lease, 60, scene.now()).await, Err(DatabaseError::LeaseLost));
    let late = domain::ports::database::Finish { ending: Ending::Succeeded, reason: None };
    assert_eq!(scene.db.finish_generation(lease, late, scene.now()).await, Err(DatabaseError::LeaseLost));
    assert_eq!(scene.db.generation(ann, running).await.unwrap().images.len(), 1);

    let done = scene.succeeded(ann).await.id;
    assert_eq!(cancel(done).await, Err(Conflict::Ended.into()));
    let ledger = scene.db.ledger(ann, PageRequest::first(20)).await.unwrap().items;
    let kinds: Vec<_> = ledger.iter().rev().map(|entry| (entry.kind, entry.change)).collect();
    let expected = [
        (EntryKind::Grant, 100),
        (EntryKind::Reserve, -4),
        (EntryKind::GiveBack, 4),
        (EntryKind::Reserve, -4),
        (EntryKind::Settle, 2),
        (EntryKind::Reserve, -4),
        (EntryKind::Settle, 0),
    ];
    assert_eq!(kinds, expected);
    scene.books_balance().await;
}

/// Whoever deletes a photo wants nothing made of it any more.
pub async fn a_deleted_photo_cancels_what_waits_for_it(scene: &Scene) {
    let ann = scene.account().await;
    let (one, two) = (scene.photo(ann).await, scene.photo(ann).await);
    let mut ids = Vec::new();
    for photo in [one, two] {
        let new = scene.new_generation(ann, photo, 1);
        ids.push(scene.db.start_generation(new).await.unwrap().generation.id);
    }
    let ended = scene.claim_one().await;
    scene.image(ended.lease, 1).await;
    scene.finish(ended.lease, Ending::Succeeded).await;
    let new = scene.new_generation(ann, one, 1);
    ids.push(scene.db.start_generation(new).await.unwrap().generation.id);
    scene.db.delete_photo(ann, one, scene.now()).await.unwrap();
    assert_eq!(
        scene.db.generation_photos(ann, ids[0]).await.unwrap(),
        [],
        "a photo that is gone is not named"
    );
    assert_eq!(scene.db.generation_photos(ann, ids[1]).await.unwrap(), [two]);
    let mut states = Vec::new();
    for id in ids {
        states.push(scene.db.generation(ann, id).await.unwrap().generation.state);
    }
    assert_eq!(states, [State::Succeeded, State::Queued, State::Cancelled]);
    let again = scene.db.delete_photo(ann, one, scene.now()).await;
    assert_eq!(again, Err(DatabaseError::NotFound(Noun::Photo)));
    assert_eq!(scene.balance(ann).await, 96);
    scene.books_balance().await;
}
