//! Consent: nothing goes in and nothing goes out without it, and taking it back acts at once.

use std::sync::Arc;

use app::*;
use domain::consent::Purpose;
use domain::digest::Digest;
use domain::generation::State;
use domain::page::PageRequest;
use domain::policy::PolicyVersion;

use crate::support::*;

async fn two_makers() -> World {
    World::with(settings(), |cast| vec![cast.cloud(), cast.local()]).await
}

#[tokio::test]
async fn without_consent_no_photo_is_taken() {
    let world = World::new().await;
    let ann = world.newcomer("ann").await;
    let refused = world.try_upload(&ann, b"face").await.unwrap_err();
    assert_eq!(refused.kind(), "consent-missing");
    assert!(world.stored().await.is_empty(), "not a byte was stored");
}

#[tokio::test]
async fn a_consent_is_given_to_the_text_that_was_shown() {
    let world = two_makers().await;
    let ann = world.newcomer("ann").await;
    let other = PolicyVersion { digest: Digest::new([2; 32]), ..policy().version };
    let outdated = world.app.give_consent(&ann, Purpose::KeepPhotos, &other).await;
    assert!(matches!(outdated, Err(AppError::PolicyOutdated)));
    let unknown = Purpose::SendTo(domain::consent::SubprocessorId::new("elsewhere").unwrap());
    let refused = world.app.give_consent(&ann, unknown, &policy().version).await;
    assert_eq!(refused.unwrap_err().kind(), "invalid");
    for _ in 0..2 {
        world.consent(&ann, Purpose::KeepPhotos).await;
    }
    let state = world.app.consents(&ann).await.unwrap();
    let given: Vec<_> = state.purposes.iter().map(|p| (p.purpose.to_string(), p.given)).collect();
    assert_eq!(given, [("keep-photos".into(), true), ("send-to:cloud".into(), false)]);
    assert_eq!(state.history.len(), 1, "a second tick on the same box is the first");
}

#[tokio::test]
async fn a_photo_is_sent_nowhere_without_consent_and_the_next_maker_is_asked() {
    let world = two_makers().await;
    let ann = world.person("ann").await;
    let id = world.generate(&ann, 1).await;
    world.work_off().await;
    assert_eq!(world.state(&ann, id).await, State::Succeeded);
    assert_eq!((world.cloud.calls(), world.local.calls()), (0, 1));
    world.consent(&ann, Purpose::SendTo(cloud())).await;
    world.generate(&ann, 1).await;
    world.work_off().await;
    assert_eq!((world.cloud.calls(), world.local.calls()), (1, 1));
}

#[tokio::test]
async fn where_only_a_vendor_can_make_it_the_wish_is_refused_before_it_costs_anything() {
    let world = World::with(settings(), |cast| vec![cast.cloud()]).await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    let refused = world.app.generate(&ann, request(photo, 1)).await.unwrap_err();
    assert!(refused.to_string().contains("send-to:cloud"), "{refused}");
    assert_eq!(world.balance(&ann).await, 100);
}

#[tokio::test]
async fn withdrawn_while_it_waits_nothing_is_sent_and_the_credits_return() {
    let world = World::with(settings(), |cast| vec![cast.cloud()]).await;
    let ann = world.person("ann").await;
    world.consent(&ann, Purpose::SendTo(cloud())).await;
    let id = world.generate(&ann, 2).await;
    world.app.withdraw_consent(&ann, Purpose::SendTo(cloud())).await.unwrap();
    world.work_off().await;
    let ended = world.db.generation(ann.id(), id).await.unwrap().generation;
    assert_eq!((ended.state, world.cloud.calls()), (State::Failed, 0));
    assert!(ended.reason.unwrap().contains("may not be sent"));
    assert_eq!(world.balance(&ann).await, 100);
    world.is_in_order().await;
}

