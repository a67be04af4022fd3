//! People whom an outside identity vouches for, and what counts once.

use std::time::Duration;

use domain::account::Role;
use domain::alias::Alias;
use domain::api_key::ApiKey;
use domain::ids::{AccountId, ApiKeyId, EndpointId, SessionId};
use domain::once::OnceKey;
use domain::ports::database::{Arrival, Conflict, DatabaseError, Noun, Welcome};
use domain::session::Session;
use domain::time::DAY;
use domain::webhook::{WebhookEndpoint, WebhookSecret};

use super::{Scene, service};

fn arrival(scene: &Scene, id: &str, email: Option<&str>) -> Arrival {
    Arrival {
        alias: Alias::new(service("outside"), id).unwrap(),
        verified_email: email.map(|email| email.parse().unwrap()),
        name: format!("Name of {id}"),
        as_of: scene.now(),
        new: Some(scene.id(AccountId::new)),
        unless: OnceKey::new("gone", id),
        now: scene.now(),
    }
}

/// The first arrival makes an account, the next ones find it; newer news changes name and address, older does not.
pub async fn somebody_vouched_for_gets_one_account(scene: &Scene) {
    let first = scene.db.take_in(arrival(scene, "u1", Some("u1@example.org"))).await.unwrap();
    assert_eq!((first.how, first.account.role), (Welcome::New, Role::Admin), "the first of the installation");
    let old = arrival(scene, "u1", Some("old@example.org"));
    scene.pass(DAY);
    let again = scene.db.take_in(arrival(scene, "u1", Some("new@example.org"))).await.unwrap();
    assert_eq!((again.how, again.account.id), (Welcome::Known, first.account.id));
    assert_eq!(again.account.email.as_str(), "new@example.org");
    let late = Arrival { now: scene.now(), ..old };
    assert_eq!(scene.db.take_in(late).await.unwrap().account, again.account, "older news is dropped");
    let unverified = scene.db.take_in(arrival(scene, "u1", None)).await.unwrap();
    assert_eq!(unverified.account.email.as_str(), "new@example.org");

    let second = scene.db.take_in(arrival(scene, "u2", Some("u2@example.org"))).await.unwrap();
    assert_eq!(second.account.role, Role::Member);
    scene.pass(DAY);
    let taken = scene.db.take_in(arrival(scene, "u2", Some("new@example.org"))).await.unwrap();
    assert_eq!(taken.account.email.as_str(), "u2@example.org", "the address is another's: it stays there");
    let alias = Alias::new(service("outside"), "u1").unwrap();
    assert_eq!(scene.db.find_alias(alias).await.unwrap().map(|account| account.id), Some(first.account.id));
    let elsewhere = Alias::new(service("elsewhere"), "u1").unwrap();
    assert_eq!(scene.db.find_alias(elsewhere).await.unwrap(), None);
}

/// Nobody comes in by an address that was not verified, that somebody else came in by, or when nobody new may.
pub async fn nobody_is_taken_in_by_a_doubtful_address(scene: &Scene) {
    let ann = scene.db.take_in(arrival(scene, "ann", Some("ann@example.org"))).await.unwrap();
    let refused = scene.db.take_in(arrival(scene, "eve", None)).await;
    assert_eq!(refused, Err(Conflict::EmailUnverified.into()));
    let refused = scene.db.take_in(arrival(scene, "eve", Some("ann@example.org"))).await;
    assert_eq!(refused, Err(Conflict::EmailTaken.into()));
    let closed = Arrival { new: None, ..arrival(scene, "eve", Some("eve@example.org")) };
    assert_eq!(scene.db.take_in(closed).await, Err(Conflict::NoNewAccounts.into()));
    let known = Arrival { new: None, ..arrival(scene, "ann", None) };
    assert_eq!(scene.db.take_in(known).await.unwrap().account.id, ann.account.id);
}

