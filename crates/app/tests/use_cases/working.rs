//! Working: whose turn it is after each answer of a provider, and how work ends that is not let to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use app::*;
use domain::attempt::AttemptOutcome;
use domain::consent::Purpose;
use domain::generation::State;
use domain::ids::GenerationId;
use domain::page::PageRequest;
use tokio::sync::oneshot;

use crate::support::*;

async fn outcomes(world: &World, caller: &Caller, id: GenerationId) -> Vec<(String, Option<AttemptOutcome>)> {
    let attempts = world.app.operator().attempts(caller.id(), id).await.unwrap();
    attempts.into_iter().map(|attempt| (attempt.provider, attempt.outcome)).collect()
}

#[tokio::test]
async fn an_unavailable_provider_is_passed_over_and_asked_again_until_the_time_is_over() {
    let world = World::with(settings(), |cast| vec![cast.cloud(), cast.local()]).await;
    let ann = world.person("ann").await;
    world.consent(&ann, Purpose::SendTo(cloud())).await;
    let id = world.generate(&ann, 1).await;
    world.cloud.next([Act::Busy, Act::Garbage]);
    world.local.next([Act::Busy]);
    world.work_off().await;
    assert_eq!(world.state(&ann, id).await, State::Succeeded);
    let (cloud, local) = ("cloud".to_owned(), "local".to_owned());
    let unavailable = Some(AttemptOutcome::Unavailable);
    let expected = [
        (cloud.clone(), unavailable),
        (local.clone(), unavailable),
        (cloud, unavailable),
        (local, Some(AttemptOutcome::Succeeded)),
    ];
    assert_eq!(outcomes(&world, &ann, id).await, expected);

    for provider in [&world.cloud, &world.local] {
        provider.chance.lock().unwrap().one_in = 1;
        *provider.takes.lock().unwrap() = Duration::from_secs(40);
    }
    let id = world.generate(&ann, 4).await;
    world.work_off().await;
    let ended = world.db.generation(ann.id(), id).await.unwrap().generation;
    assert_eq!(ended.state, State::Failed);
    assert!(ended.reason.unwrap().contains("available in time"));
    assert_eq!(outcomes(&world, &ann, id).await.len(), 16, "eight rounds of 80 seconds in ten minutes");
    assert_eq!(world.balance(&ann).await, 99);
    world.is_in_order().await;
}

#[tokio::test]
async fn a_refusal_is_final_names_its_reason_and_costs_nothing() {
    let world = World::with(settings(), |cast| vec![cast.cloud(), cast.local()]).await;
    let ann = world.person("ann").await;
    world.consent(&ann, Purpose::SendTo(cloud())).await;
    let id = world.generate(&ann, 2).await;
    world.cloud.next([Act::Refuse]);
    world.work_off().await;
    let ended = world.db.generation(ann.id(), id).await.unwrap().generation;
    assert_eq!((ended.state, ended.reason.as_deref()), (State::Refused, Some("Not this wish.")));
    assert_eq!(world.local.calls(), 0, "nobody else is asked");
    assert_eq!(world.balance(&ann).await, 100);
}

#[tokio::test]
async fn a_request_of_ours_that_is_wrong_ends_at_once() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 2).await;
    world.local.next([Act::CallWrong]);
    world.work_off().await;
    assert_eq!((world.state(&ann, id).await, world.local.calls()), (State::Failed, 1));
    assert_eq!(world.balance(&ann).await, 100);
}

#[tokio::test]
async fn fewer_pictures_than_asked_for_are_a_success_and_cost_less() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 4).await;
    world.local.next([Act::Give(3)]);
    world.work_off().await;
    assert_eq!((world.state(&ann, id).await, world.local.calls()), (State::Succeeded, 1));
    assert_eq!(world.balance(&ann).await, 97);
    world.is_in_order().await;
}

#[tokio::test]
async fn a_provider_of_few_pictures_a_call_is_called_until_there_are_enough() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.local.max_count.store(3, Ordering::Relaxed);
    let id = world.generate(&ann, 8).await;
    world.local.next([Act::Give(3), Act::Busy]);
    world.work_off().await;
    let known = world.db.generation(ann.id(), id).await.unwrap();
    assert_eq!((known.generation.state, known.images.len()), (State::Succeeded, 8));
    let mut digests: Vec<_> = known.images.iter().map(|image| image.full.digest).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 8, "no picture is given twice");
    assert_eq!(world.balance(&ann).await, 92);
}

