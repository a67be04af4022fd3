//! Killed: a worker or an upload is dropped at every point at which it waits, one after the other. Whatever was done by then,
//! the work is taken up again, ends once, is paid once, and leaves nothing lying about.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::credit::EntryKind;
use domain::generation::State;
use domain::page::PageRequest;

use crate::support::*;

#[tokio::test]
async fn a_worker_killed_at_any_point_is_followed_by_another_that_ends_it_once() {
    let mut points = 0;
    for polls in 1.. {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let id = world.generate(&ann, 2).await;
        let done = killed_after(polls, world.app.work_once(1)).await;
        world.work_off().await;
        let known = world.db.generation(ann.id(), id).await.unwrap();
        assert_eq!(
            (known.generation.state, known.images.len()),
            (State::Succeeded, 2),
            "killed after {polls}"
        );
        assert_eq!(world.balance(&ann).await, 98, "killed after {polls}");
        let ledger = world.db.ledger(ann.id(), PageRequest::first(10)).await.unwrap().items;
        let ends = ledger.iter().filter(|entry| entry.kind == EntryKind::Settle).count();
        assert_eq!(ends, 1, "killed after {polls}");
        world.is_in_order_after_a_sweep().await;
        if done.is_some() {
            points = polls;
            break;
        }
    }
    assert!(points > 10, "only {points} points: the work has more steps than that");
}

#[tokio::test]
async fn whoever_takes_a_killed_workers_place_makes_only_what_is_missing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.local.max_count.store(1, Ordering::Relaxed);
    let id = world.generate(&ann, 4).await;
    world.local.next([Act::Give(1), Act::Give(1), Act::Hang]);
    let first = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.work_once(1).await }
    });
    world.local.hanging.notified().await;
    first.abort();
    world.work_off().await;
    let known = world.db.generation(ann.id(), id).await.unwrap();
    assert_eq!((known.generation.state, known.images.len()), (State::Succeeded, 4));
    assert_eq!(world.local.calls(), 3 + 2, "what was made and paid for is not made again");
    let attempts = world.app.operator().attempts(ann.id(), id).await.unwrap();
    let numbers: Vec<u16> = attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(attempts[2].ended_at, None, "the lost call is still known");
    assert_eq!(world.balance(&ann).await, 96);
    world.is_in_order().await;
}

#[tokio::test]
async fn an_upload_dropped_at_any_point_is_a_photo_or_nothing() {
    for polls in 1.. {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let done = killed_after(polls, world.try_upload(&ann, b"face gps:52.1")).await;
        if done.is_none() {
            // What goes on without the caller has to come to its end before the world does.
            while Arc::strong_count(&world.app) > 1 {
                tokio::task::yield_now().await;
            }
        }
        world.is_in_order_after_a_sweep().await;
        if done.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn an_erasure_dropped_at_any_point_is_taken_up_again() {
    for polls in 1.. {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let ben = world.person("ben").await;
        world.generate(&ann, 2).await;
        world.generate(&ben, 1).await;
        world.work_off().await;
        let password = domain::secret::Secret::new(PASSWORD);
        let done = killed_after(polls, world.app.erase(&ben, &password, CLIENT)).await;
        world.app.clean().await.unwrap();
        world.is_in_order().await;
        // Either nothing happened yet, or everything does.
        if world.db.account(ben.id()).await.is_err() {
            let left = world.db.search_everywhere(ben.id().to_string()).await.unwrap();
            assert_eq!(left, Vec::<String>::new(), "dropped after {polls}");
        }
        if done.is_some() {
            assert!(world.db.account(ben.id()).await.is_err());
            break;
        }
    }
}