#[tokio::test]
async fn withdrawn_while_a_vendor_has_it_the_call_is_dropped_and_the_engine_takes_over() {
    let world = two_makers().await;
    let ann = world.person("ann").await;
    world.consent(&ann, Purpose::SendTo(cloud())).await;
    let id = world.generate(&ann, 1).await;
    world.cloud.next([Act::Hang]);
    let (worked, ()) = tokio::join!(world.app.work_once(1), async {
        world.cloud.hanging.notified().await;
        world.app.withdraw_consent(&ann, Purpose::SendTo(cloud())).await.unwrap();
    });
    assert_eq!(worked.unwrap(), 1);
    assert_eq!(world.state(&ann, id).await, State::Succeeded);
    let attempts = world.app.operator().attempts(ann.id(), id).await.unwrap();
    assert_eq!(attempts.len(), 2);
    assert!(attempts[0].detail.contains("withdrawn") && attempts[1].provider == "local");
    world.is_in_order().await;
}

#[tokio::test]
async fn without_the_consent_to_keep_photos_they_go_and_so_does_the_work_on_them() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let done = world.generate(&ann, 1).await;
    world.work_off().await;
    let (running, waiting) = (world.generate(&ann, 2).await, world.generate(&ann, 3).await);
    world.local.next([Act::Hang]);
    let app = Arc::clone(&world.app);
    let (_, withdrawn) = tokio::join!(app.work_once(1), async {
        world.local.hanging.notified().await;
        world.app.withdraw_consent(&ann, Purpose::KeepPhotos).await.unwrap()
    });
    assert_eq!((withdrawn.photos, withdrawn.cancelled.len()), (3, 2));
    assert_eq!(world.state(&ann, running).await, State::Cancelled);
    assert_eq!(world.state(&ann, waiting).await, State::Cancelled);
    assert_eq!(world.state(&ann, done).await, State::Succeeded, "what was made before stays theirs");
    assert_eq!(world.balance(&ann).await, 99);
    assert!(world.app.photos(&ann, PageRequest::first(10)).await.unwrap().items.is_empty());
    world.app.clean().await.unwrap();
    assert_eq!(world.stored().await.len(), 2, "one result and its preview");
    world.is_in_order().await;
}

#[tokio::test]
async fn when_something_that_matters_changes_people_are_asked_again_and_nothing_is_done_until_then() {
    let named = |version: &str, mark| domain::policy::Policy {
        version: PolicyVersion { version: version.into(), digest: Digest::new([mark; 32]) },
        ..policy()
    };
    let (first, reworded, longer) = (
        named("2026-11-23.aaaa.1111", 1),
        named("2026-11-24.aaaa.2222", 2),
        named("2026-11-25.bbbb.3333", 3),
    );
    let world =
        World::with(Settings { policy: first.clone(), ..settings() }, |cast| vec![cast.local()]).await;
    let ann = world.newcomer("ann").await;
    world.app.give_consent(&ann, Purpose::KeepPhotos, &first.version).await.unwrap();
    let generation = world.generate(&ann, 1).await;
    let restarted = async |policy: &domain::policy::Policy| {
        let settings = Settings { policy: policy.clone(), ..settings() };
        let catalogue = domain::style::Catalogue::built_in().unwrap();
        let app = Arc::new(App::new(world.app.ports().clone(), settings, catalogue).unwrap());
        app.prepare().await.unwrap();
        app
    };
    let state = async |app: &App| app.consents(&ann).await.unwrap().purposes[0].clone();

    let app = restarted(&reworded).await;
    assert!(state(&app).await.given, "other words are nothing to agree to");
    assert!(app.upload_photo(&ann, upload(b"face")).await.is_ok());

    let app = restarted(&longer).await;
    let asked = state(&app).await;
    assert!(!asked.given && asked.outdated);
    assert_eq!(app.upload_photo(&ann, upload(b"face")).await.unwrap_err().kind(), "consent-missing");
    assert_eq!(app.photos(&ann, PageRequest::first(10)).await.unwrap().items.len(), 2, "what is there stays");
    assert_eq!(world.state(&ann, generation).await, State::Queued);
    app.give_consent(&ann, Purpose::KeepPhotos, &longer.version).await.unwrap();
    assert!(state(&app).await.given);
    assert!(app.upload_photo(&ann, upload(b"face")).await.is_ok());
    let versions: Vec<_> = app.policies().await.unwrap().into_iter().map(|policy| policy.version).collect();
    assert_eq!(versions, [longer.version, reworded.version, first.version]);
    assert_eq!(app.consents(&ann).await.unwrap().history.len(), 2, "each consent is kept with its text");
}
