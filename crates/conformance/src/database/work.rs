//! The worker's side: claims, leases, attempts, endings.

use std::time::Duration;

use domain::attempt::{AttemptCost, AttemptOutcome};
use domain::consent::Purpose;
use domain::generation::{Ending, Lease, MAX_CLAIMS, State};
use domain::ids::LeaseId;
use domain::page::PageRequest;
use domain::ports::database::{AttemptResult, Conflict, DatabaseError, Finish, NewAttempt, Noun};

use super::{LEASE, Scene};

fn finish(ending: Ending) -> Finish {
    Finish { ending, reason: None }
}

/// From the queue to the gallery: what the worker is given, what it writes, what it costs.
pub async fn a_generation_is_worked_on_and_settled(scene: &Scene) {
    let ann = scene.account().await;
    let photo = scene.photo(ann).await;
    let new = scene.new_generation(ann, photo, 3);
    let started = scene.db.start_generation(new.clone()).await.unwrap().generation;
    scene.pass(Duration::from_secs(1));
    let claimed = scene.claim_one().await;
    assert_eq!(claimed.generation.id, started.id);
    assert_eq!((claimed.generation.state, claimed.generation.claims), (State::Running, 1));
    assert_eq!(claimed.generation.started_at, Some(scene.now()));
    assert_eq!(
        (claimed.generation.options.clone(), claimed.generation.style.clone()),
        (new.options, new.style)
    );
    assert_eq!(claimed.photos.iter().map(|photo| photo.id).collect::<Vec<_>>(), [photo]);
    assert_eq!(claimed.consents.iter().map(|c| c.purpose.clone()).collect::<Vec<_>>(), [Purpose::KeepPhotos]);
    assert_eq!((claimed.attempts, claimed.made), (0, vec![]));
    assert_eq!(scene.claim(5).await, [], "there is no other work");

    let image = scene.new_image(2);
    let added = scene.db.add_image(claimed.lease, image.clone()).await.unwrap();
    assert_eq!((added.full.clone(), added.preview.clone()), (image.full.clone(), image.preview.clone()));
    assert_eq!(scene.db.add_image(claimed.lease, image).await.unwrap(), added, "asked twice");
    for number in [0, 4] {
        let refused = scene.db.add_image(claimed.lease, scene.new_image(number)).await;
        assert_eq!(refused, Err(Conflict::ImageNumber.into()));
    }
    let seen = scene.db.generation(ann, started.id).await.unwrap();
    assert_eq!(
        (seen.generation.state, seen.images),
        (State::Running, vec![added]),
        "seen as soon as it is made"
    );

    scene.pass(Duration::from_secs(1));
    let ended = scene.finish(claimed.lease, Ending::Succeeded).await;
    assert_eq!((ended.state, ended.progress, ended.ended_at), (State::Succeeded, 100, Some(scene.now())));
    assert_eq!(scene.balance(ann).await, 98, "one of three images was made and is paid");
    scene.books_balance().await;
}

/// Ann asks for five, Ben for two a moment later: Ben does not wait for all of Ann's.
pub async fn accounts_take_turns(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let mut asked = Vec::new();
    for account in [ann, ann, ann, ann, ann, ben, ben] {
        scene.pass(Duration::from_millis(1));
        asked.push(scene.start(account).await.id);
    }
    let [a1, a2, a3, a4, a5, b1, b2] = asked.try_into().unwrap();
    let taken = |claimed: &[domain::ports::database::Claimed]| {
        claimed.iter().map(|claimed| claimed.generation.id).collect::<Vec<_>>()
    };
    let first = scene.claim(4).await;
    assert_eq!(taken(&first), [a1, b1, a2, b2], "by turns, the longest waiting first");
    for claimed in &first {
        if claimed.generation.account == ann {
            scene.finish(claimed.lease, Ending::Failed).await;
        }
    }
    let b3 = scene.start(ben).await.id;
    assert_eq!(taken(&scene.claim(4).await), [a3, a4, a5, b3], "who has the fewest running comes first");
}