#[tokio::test]
async fn cancelled_while_it_is_made_the_work_stops_at_once_and_what_is_there_is_kept_and_paid() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.local.max_count.store(1, Ordering::Relaxed);
    let id = world.generate(&ann, 4).await;
    world.local.next([Act::Give(1), Act::Hang]);
    let (worked, ()) = tokio::join!(world.app.work_once(1), async {
        world.local.hanging.notified().await;
        world.app.cancel_generation(&ann, id).await.unwrap();
    });
    assert_eq!(worked.unwrap(), 1);
    let known = world.db.generation(ann.id(), id).await.unwrap();
    assert_eq!((known.generation.state, known.images.len()), (State::Cancelled, 1));
    assert_eq!(world.balance(&ann).await, 99);
    world.is_in_order().await;
}

#[tokio::test]
async fn a_generation_that_is_deleted_while_it_is_made_leaves_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.local.max_count.store(1, Ordering::Relaxed);
    let id = world.generate(&ann, 2).await;
    world.local.next([Act::Give(1), Act::Hang]);
    let (worked, ()) = tokio::join!(world.app.work_once(1), async {
        world.local.hanging.notified().await;
        world.app.delete_generation(&ann, id).await.unwrap();
    });
    assert_eq!(worked.unwrap(), 1);
    world.app.clean().await.unwrap();
    assert_eq!(world.stored().await.len(), 1, "only the photo");
    world.is_in_order().await;
}

#[tokio::test]
async fn a_lease_that_was_lost_stops_a_worker_before_it_writes() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    // The first worker's call lasts longer than its lease, and meanwhile another one does all of it.
    *world.local.takes.lock().unwrap() = Duration::from_secs(61);
    world.local.next([Act::Hang]);
    let first = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.work_once(1).await }
    });
    world.local.hanging.notified().await;
    assert_eq!(world.app.work_once(1).await.unwrap(), 1);
    assert_eq!(first.await.unwrap().unwrap(), 1, "the first one has noticed");
    assert_eq!(world.state(&ann, id).await, State::Succeeded);
    assert_eq!(world.balance(&ann).await, 99);
    world.is_in_order().await;
}

#[tokio::test]
async fn a_worker_takes_what_comes_and_stops_when_it_is_told() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut events = world.app.watch(&ann).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.work(async { drop(stopped.await) }).await }
    });
    for _ in 0..3 {
        let id = world.generate(&ann, 1).await;
        loop {
            match events.next().await.unwrap() {
                Told::Event(event) if event.generation == id && event.state.is_ended() => break,
                _ => {}
            }
        }
    }
    stop.send(()).unwrap();
    worker.await.unwrap();
    assert_eq!(world.balance(&ann).await, 97);
    world.is_in_order().await;
}

#[tokio::test]
async fn a_worker_that_stops_hands_back_what_it_can_t_finish() {
    let mut settings = settings();
    settings.work.stop_within = Duration::ZERO;
    let world = World::with(settings, |cast| vec![cast.local()]).await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    world.local.next([Act::Hang]);
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.work(async { drop(stopped.await) }).await }
    });
    world.local.hanging.notified().await;
    stop.send(()).unwrap();
    worker.await.unwrap();
    let running = world.app.operator().generations(State::Running, PageRequest::first(10)).await.unwrap();
    assert_eq!(running.items[0].claims, 0, "being stopped does not count as a failure");
    // At once, without waiting for a lease to run out.
    assert_eq!(world.app.work_once(1).await.unwrap(), 1);
    assert_eq!(world.state(&ann, id).await, State::Succeeded);
    world.is_in_order().await;
}

#[tokio::test]
async fn a_worker_that_comes_back_after_its_lease_was_taken_writes_over_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    world.local.next([Act::Wait]);
    let first = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.work_once(1).await }
    });
    world.local.hanging.notified().await;
    world.clock.pass(world.app.settings().work.lease);
    assert_eq!(world.another_node().work_once(1).await.unwrap(), 1);
    let before = world.db.generation(ann.id(), id).await.unwrap();
    world.local.go_on.notify_one();
    first.await.unwrap().unwrap();
    let after = world.db.generation(ann.id(), id).await.unwrap();
    assert_eq!((after.generation.state, &after), (State::Succeeded, &before));
    let image = world.app.open_image(&ann, after.images[0].id, Resolution::Full, None).await.unwrap();
    assert_eq!(
        image.object.digest, after.images[0].full.digest,
        "the file is the one that the row speaks of"
    );
    assert_eq!(world.balance(&ann).await, 99);
    world.is_in_order().await;
}

