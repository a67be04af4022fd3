//! Asking: one maker several times and at a time, and the next in its place.

use std::sync::atomic::Ordering;
use std::time::Duration;

use app::*;
use domain::attempt::{Attempt, AttemptOutcome};
use domain::consent::Purpose;
use domain::generation::State;
use domain::ids::GenerationId;
use domain::ports::provider::Outage;
use domain::time::DAY;

use crate::support::*;

async fn attempts(world: &World, caller: &Caller, id: GenerationId) -> Vec<Attempt> {
    world.app.operator().attempts(caller.id(), id).await.unwrap()
}

/// Two makers of which the first one is far away, and a person who allows it.
async fn both(change: impl FnOnce(&mut Settings)) -> (World, Caller) {
    let mut settings = settings();
    settings.work.tries = 3;
    change(&mut settings);
    let world = World::with(settings, |cast| vec![cast.cloud(), cast.local()]).await;
    let ann = world.person("ann").await;
    world.consent(&ann, Purpose::SendTo(cloud())).await;
    (world, ann)
}

fn of(attempts: &[Attempt]) -> Vec<(&str, Option<AttemptOutcome>, bool)> {
    attempts.iter().map(|a| (a.provider.as_str(), a.outcome, a.fallback)).collect()
}

const UNAVAILABLE: Option<AttemptOutcome> = Some(AttemptOutcome::Unavailable);
const SUCCEEDED: Option<AttemptOutcome> = Some(AttemptOutcome::Succeeded);

#[tokio::test]
async fn what_may_pass_is_tried_again_before_the_next_one_is() {
    let (world, ann) = both(|settings| settings.work.pause = Duration::from_secs(2)).await;
    let id = world.generate(&ann, 1).await;
    world.cloud.next([Act::Busy, Act::Busy]);
    let before = world.now();
    world.app.work_once(1).await.unwrap();
    let tries = attempts(&world, &ann, id).await;
    assert_eq!(
        of(&tries),
        [("cloud", UNAVAILABLE, false), ("cloud", UNAVAILABLE, false), ("cloud", SUCCEEDED, false)]
    );
    let waited = world.now().since(before);
    let (least, most) = (Duration::from_secs(3), Duration::from_secs(6));
    assert!(
        (least..=most).contains(&waited),
        "two pauses of 2 and 4 seconds, each shortened by lot: {waited:?}"
    );
    assert_eq!((world.local.calls(), world.state(&ann, id).await), (0, State::Succeeded));

    let id = world.generate(&ann, 1).await;
    world.cloud.next([Act::Busy, Act::Busy, Act::Busy]);
    world.app.work_once(1).await.unwrap();
    let tries = attempts(&world, &ann, id).await;
    assert_eq!(
        (tries.len(), of(&tries)[3]),
        (4, ("local", SUCCEEDED, true)),
        "and is made in another's place"
    );
}

#[tokio::test]
async fn what_would_not_pass_is_not_tried_again() {
    for cause in [Outage::Account, Outage::Silent, Outage::Resting] {
        let (world, ann) = both(|_| {}).await;
        let id = world.generate(&ann, 1).await;
        world.cloud.next([Act::Fail(cause)]);
        world.app.work_once(1).await.unwrap();
        assert_eq!(
            of(&attempts(&world, &ann, id).await),
            [("cloud", UNAVAILABLE, false), ("local", SUCCEEDED, true)],
            "{cause}"
        );
    }
    let (world, ann) = both(|_| {}).await;
    let id = world.generate(&ann, 1).await;
    world.cloud.next([Act::Fail(Outage::Empty), Act::Fail(Outage::Empty)]);
    world.app.work_once(1).await.unwrap();
    let tries = attempts(&world, &ann, id).await;
    assert_eq!(of(&tries)[2], ("local", SUCCEEDED, true), "an empty answer is tried once more");
}

#[tokio::test]
async fn a_time_that_is_named_is_waited_for_where_it_is_short() {
    let (world, ann) = both(|settings| settings.work.patience = Duration::from_secs(10)).await;
    let id = world.generate(&ann, 1).await;
    world.cloud.next([Act::Later(Duration::from_secs(9))]);
    let before = world.now();
    world.app.work_once(1).await.unwrap();
    assert_eq!(attempts(&world, &ann, id).await.len(), 2);
    assert_eq!((world.now().since(before), world.local.calls()), (Duration::from_secs(9), 0));
    let id = world.generate(&ann, 1).await;
    world.cloud.next([Act::Later(Duration::from_secs(11))]);
    world.app.work_once(1).await.unwrap();
    assert_eq!(
        of(&attempts(&world, &ann, id).await)[1],
        ("local", SUCCEEDED, true),
        "nobody is kept waiting"
    );
}