/// A lease that runs out does not end the work by itself; but once another worker has it, the first can write nothing.
pub async fn an_expired_lease_is_claimed_again_and_its_holder_is_refused(scene: &Scene) {
    let ann = scene.account().await;
    let id = scene.start(ann).await.id;
    let old = scene.claim_one().await.lease;
    scene.image(old, 1).await;
    scene.pass(LEASE - Duration::from_millis(1));
    assert_eq!(scene.claim(1).await, [], "it still holds");
    scene.pass(Duration::from_millis(1));
    let new = scene.claim_one().await;
    assert_eq!((new.generation.id, new.generation.claims, new.made), (id, 2, vec![1]));

    let (db, now) = (&scene.db, scene.now());
    let lost = DatabaseError::LeaseLost;
    assert_eq!(db.heartbeat(old, 50, now + LEASE).await, Err(lost.clone()));
    assert_eq!(db.add_image(old, scene.new_image(2)).await, Err(lost.clone()));
    assert_eq!(db.finish_generation(old, finish(Ending::Succeeded), now).await, Err(lost.clone()));
    assert_eq!(db.finish_generation(old, finish(Ending::Failed), now).await, Err(lost.clone()));
    assert_eq!(db.release_generation(old, now).await, Err(lost.clone()));
    let attempt = NewAttempt {
        number: 1,
        provider: "p".into(),
        model: "m".into(),
        prompt: String::new(),
        send_to: None,
        fallback: false,
    };
    assert_eq!(db.begin_attempt(old, attempt, now).await, Err(lost.clone()));
    let forged = Lease { id: scene.id(LeaseId::new), ..new.lease };
    assert_eq!(db.heartbeat(forged, 50, now + LEASE).await, Err(lost.clone()));
    let stranger = Lease { account: scene.account().await, ..new.lease };
    assert_eq!(db.heartbeat(stranger, 50, now + LEASE).await, Err(lost));

    scene.image(new.lease, 2).await;
    scene.finish(new.lease, Ending::Succeeded).await;
    assert_eq!(scene.balance(ann).await, 96, "paid once");
    scene.books_balance().await;
}

/// A worker that lives keeps its work, even when a beat comes late but before anyone else.
pub async fn a_heartbeat_keeps_the_lease(scene: &Scene) {
    let ann = scene.account().await;
    let id = scene.start(ann).await.id;
    let lease = scene.claim_one().await.lease;
    for beat in 1..=5 {
        scene.pass(LEASE * 3 / 4);
        scene.db.heartbeat(lease, beat * 10, scene.now() + LEASE).await.unwrap();
        assert_eq!(scene.claim(1).await, []);
    }
    assert_eq!(scene.db.generation(ann, id).await.unwrap().generation.progress, 50);
    scene.pass(LEASE * 2);
    scene.db.heartbeat(lease, 250, scene.now() + LEASE).await.unwrap();
    assert_eq!(scene.claim(1).await, []);
    assert_eq!(scene.db.generation(ann, id).await.unwrap().generation.progress, 100);
}

/// Work that kills its worker each time is given up, the credits return, and the rest of the queue goes on.
pub async fn a_generation_taken_too_often_fails_and_costs_nothing(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let poison = scene.start(ann).await.id;
    for claim in 1..=MAX_CLAIMS {
        let claimed = scene.claim_one().await;
        assert_eq!((claimed.generation.id, claimed.generation.claims), (poison, claim));
        scene.pass(LEASE);
    }
    let next = scene.start(ben).await.id;
    assert_eq!(scene.claim_one().await.generation.id, next);
    let ended = scene.db.generation(ann, poison).await.unwrap().generation;
    assert_eq!(ended.state, State::Failed);
    assert!(ended.reason.is_some());
    assert_eq!(scene.balance(ann).await, 100);
    scene.books_balance().await;
}

/// What was finished before the last interruption is kept and paid for, the rest is not.
pub async fn a_generation_taken_too_often_keeps_what_it_made_and_costs_that(scene: &Scene) {
    let ann = scene.account().await;
    let poison = scene.start(ann).await;
    for claim in 1..=MAX_CLAIMS {
        let claimed = scene.claim_one().await;
        if claim == 2 {
            scene.image(claimed.lease, 1).await;
        }
        scene.pass(LEASE);
    }
    assert_eq!(scene.claim(1).await, []);
    let ended = scene.db.generation(ann, poison.id).await.unwrap().generation;
    assert_eq!(ended.state, State::Succeeded);
    assert!(ended.reason.is_some());
    assert_eq!(scene.balance(ann).await, 100 - poison.price.get());
    scene.books_balance().await;
}

/// A worker that stops hands its work back without a mark against it.
pub async fn a_released_generation_is_taken_at_once_and_not_counted(scene: &Scene) {
    let ann = scene.account().await;
    scene.start(ann).await;
    for _ in 0..2 * MAX_CLAIMS {
        let claimed = scene.claim_one().await;
        assert_eq!(claimed.generation.claims, 1);
        scene.db.release_generation(claimed.lease, scene.now()).await.unwrap();
        let again = scene.db.heartbeat(claimed.lease, 1, scene.now() + LEASE).await;
        assert_eq!(again, Err(DatabaseError::LeaseLost));
    }
}