#[tokio::test]
async fn a_worker_whose_lease_ran_out_while_it_stored_asks_before_it_stores_again() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    world.local.next([Act::Wait]);
    world.local.go_on.notify_one();
    world.objects.waits.store(true, Ordering::Relaxed);
    world.objects.fails_then.store(true, Ordering::Relaxed);
    let (worked, ()) = tokio::join!(world.app.work_once(1), async {
        world.objects.waiting.notified().await;
        world.clock.pass(world.app.settings().work.lease);
        assert_eq!(world.another_node().work_once(1).await.unwrap(), 1);
        world.objects.go_on.notify_one();
    });
    assert_eq!(worked.unwrap(), 1);
    let known = world.db.generation(ann.id(), id).await.unwrap();
    let file = world.app.open_image(&ann, known.images[0].id, Resolution::Full, None).await.unwrap();
    assert_eq!(file.object.digest, known.images[0].full.digest, "the file is the one that the row speaks of");
    world.is_in_order().await;
}

#[tokio::test]
async fn a_heartbeat_keeps_the_lease_while_a_call_lasts() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let unrelated = world.photo(&ann).await;
    let id = world.generate(&ann, 2).await;
    world.local.next([Act::Wait]);
    let first = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.work_once(1).await }
    });
    world.local.hanging.notified().await;
    world.clock.pass(Duration::from_secs(50));
    // Deleting something makes a worker here ask at once whether it may go on, which is a heartbeat.
    world.app.delete_photo(&ann, unrelated).await.unwrap();
    while world.db.generation(ann.id(), id).await.unwrap().generation.progress != 50 {
        tokio::task::yield_now().await;
    }
    world.clock.pass(Duration::from_secs(50));
    assert_eq!(world.another_node().work_once(1).await.unwrap(), 0, "nobody else may take it");
    world.local.go_on.notify_one();
    first.await.unwrap().unwrap();
    assert_eq!((world.state(&ann, id).await, world.local.calls()), (State::Succeeded, 1));
}

#[tokio::test]
async fn cancelled_elsewhere_between_file_and_row_the_file_is_deleted_again() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 2).await;
    world.objects.waits.store(true, Ordering::Relaxed);
    let (worked, ()) = tokio::join!(world.app.work_once(1), async {
        world.objects.waiting.notified().await;
        world.another_node().cancel_generation(&ann, id).await.unwrap();
        world.objects.go_on.notify_one();
    });
    assert_eq!(worked.unwrap(), 1);
    assert_eq!((world.state(&ann, id).await, world.balance(&ann).await), (State::Cancelled, 100));
    world.is_in_order().await;
}

#[tokio::test]
async fn a_sweep_leaves_alone_what_a_worker_may_be_writing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    world.objects.waits.store(true, Ordering::Relaxed);
    let (worked, ()) = tokio::join!(world.app.work_once(1), async {
        world.objects.waiting.notified().await;
        // A machine that slept for a day between file and row.
        world.clock.pass(domain::time::DAY);
        let swept = world.another_node().sweep().await.unwrap();
        assert_eq!((swept.orphans, swept.kept), (0, 3));
        world.objects.go_on.notify_one();
    });
    assert_eq!(worked.unwrap(), 1);
    assert_eq!(world.state(&ann, id).await, State::Succeeded);
    world.is_in_order().await;
}

#[tokio::test]
async fn as_many_generations_are_at_work_as_the_settings_say_and_no_more() {
    let mut settings = settings();
    settings.work.at_once = 3;
    settings.work.stop_within = Duration::ZERO;
    let world = World::with(settings, |cast| vec![cast.local()]).await;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    for person in [&ann, &ann, &ann, &ben] {
        world.generate(person, 1).await;
    }
    world.local.next([Act::Hang, Act::Hang, Act::Hang]);
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.work(async { drop(stopped.await) }).await }
    });
    while world.local.calls() < 3 {
        tokio::task::yield_now().await;
    }
    let states = world.app.operator().totals().await.unwrap().generations;
    assert_eq!((states.running, states.queued), (3, 1));
    let theirs = world.db.list_generations(ben.id(), PageRequest::first(1)).await.unwrap().items.remove(0);
    assert_eq!(
        theirs.generation.state,
        State::Running,
        "who came last with one is not behind who came first with three"
    );
    stop.send(()).unwrap();
    worker.await.unwrap();
    world.work_off().await;
    world.is_in_order().await;
}
