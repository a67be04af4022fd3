//! Webhooks: an ending is told until it is heard.

use std::collections::HashSet;
use std::time::Duration;

use domain::generation::Ending;
use domain::ids::{AccountId, EndpointId};
use domain::page::PageRequest;
use domain::ports::database::{DatabaseError, DeliveryResult, Noun};
use domain::webhook::{DeliveryState, EventId, RETRY_AFTER, WebhookEndpoint, WebhookSecret};

use super::Scene;

const SOON: Duration = Duration::from_secs(30);

async fn endpoint(scene: &Scene, account: AccountId) -> WebhookEndpoint {
    let endpoint = WebhookEndpoint {
        id: scene.id(EndpointId::new),
        account,
        url: "https://example.org/hook".into(),
        secret: WebhookSecret::new("whsec_c2VjcmV0".into()),
        created_at: scene.now(),
    };
    assert_eq!(scene.db.add_endpoint(endpoint.clone()).await.unwrap(), endpoint);
    endpoint
}

/// Each endpoint of the account hears of each ending once, however it ended.
pub async fn an_ending_is_told_to_every_endpoint(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let (one, two) = (endpoint(scene, ann).await, endpoint(scene, ann).await);
    assert_eq!(scene.db.add_endpoint(one.clone()).await.unwrap(), one, "asked twice");
    let theirs = endpoint(scene, ben).await;
    let done = scene.succeeded(ann).await;
    let cancelled = scene.start(ann).await;
    scene.db.cancel_generation(ann, cancelled.id, scene.now()).await.unwrap();

    let due = scene.db.claim_deliveries(scene.now(), scene.now() + SOON, 10).await.unwrap();
    let told: HashSet<_> = due.iter().map(|(delivery, to)| (delivery.event.clone(), to.id)).collect();
    let mut expected = HashSet::new();
    for generation in [done.id, cancelled.id] {
        expected.extend([(EventId::ended(generation), one.id), (EventId::ended(generation), two.id)]);
    }
    assert_eq!((told, due.len()), (expected, 4));
    let (delivery, to) = due.iter().find(|(delivery, _)| delivery.event == EventId::ended(done.id)).unwrap();
    assert_eq!((to.secret.expose(), delivery.tries), ("whsec_c2VjcmV0", 1));
    let timestamp = done.ended_at.unwrap();
    let body = format!(
        r#"{{"type":"generation.succeeded","timestamp":"{timestamp}","data":{{"generation":"{}","images":2}}}}"#,
        done.id
    );
    assert_eq!(delivery.body, body);
    assert_eq!(scene.db.claim_deliveries(scene.now(), scene.now() + SOON, 10).await.unwrap(), []);

    let no_endpoint = Err(DatabaseError::NotFound(Noun::Endpoint));
    assert_eq!(scene.db.delete_endpoint(ann, theirs.id).await, no_endpoint);
    scene.db.delete_endpoint(ann, one.id).await.unwrap();
    assert_eq!(scene.db.list_endpoints(ann).await.unwrap(), [two]);
    let mut log = scene.db.list_deliveries(ann, PageRequest::first(1)).await.unwrap();
    let next = scene.db.list_deliveries(ann, PageRequest { after: log.next.take(), limit: 1 }).await.unwrap();
    assert_eq!(next.next, None, "the deliveries of a deleted endpoint are gone");
    assert_ne!(log.items[0].event, next.items[0].event);
    assert_eq!(scene.db.list_deliveries(ben, PageRequest::first(9)).await.unwrap().items, []);
}

/// A failure is tried again after a growing pause, a crash after the claim's end; then it is given up, and can be replayed.
pub async fn a_failed_delivery_is_tried_again_until_it_is_given_up(scene: &Scene) {
    let ann = scene.account().await;
    let to = endpoint(scene, ann).await;
    scene.start(ann).await;
    let lease = scene.claim_one().await.lease;
    scene.finish(lease, Ending::Failed).await;
    let event = EventId::ended(lease.generation);
    let failed = DeliveryResult { delivered: false, status: Some(500) };
    let delivered = DeliveryResult { delivered: true, status: Some(204) };
    let claim = || scene.db.claim_deliveries(scene.now(), scene.now() + SOON, 10);
    let record = |tries, result| scene.db.record_delivery(to.id, event.clone(), tries, result, scene.now());

    assert_eq!(claim().await.unwrap()[0].0.tries, 1);
    scene.pass(SOON);
    assert_eq!(claim().await.unwrap()[0].0.tries, 2, "whoever claimed it first was lost");
    let late = record(1, failed).await.unwrap();
    assert_eq!((late.state, late.status), (DeliveryState::Pending, None), "its failure is no news");
    for (n, pause) in (2..).zip(&RETRY_AFTER[1..]) {
        let delivery = record(n, failed).await.unwrap();
        assert_eq!((delivery.state, delivery.next_at), (DeliveryState::Pending, scene.now() + *pause));
        scene.pass(*pause - Duration::from_millis(1));
        assert_eq!(claim().await.unwrap(), []);
        scene.pass(Duration::from_millis(1));
        assert_eq!(claim().await.unwrap()[0].0.tries, n + 1);
    }
    let last = RETRY_AFTER.len() as u32 + 1;
    assert_eq!(record(last, failed).await.unwrap().state, DeliveryState::Dead);
    scene.pass(RETRY_AFTER[6]);
    assert_eq!(claim().await.unwrap(), []);

    let replay = |account| scene.db.replay_delivery(account, to.id, event.clone(), scene.now());
    assert_eq!(replay(scene.bare_account().await).await, Err(DatabaseError::NotFound(Noun::Delivery)));
    assert_eq!(replay(ann).await.unwrap().state, DeliveryState::Pending);
    assert_eq!(claim().await.unwrap()[0].0.tries, 1);
    let done = record(1, delivered).await.unwrap();
    assert_eq!((done.state, done.status), (DeliveryState::Delivered, Some(204)));
    assert_eq!(record(1, failed).await.unwrap().state, DeliveryState::Delivered, "what arrived, arrived");
    scene.pass(RETRY_AFTER[6]);
    assert_eq!(claim().await.unwrap(), []);
}