/// Every verb of the worker can be asked twice.
pub async fn a_lost_answer_can_be_asked_for_again(scene: &Scene) {
    let ann = scene.account().await;
    for _ in 0..3 {
        scene.start(ann).await;
    }
    let claim = scene.new_claim(2);
    let first = scene.db.claim_generations(claim.clone()).await.unwrap();
    let mut again = scene.db.claim_generations(claim).await.unwrap();
    again.sort_by_key(|claimed| claimed.generation.id);
    assert_eq!(first, again, "the same claim takes nothing more");

    let lease = first[0].lease;
    scene.image(lease, 1).await;
    let ended = scene.finish(lease, Ending::Succeeded).await;
    assert_eq!(scene.finish(lease, Ending::Succeeded).await, ended, "a second finish changes nothing");
    let other = scene.db.finish_generation(lease, finish(Ending::Failed), scene.now()).await;
    assert_eq!(other, Err(DatabaseError::LeaseLost), "but it ends only one way");
    assert_eq!(scene.balance(ann).await, 90);
    assert_eq!(scene.db.ledger(ann, PageRequest::first(20)).await.unwrap().items.len(), 5);
    scene.books_balance().await;
}

/// A try is on record before anything is sent, so that one whose worker was lost is known.
pub async fn attempts_are_written_before_and_after(scene: &Scene) {
    let ann = scene.account().await;
    let id = scene.start(ann).await.id;
    let lease = scene.claim_one().await.lease;
    let attempt = |number, provider: &str| NewAttempt {
        number,
        provider: provider.into(),
        model: "m-1".into(),
        prompt: "a portrait in a blue shirt".into(),
        send_to: None,
        fallback: false,
    };
    let begin = |attempt| scene.db.begin_attempt(lease, attempt, scene.now());
    begin(attempt(1, "one")).await.unwrap();
    begin(attempt(1, "one")).await.expect("asked twice");
    assert_eq!(begin(attempt(1, "two")).await, Err(Conflict::IdReused.into()));
    let result = AttemptResult {
        outcome: AttemptOutcome::Unavailable,
        detail: "503".into(),
        images: 0,
        cost: AttemptCost { tokens_in: 1290, tokens_out: 7, micro_dollars: 39_000 },
    };
    scene.pass(Duration::from_secs(3));
    let end = |number, result| scene.db.finish_attempt(lease, number, result, scene.now());
    end(1, result.clone()).await.unwrap();
    let second = AttemptResult { outcome: AttemptOutcome::Succeeded, ..result.clone() };
    end(1, second).await.expect("asked twice");
    assert_eq!(end(2, result.clone()).await, Err(DatabaseError::NotFound(Noun::Attempt)));
    begin(attempt(2, "two")).await.unwrap();

    let attempts = scene.db.list_attempts(ann, id).await.unwrap();
    assert_eq!(attempts.len(), 2);
    assert_eq!((attempts[0].outcome, attempts[0].cost), (Some(AttemptOutcome::Unavailable), result.cost));
    assert_eq!(attempts[0].ended_at, Some(scene.now()));
    assert_eq!((attempts[1].provider.as_str(), attempts[1].ended_at), ("two", None));
    scene.pass(LEASE);
    assert_eq!(scene.claim_one().await.attempts, 2, "the next worker knows of the try that was lost");
}

/// Nobody pays for a refusal or a fault, and is told why.
pub async fn refused_and_failed_cost_nothing(scene: &Scene) {
    let ann = scene.account().await;
    for (ending, state) in [(Ending::Refused, State::Refused), (Ending::Failed, State::Failed)] {
        scene.start(ann).await;
        let lease = scene.claim_one().await.lease;
        scene.image(lease, 1).await;
        let ended = scene.finish(lease, ending).await;
        assert_eq!((ended.state, ended.reason.as_deref()), (state, Some("for a reason")));
        assert_eq!(scene.balance(ann).await, 100);
    }
    scene.books_balance().await;
}

/// A success has something to show.
pub async fn no_success_without_an_image(scene: &Scene) {
    let ann = scene.account().await;
    let id = scene.start(ann).await.id;
    let lease = scene.claim_one().await.lease;
    let ended = scene.db.finish_generation(lease, finish(Ending::Succeeded), scene.now()).await;
    assert_eq!(ended, Err(Conflict::NoImage.into()));
    assert_eq!(scene.db.generation(ann, id).await.unwrap().generation.state, State::Running);
    scene.finish(lease, Ending::Failed).await;
    scene.books_balance().await;
}
