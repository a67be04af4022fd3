//! Webhooks: signed, tried again, given up, replayed, and never posted into a private network.

use std::sync::Arc;

use app::*;
use domain::page::PageRequest;
use domain::ports::outbound::SendError;
use domain::time::DAY;
use domain::webhook::{DeliveryState, RETRY_AFTER};
use tokio::sync::oneshot;

use crate::support::*;

#[tokio::test]
async fn the_end_of_a_generation_is_posted_with_a_signature_that_the_receiver_can_check() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let issued = world.app.add_endpoint(&ann, "https://example.org/hook").await.unwrap();
    let id = world.generate(&ann, 2).await;
    world.work_off().await;
    assert_eq!(world.app.deliver_due().await.unwrap(), 1);
    assert_eq!(world.app.deliver_due().await.unwrap(), 0, "once taken, it is not posted again");
    let post = world.sender.posts.lock().unwrap().remove(0);
    let header = |name: &str| post.headers.iter().find(|(n, _)| *n == name).unwrap().1.clone();
    assert_eq!(header("webhook-id"), format!("ended-{id}"));
    let secret = domain::webhook::WebhookSecret::new(issued.secret.expose().into());
    let expected = sign(&secret, &header("webhook-id"), world.now(), &post.body).unwrap();
    assert_eq!(header("webhook-signature"), expected[2].1);
    assert!(post.body.contains("generation.succeeded") && post.body.contains(&id.to_string()));
    assert!(!post.body.contains("example.org"), "the message is thin");
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_again_given_up_and_replayed_by_hand() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let endpoint = world.app.add_endpoint(&ann, "https://example.org/hook").await.unwrap().endpoint;
    let id = world.generate(&ann, 1).await;
    world.work_off().await;
    let failures = [Ok(500), Err(SendError::NoAnswer("timeout")), Err(SendError::Forbidden), Ok(302)];
    world.sender.answers.lock().unwrap().extend(failures.into_iter().cycle().take(RETRY_AFTER.len() + 1));
    for pause in RETRY_AFTER {
        assert_eq!(world.app.deliver_due().await.unwrap(), 1);
        assert_eq!(world.app.deliver_due().await.unwrap(), 0, "not before its time");
        world.clock.pass(pause);
    }
    assert_eq!(world.app.deliver_due().await.unwrap(), 1);
    let log = world.app.deliveries(&ann, PageRequest::first(10)).await.unwrap().items;
    assert_eq!((log.len(), log[0].state, log[0].tries), (1, DeliveryState::Dead, 8));
    world.clock.pass(DAY);
    assert_eq!(world.app.deliver_due().await.unwrap(), 0);
    let event = log[0].event.clone();
    world.app.replay_delivery(&ann, endpoint.id, event.clone()).await.unwrap();
    assert_eq!(world.app.deliver_due().await.unwrap(), 1);
    let log = world.app.deliveries(&ann, PageRequest::first(10)).await.unwrap().items;
    assert_eq!((log[0].state, log[0].status), (DeliveryState::Delivered, Some(200)));
    let posts = world.sender.posts.lock().unwrap();
    assert_eq!(posts.len(), 9);
    let ids: Vec<_> = posts.iter().map(|post| post.headers[1].1.clone()).collect();
    assert!(ids.iter().all(|known| *known == format!("ended-{id}")), "a receiver knows repetitions: {ids:?}");
}

#[tokio::test]
async fn deliveries_go_out_by_themselves_when_a_generation_ends() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.app.add_endpoint(&ann, "https://example.org/hook").await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let delivering = tokio::spawn({
        let app = Arc::clone(&world.app);
        async move { app.deliver(async { drop(stopped.await) }).await }
    });
    world.generate(&ann, 1).await;
    world.app.work_once(1).await.unwrap();
    while world.sender.posts.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    delivering.await.unwrap();
    let log = world.app.deliveries(&ann, PageRequest::first(10)).await.unwrap().items;
    assert_eq!(
        log[0].state,
        DeliveryState::Delivered,
        "what was being posted at the end was posted to its end"
    );
}

#[tokio::test]
async fn endpoints_are_public_few_and_their_owners_own() {
    let world = World::new().await;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    for url in [
        "http://example.org",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://metadata.internal/",
        "nonsense",
    ] {
        let refused = world.app.add_endpoint(&ann, url).await.unwrap_err();
        assert_eq!(refused.kind(), "url-refused", "{url}");
    }
    let mut endpoints = Vec::new();
    for n in 0..5 {
        let url = format!("https://example.org/{n}");
        endpoints.push(world.app.add_endpoint(&ann, &url).await.unwrap().endpoint.id);
    }
    let more = world.app.add_endpoint(&ann, "https://example.org/6").await.unwrap_err();
    assert_eq!(more.kind(), "too-many-endpoints");
    assert_eq!(world.app.delete_endpoint(&ben, endpoints[0]).await.unwrap_err().kind(), "not-found");
    world.app.delete_endpoint(&ann, endpoints[0]).await.unwrap();
    assert_eq!(world.app.endpoints(&ann).await.unwrap().len(), 4);
}