/// A local account is moved by its verified address, and whatever opened it before opens it no more.
pub async fn a_local_account_moves_by_its_verified_address(scene: &Scene) {
    scene.bare_account().await;
    let new = scene.new_account();
    let ann = scene.db.create_account(new.clone()).await.unwrap().id;
    scene.grant(ann, 40).await;
    let (cookie, key, reset) = (scene.secret(), scene.secret(), scene.secret());
    let session = Session {
        id: scene.id(SessionId::new),
        account: ann,
        device: "a browser".into(),
        created_at: scene.now(),
        used_at: scene.now(),
        expires_at: scene.now() + DAY,
        sign_in: None,
    };
    scene.db.open_session(session, cookie).await.unwrap();
    let api_key = ApiKey {
        id: scene.id(ApiKeyId::new),
        account: ann,
        name: "k".into(),
        hint: "cs_".into(),
        scopes: Default::default(),
        created_at: scene.now(),
        used_at: None,
        expires_at: None,
        revoked_at: None,
    };
    scene.db.create_api_key(api_key, key).await.unwrap();
    scene.db.offer_reset(ann, reset, scene.now() + DAY).await.unwrap();
    let endpoint = WebhookEndpoint {
        id: scene.id(EndpointId::new),
        account: ann,
        url: "https://example.org/".into(),
        secret: WebhookSecret::new("whsec_x".into()),
        created_at: scene.now(),
    };
    scene.db.add_endpoint(endpoint).await.unwrap();

    let unverified = scene.db.take_in(arrival(scene, "ann", None)).await;
    assert_eq!(unverified, Err(Conflict::EmailUnverified.into()));
    assert!(scene.db.find_session(cookie, scene.now()).await.unwrap().is_some(), "nothing happened");
    // Moving is not making a new account.
    let moving = Arrival { new: None, ..arrival(scene, "ann", Some(new.email.as_str())) };
    let moved = scene.db.take_in(moving).await.unwrap();
    assert_eq!((moved.how, moved.account.id), (Welcome::Moved, ann));
    assert_eq!(scene.balance(ann).await, 40);
    assert_eq!(scene.db.find_for_sign_in(new.email.clone()).await.unwrap().unwrap().password, None);
    assert_eq!(scene.db.find_session(cookie, scene.now()).await.unwrap(), None);
    assert_eq!(scene.db.find_api_key(key, scene.now()).await.unwrap(), None);
    let used = scene.db.use_reset(reset, new.password.unwrap(), scene.now()).await;
    assert_eq!(used, Err(DatabaseError::NotFound(Noun::Reset)));
    assert_eq!(scene.db.list_endpoints(ann).await.unwrap(), []);
    let again = scene.db.take_in(arrival(scene, "ann", None)).await.unwrap();
    assert_eq!((again.how, again.account.id), (Welcome::Known, ann));
}

/// Who was noted as gone is not taken in, not even as new.
pub async fn who_is_gone_does_not_come_back_by_late_news(scene: &Scene) {
    let gone = arrival(scene, "u1", Some("u1@example.org"));
    assert!(scene.db.note_once(gone.unless, scene.now(), scene.now() + DAY).await.unwrap());
    assert_eq!(scene.db.take_in(gone).await, Err(DatabaseError::NotFound(Noun::Account)));
    scene.pass(DAY);
    assert!(scene.db.take_in(arrival(scene, "u1", Some("u1@example.org"))).await.is_ok());
}

/// What counts once counts once, also when it comes twenty times at the same moment, and anew when it is over.
pub async fn what_counts_once_is_noted_once(scene: &Scene) {
    let (key, other) = (OnceKey::new("token", "1"), OnceKey::new("token", "2"));
    let until = scene.now() + DAY;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (db, now) = (std::sync::Arc::clone(&scene.db), scene.now());
        tries.spawn(async move { db.note_once(key, now, until).await.unwrap() });
    }
    assert_eq!(tries.join_all().await.into_iter().filter(|first| *first).count(), 1);
    assert!(scene.db.is_noted(key, scene.now()).await.unwrap());
    assert!(!scene.db.is_noted(other, scene.now()).await.unwrap());
    scene.pass(DAY - Duration::from_millis(1));
    assert!(!scene.db.note_once(key, scene.now(), scene.now() + DAY).await.unwrap());
    scene.pass(Duration::from_millis(1));
    assert!(!scene.db.is_noted(key, scene.now()).await.unwrap());
    assert!(scene.db.note_once(key, scene.now(), scene.now() + DAY).await.unwrap());
    scene.pass(DAY);
    assert_eq!(scene.db.tidy(scene.now()).await.unwrap(), 1);
}

/// Sessions that stand on a sign-in elsewhere end with it, and only they.
pub async fn a_sign_in_that_ends_elsewhere_ends_its_sessions(scene: &Scene) {
    let (ann, ben) = (scene.bare_account().await, scene.bare_account().await);
    let mut secrets = Vec::new();
    for (account, sign_in) in [(ann, Some("s1")), (ann, Some("s1")), (ann, Some("s2")), (ben, None)] {
        let session = Session {
            id: scene.id(SessionId::new),
            account,
            device: "a browser".into(),
            created_at: scene.now(),
            used_at: scene.now(),
            expires_at: scene.now() + DAY,
            sign_in: sign_in.map(str::to_owned),
        };
        secrets.push(scene.secret());
        let opened = scene.db.open_session(session.clone(), secrets[secrets.len() - 1]).await.unwrap();
        assert_eq!(opened, session);
    }
    assert_eq!(scene.db.end_sign_in("s1".into()).await.unwrap(), 2);
    assert_eq!(scene.db.end_sign_in("s1".into()).await.unwrap(), 0);
    let mut open = Vec::new();
    for secret in secrets {
        open.push(scene.db.find_session(secret, scene.now()).await.unwrap().is_some());
    }
    assert_eq!(open, [false, false, true, true]);
}