#[tokio::test]
async fn one_that_rests_is_passed_over_without_a_try() {
    let (world, ann) = both(|_| {}).await;
    world.cloud.rests.store(true, Ordering::Relaxed);
    let id = world.generate(&ann, 1).await;
    world.app.work_once(1).await.unwrap();
    assert_eq!(of(&attempts(&world, &ann, id).await), [("local", SUCCEEDED, true)]);
}

#[tokio::test]
async fn who_does_not_consent_gets_the_next_one_and_that_is_no_fallback() {
    let world = World::with(settings(), |cast| vec![cast.cloud(), cast.local()]).await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    world.app.work_once(1).await.unwrap();
    assert_eq!(of(&attempts(&world, &ann, id).await), [("local", SUCCEEDED, false)]);
    assert_eq!(world.cloud.calls(), 0, "nothing was sent");
}

#[tokio::test]
async fn siblings_are_asked_for_at_a_time_and_what_one_gives_is_kept_whatever_becomes_of_the_others() {
    let (world, ann) = both(|_| {}).await;
    world.cloud.max_count.store(1, Ordering::Relaxed);
    world.cloud.at_once.store(4, Ordering::Relaxed);
    let id = world.generate(&ann, 4).await;
    world.cloud.next([Act::Busy, Act::Give(1), Act::Wait, Act::Give(1)]);
    let (worked, ()) = tokio::join!(world.app.work_once(1), async {
        world.cloud.hanging.notified().await;
        while world.db.generation(ann.id(), id).await.unwrap().images.len() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(world.cloud.calls(), 4, "all at a time; what is done does not wait for its siblings");
        world.cloud.go_on.notify_one();
    });
    worked.unwrap();
    let tries = attempts(&world, &ann, id).await;
    assert_eq!(tries.len(), 5, "only the one that failed was asked for again");
    assert_eq!(tries.iter().map(|a| u32::from(a.images)).sum::<u32>(), 4);
    assert_eq!((world.state(&ann, id).await, world.balance(&ann).await), (State::Succeeded, 96));
    let known = world.db.generation(ann.id(), id).await.unwrap();
    let digests: std::collections::BTreeSet<_> = known.images.iter().map(|image| image.full.digest).collect();
    assert_eq!(digests.len(), 4, "no two are the same");
    world.is_in_order().await;
}

#[tokio::test]
async fn a_refusal_of_one_does_not_take_what_its_siblings_gave() {
    let (world, ann) = both(|_| {}).await;
    world.cloud.max_count.store(1, Ordering::Relaxed);
    world.cloud.at_once.store(3, Ordering::Relaxed);
    let id = world.generate(&ann, 3).await;
    world.cloud.next([Act::Give(1), Act::Refuse, Act::Give(1)]);
    world.app.work_once(1).await.unwrap();
    let known = world.db.generation(ann.id(), id).await.unwrap();
    assert_eq!((known.generation.state, known.images.len()), (State::Succeeded, 2));
    assert_eq!(
        known.generation.reason.as_deref(),
        Some("Not this wish."),
        "and it is said why there are not three"
    );
    assert_eq!(
        (world.local.calls(), world.balance(&ann).await),
        (0, 98),
        "nobody else is asked for the third"
    );
    world.is_in_order().await;
}

#[tokio::test]
async fn consent_taken_back_drops_every_call_under_way() {
    let (world, ann) = both(|_| {}).await;
    world.cloud.max_count.store(1, Ordering::Relaxed);
    world.cloud.at_once.store(2, Ordering::Relaxed);
    let id = world.generate(&ann, 2).await;
    world.cloud.next([Act::Hang, Act::Hang]);
    let (worked, ()) = tokio::join!(world.app.work_once(1), async {
        while world.cloud.calls() < 2 {
            tokio::task::yield_now().await;
        }
        world.app.withdraw_consent(&ann, Purpose::SendTo(cloud())).await.unwrap();
    });
    worked.unwrap();
    let tries = attempts(&world, &ann, id).await;
    assert_eq!(tries.iter().filter(|a| a.detail.contains("withdrawn")).count(), 2);
    assert_eq!(of(&tries)[2], ("local", SUCCEEDED, false));
}

#[tokio::test]
async fn words_and_cost_are_on_record() {
    let (world, ann) = both(|_| {}).await;
    let photo = world.photo(&ann).await;
    let wish = GenerateRequest { note: Some("no tie".into()), ..request(photo, 1) };
    let id = world.app.generate(&ann, wish).await.unwrap().generation.id;
    world.cloud.next([Act::Busy]);
    world.app.work_once(1).await.unwrap();
    let tries = attempts(&world, &ann, id).await;
    assert!(
        tries.iter().all(|a| a.prompt == "studio-white no tie" && a.cost == COST),
        "what failed was paid for too"
    );
    let today = world.now().day();
    let spent = world.app.operator().spending(today, today + DAY).await.unwrap();
    let sum: u64 = spent.iter().map(|spent| spent.cost.micro_dollars).sum();
    assert_eq!((spent.len(), sum), (2, 2 * COST.micro_dollars));
}
