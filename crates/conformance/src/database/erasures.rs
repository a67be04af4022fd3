//! Erasure: nothing is left but a receipt.

use domain::alias::Alias;
use domain::consent::Purpose;
use domain::ids::{AccountId, ApiKeyId, EndpointId, ErasureId};
use domain::object_key::ObjectKey;
use domain::ports::database::{Conflict, DatabaseError, NewAttempt, Noun, PaymentNews};
use domain::purchase::{Fact, Payment};
use domain::subscription::{Subscription, SubscriptionState};
use domain::time::DAY;
use domain::webhook::{WebhookEndpoint, WebhookSecret};

use super::{Scene, service};

/// Gives an account something in every corner; the number of objects it has.
pub(super) async fn furnish(scene: &Scene, account: AccountId) -> usize {
    scene.consent(account, Purpose::SendTo(service("some-service"))).await;
    let endpoint = WebhookEndpoint {
        id: scene.id(EndpointId::new),
        account,
        url: format!("https://example.org/{account}"),
        secret: WebhookSecret::new("whsec_x".into()),
        created_at: scene.now(),
    };
    scene.db.add_endpoint(endpoint).await.unwrap();
    scene.succeeded(account).await;
    let key = domain::api_key::ApiKey {
        id: scene.id(ApiKeyId::new),
        account,
        name: "k".into(),
        hint: "cs_".into(),
        scopes: Default::default(),
        created_at: scene.now(),
        used_at: None,
        expires_at: None,
        revoked_at: None,
    };
    scene.db.create_api_key(key, scene.secret()).await.unwrap();
    super::brands::keep(scene, account).await;
    scene.db.offer_reset(account, scene.secret(), scene.now() + DAY).await.unwrap();
    scene.buy(account, &format!("purchase-{}", scene.digest()), 5).await;
    for name in ["one", "two"] {
        let alias = Alias::new(service(name), format!("id-of-{account}")).unwrap();
        scene.db.set_alias(account, alias, scene.now()).await.unwrap();
    }
    let subscription = Subscription {
        id: format!("subscription-of-{account}"),
        account,
        state: SubscriptionState::Active,
        paid_until: scene.now() + DAY,
        ends: false,
        as_of: scene.now(),
    };
    scene.hear(PaymentNews::Subscription(subscription)).await.unwrap();
    scene.start(account).await;
    let lease = scene.claim_one().await.lease;
    let attempt = NewAttempt {
        number: 1,
        provider: "p".into(),
        model: "m".into(),
        prompt: "of a person".into(),
        send_to: None,
        fallback: false,
    };
    scene.db.begin_attempt(lease, attempt, scene.now()).await.unwrap();
    // A photo deleted before: its object is still there.
    let photo = scene.photo(account).await;
    scene.db.delete_photo(account, photo, scene.now()).await.unwrap();
    2 + 2 * 2 + 1
}

