//! The gallery: pages, favourites, deletions.

use std::collections::HashSet;
use std::time::Duration;

use domain::generation::{Ending, State};
use domain::image::ImageId;
use domain::object_key::ObjectKey;
use domain::page::PageRequest;
use domain::ports::database::{DatabaseError, ImageFilter, Noun};

use super::{LEASE, Scene};

/// Page by page, each generation and each image comes once and newest first, also when new ones arrive in between.
pub async fn pages_hold_every_image_once(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let mut made = Vec::new();
    for n in 0..7 {
        scene.pass(Duration::from_secs(u64::from(n % 3 != 0)));
        made.push(scene.succeeded(ann).await.id);
        scene.succeeded(ben).await;
    }
    made.reverse();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = scene.db.list_generations(ann, PageRequest { after, limit: 3 }).await.unwrap();
        for item in &page.items {
            let numbers: Vec<_> = item.images.iter().map(|image| image.id.number).collect();
            assert_eq!(numbers, [1, 2]);
            assert!(item.images.iter().all(|image| image.id.generation == item.generation.id));
        }
        seen.extend(page.items.iter().map(|item| item.generation.id));
        after = page.next;
        scene.succeeded(ann).await;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, made);

    let (mut images, mut after) = (Vec::new(), None);
    loop {
        let page =
            scene.db.list_images(ann, ImageFilter::All, PageRequest { after, limit: 5 }).await.unwrap();
        images.extend(page.items.iter().map(|image| image.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(images.len(), 20);
    assert!(images.is_sorted_by(|a, b| a > b), "newest first");
    let whole = scene.db.list_generations(ann, PageRequest::first(200)).await.unwrap();
    assert_eq!((whole.items.len(), whole.next), (10, None));
}

/// Marks are kept, found and taken away.
pub async fn favourites_are_found(scene: &Scene) {
    let ann = scene.account().await;
    let mut marked = Vec::new();
    for _ in 0..3 {
        let id = ImageId { generation: scene.succeeded(ann).await.id, number: 2 };
        assert!(scene.db.set_favourite(ann, id, true).await.unwrap().favourite);
        marked.insert(0, id);
    }
    let favourites =
        |after| scene.db.list_images(ann, ImageFilter::Favourites, PageRequest { after, limit: 2 });
    let first = favourites(None).await.unwrap();
    let second = favourites(first.next).await.unwrap();
    let found: Vec<_> = first.items.iter().chain(&second.items).map(|image| image.id).collect();
    assert_eq!((found, second.next), (marked.clone(), None));
    scene.db.set_favourite(ann, marked[1], false).await.unwrap();
    assert_eq!(favourites(None).await.unwrap().items.len(), 2);
    assert!(!scene.db.image(ann, marked[1]).await.unwrap().favourite);
}

/// A deleted image is gone from every list, its objects are to be deleted, and a worker that takes over leaves it.
pub async fn a_deleted_image_is_gone_and_not_made_again(scene: &Scene) {
    let ann = scene.account().await;
    let id = scene.start(ann).await.id;
    let lost = scene.claim_one().await.lease;
    let image = scene.image(lost, 1).await;
    scene.db.set_favourite(ann, image.id, true).await.unwrap();
    scene.db.delete_image(ann, image.id, scene.now()).await.unwrap();
    let gone = Err(DatabaseError::NotFound(Noun::Image));
    assert_eq!(scene.db.image(ann, image.id).await, gone);
    assert_eq!(scene.db.delete_image(ann, image.id, scene.now()).await.map(|()| image.clone()), gone);
    for filter in [ImageFilter::All, ImageFilter::Favourites] {
        assert_eq!(scene.db.list_images(ann, filter, PageRequest::first(5)).await.unwrap().items, []);
    }
    let pending: HashSet<_> = scene.db.pending_deletions(None, 9).await.unwrap().into_iter().collect();
    assert_eq!(pending, HashSet::from([image.key(), image.preview_key()]));
    scene.db.confirm_deletions(pending.into_iter().collect()).await.unwrap();

    scene.pass(LEASE);
    let claimed = scene.claim_one().await;
    assert_eq!((claimed.generation.id, claimed.made), (id, vec![1]), "it was made, and deleted");
    scene.image(claimed.lease, 1).await;
    assert_eq!(scene.db.generation(ann, id).await.unwrap().images, [], "what comes late stays deleted");
    assert_eq!(scene.db.pending_deletions(None, 9).await.unwrap().len(), 2, "and its objects go again");
    scene.image(claimed.lease, 2).await;
    scene.finish(claimed.lease, Ending::Succeeded).await;
    assert_eq!(scene.balance(ann).await, 96, "both were made");
    scene.books_balance().await;
}

/// A deleted generation leaves its entries in the ledger and nothing else; one at work is cancelled first.
pub async fn a_deleted_generation_takes_its_images_along(scene: &Scene) {
    let ann = scene.account().await;
    let done = scene.succeeded(ann).await.id;
    scene.db.delete_generation(ann, done, scene.now()).await.unwrap();
    assert_eq!(scene.db.generation(ann, done).await, Err(DatabaseError::NotFound(Noun::Generation)));
    let mut expected = Vec::new();
    for number in [1, 2] {
        expected.extend([ObjectKey::Result(ann, done, number), ObjectKey::Preview(ann, done, number)]);
    }
    let pending = scene.db.pending_deletions(None, 9).await.unwrap();
    assert_eq!(pending.iter().collect::<HashSet<_>>(), expected.iter().collect());

    let running = scene.start(ann).await.id;
    let lease = scene.claim_one().await.lease;
    scene.db.delete_generation(ann, running, scene.now()).await.unwrap();
    assert_eq!(scene.db.add_image(lease, scene.new_image(1)).await, Err(DatabaseError::LeaseLost));
    assert_eq!(scene.balance(ann).await, 96);
    assert_eq!(scene.db.ledger(ann, PageRequest::first(9)).await.unwrap().items.len(), 5);
    let counts = scene.db.totals().await.unwrap().generations;
    assert_eq!(counts, Default::default());
    for state in State::ALL {
        assert_eq!(scene.db.list_by_state(state, PageRequest::first(9)).await.unwrap().items, []);
    }
    scene.books_balance().await;
}