/// After the erasure no table knows the account's id, address or name; the receipt counts what went; others are untouched.
pub async fn nothing_is_left_but_the_receipt(scene: &Scene) {
    let ben = scene.account().await;
    let new = scene.new_account();
    let ann = scene.db.create_account(new.clone()).await.unwrap().id;
    scene.consent(ann, Purpose::KeepPhotos).await;
    scene.grant(ann, 100).await;
    scene.succeeded(ben).await;
    let before = scene.db.export_account(ben).await.unwrap();
    let objects = furnish(scene, ann).await;
    assert!(scene.db.search_everywhere(ann.to_string()).await.unwrap().len() > 10, "she was everywhere");

    let id = scene.id(ErasureId::new);
    let erasure = scene.db.erase_account(ann, id, scene.now()).await.unwrap();
    assert_eq!(erasure.counts.objects as usize, objects);
    let counts = erasure.counts;
    assert_eq!((counts.photos, counts.generations, counts.images), (2, 2, 2));
    assert_eq!((counts.consents, counts.credentials, counts.webhooks), (2, 1, 2));
    assert_eq!((counts.entries, counts.usage, counts.payments_kept), (5, 2, 1));
    assert_eq!(scene.db.account(ann).await, Err(DatabaseError::NotFound(Noun::Account)));
    assert_eq!(scene.db.find_for_sign_in(new.email.clone()).await.unwrap(), None);

    let open = scene.db.complete_erasure(id, scene.now()).await;
    assert_eq!(open, Err(Conflict::ObjectsRemain.into()));
    let keys = scene.db.pending_deletions(Some(id), 100).await.unwrap();
    assert_eq!(keys.len(), objects);
    assert!(keys.iter().all(|key| key.account() == ann));
    scene.db.confirm_deletions(keys).await.unwrap();
    let open = scene.db.complete_erasure(id, scene.now()).await;
    assert_eq!(open, Err(Conflict::ObjectsRemain.into()), "the services have to be told");
    let farewells = scene.db.farewells(id).await.unwrap();
    assert_eq!(scene.db.farewells(scene.id(ErasureId::new)).await.unwrap(), []);
    assert_eq!(farewells.iter().map(|alias| alias.service.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    for alias in farewells {
        scene.db.confirm_farewell(alias.clone()).await.unwrap();
        scene.db.confirm_farewell(alias).await.unwrap();
    }
    let receipt = scene.db.complete_erasure(id, scene.now()).await.unwrap();
    assert_eq!((receipt.account, receipt.completed_at, receipt.counts), (None, Some(scene.now()), counts));
    for text in [ann.to_string(), new.email.as_str().into(), new.name] {
        assert_eq!(scene.db.search_everywhere(text).await.unwrap(), Vec::<String>::new());
    }
    assert_eq!(scene.db.erasure(id).await.unwrap(), receipt);
    assert_eq!(scene.db.export_account(ben).await.unwrap(), before);
    let payments = scene.db.list_payments(scene.now() - DAY, scene.now() + DAY).await.unwrap();
    assert_eq!((payments.len(), payments[0].account), (1, None), "the books keep the sum, not the person");
    let kept = scene.db.purchase(payments[0].purchase.clone()).await.unwrap().unwrap();
    assert_eq!((kept.account, kept.payment), (None, Payment::Paid));
    let late = scene.news(ann, &kept.key, 5, Fact::Refunded(100));
    let heard = scene.hear(late).await.unwrap();
    assert_eq!((heard.moved, heard.unclaimed), (vec![], vec![kept.key.clone()]), "it stays nobody's");
    assert_eq!(scene.db.search_everywhere(ann.to_string()).await.unwrap(), Vec::<String>::new());
    assert_eq!(scene.db.purchase(kept.key).await.unwrap().unwrap().refunded, 100);
    scene.books_balance().await;
}

/// An erasure that was interrupted is found again, and each step can be repeated.
pub async fn an_erasure_can_be_taken_up_again(scene: &Scene) {
    scene.bare_account().await;
    let ann = scene.account().await;
    let photo = scene.photo(ann).await;
    let other = scene.account().await;
    let kept = scene.photo(other).await;
    scene.db.delete_photo(other, kept, scene.now()).await.unwrap();
    let id = scene.id(ErasureId::new);
    let first = scene.db.erase_account(ann, id, scene.now()).await.unwrap();
    assert_eq!(scene.db.erase_account(ann, id, scene.now()).await.unwrap(), first, "asked twice");
    assert_eq!(scene.db.open_erasures().await.unwrap(), [first]);
    let keys = scene.db.pending_deletions(Some(id), 100).await.unwrap();
    assert_eq!(keys, [ObjectKey::Upload(ann, photo)], "only what belongs to it");
    scene.db.confirm_deletions(keys).await.unwrap();
    let receipt = scene.db.complete_erasure(id, scene.now()).await.unwrap();
    scene.pass(DAY);
    assert_eq!(scene.db.complete_erasure(id, scene.now()).await.unwrap(), receipt);
    assert_eq!(scene.db.open_erasures().await.unwrap(), []);
    assert_eq!(scene.db.pending_deletions(None, 9).await.unwrap(), [ObjectKey::Upload(other, kept)]);
    let nobody = scene.db.erase_account(ann, scene.id(ErasureId::new), scene.now()).await;
    assert_eq!(nobody, Err(DatabaseError::NotFound(Noun::Account)));
    let unknown = scene.db.erasure(scene.id(ErasureId::new)).await;
    assert_eq!(unknown, Err(DatabaseError::NotFound(Noun::Erasure)));
}

/// A worker in the middle of it learns that the work is lost, and the queue forgets the account.
pub async fn work_in_hand_is_lost_to_an_erasure(scene: &Scene) {
    scene.bare_account().await;
    let ann = scene.account().await;
    scene.start(ann).await;
    let lease = scene.claim_one().await.lease;
    scene.start(ann).await;
    scene.db.erase_account(ann, scene.id(ErasureId::new), scene.now()).await.unwrap();
    assert_eq!(scene.db.add_image(lease, scene.new_image(1)).await, Err(DatabaseError::LeaseLost));
    assert_eq!(scene.db.heartbeat(lease, 1, scene.now()).await, Err(DatabaseError::LeaseLost));
    scene.pass(DAY);
    assert_eq!(scene.claim(5).await, []);
    assert_eq!(scene.db.totals().await.unwrap().generations, Default::default());
    let refused = scene.db.add_photo(scene.new_photo(ann)).await;
    assert_eq!(refused, Err(DatabaseError::NotFound(Noun::Account)));
}
