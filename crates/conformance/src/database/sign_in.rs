//! Signing in: sessions, passwords, reset links, API keys, and guessing.

use std::time::Duration;

use domain::account::PasswordHash;
use domain::api_key::{ApiKey, Scope};
use domain::ids::{AccountId, ApiKeyId, SessionId};
use domain::ports::database::{DatabaseError, Noun};
use domain::session::Session;
use domain::throttle::{ThrottleKey, ThrottleRule, Throttled};

use super::Scene;

const HOUR: Duration = Duration::from_secs(3600);

fn session(scene: &Scene, account: AccountId) -> Session {
    Session {
        id: scene.id(SessionId::new),
        account,
        device: "a browser".into(),
        created_at: scene.now(),
        used_at: scene.now(),
        expires_at: scene.now() + HOUR,
        sign_in: None,
    }
}

/// A session is found by its secret until it expires or is ended; use prolongs it; nobody ends another's.
pub async fn a_session_opens_until_it_ends(scene: &Scene) {
    let (ann, ben) = (scene.bare_account().await, scene.bare_account().await);
    let (opened, secret) = (session(scene, ann), scene.secret());
    scene.db.open_session(opened.clone(), secret).await.unwrap();
    assert_eq!(scene.db.open_session(opened.clone(), secret).await.unwrap(), opened, "asked twice");
    let (found, account) = scene.db.find_session(secret, scene.now()).await.unwrap().unwrap();
    assert_eq!((found, account.id), (opened.clone(), ann));
    assert_eq!(scene.db.find_session(scene.secret(), scene.now()).await.unwrap(), None);

    scene.pass(HOUR / 2);
    scene.db.touch_session(opened.id, scene.now(), scene.now() + HOUR).await.unwrap();
    scene.pass(HOUR - Duration::from_millis(1));
    assert!(scene.db.find_session(secret, scene.now()).await.unwrap().is_some());
    scene.pass(Duration::from_millis(1));
    assert_eq!(scene.db.find_session(secret, scene.now()).await.unwrap(), None, "it is over at its end");
    assert_eq!(scene.db.list_sessions(ann, scene.now()).await.unwrap(), []);
    let revived = scene.db.touch_session(opened.id, scene.now(), scene.now() + HOUR).await;
    assert_eq!(revived, Err(DatabaseError::NotFound(Noun::Session)), "what is over is not prolonged");

    let (second, secret) = (session(scene, ann), scene.secret());
    scene.db.open_session(second.clone(), secret).await.unwrap();
    let foreign = scene.db.end_session(ben, second.id).await;
    assert_eq!(foreign, Err(DatabaseError::NotFound(Noun::Session)));
    scene.db.end_session(ann, second.id).await.unwrap();
    assert_eq!(scene.db.find_session(secret, scene.now()).await.unwrap(), None);
}

/// Changing the password keeps the session in which it was done, and ends the others.
pub async fn a_new_password_ends_the_other_sessions(scene: &Scene) {
    let account = scene.new_account();
    let (ann, ben) = (scene.db.create_account(account.clone()).await.unwrap().id, scene.bare_account().await);
    let mut opened = Vec::new();
    for owner in [ann, ann, ann, ben] {
        let (session, secret) = (session(scene, owner), scene.secret());
        scene.db.open_session(session.clone(), secret).await.unwrap();
        opened.push((session.id, secret));
    }
    let hash = PasswordHash::new("$argon2id$new".into());
    scene.db.set_password(ann, hash.clone(), Some(opened[1].0)).await.unwrap();
    let mut open = Vec::new();
    for (_, secret) in &opened {
        open.push(scene.db.find_session(*secret, scene.now()).await.unwrap().is_some());
    }
    assert_eq!(open, [false, true, false, true]);
    let found = scene.db.find_for_sign_in(account.email).await.unwrap().unwrap();
    assert_eq!(found.password, Some(hash));
    assert_eq!(scene.db.end_sessions(ann, None).await.unwrap(), 1);
    assert_eq!(scene.db.end_sessions(ann, None).await.unwrap(), 0);
}

/// A reset link works once, before it expires, and only the newest one does.
pub async fn a_reset_link_works_once_and_not_too_late(scene: &Scene) {
    let ann = scene.bare_account().await;
    let hash = || PasswordHash::new("$argon2id$reset".into());
    let not_found = Err(DatabaseError::NotFound(Noun::Reset));
    let (older, newer) = (scene.secret(), scene.secret());
    scene.db.offer_reset(ann, older, scene.now() + HOUR).await.unwrap();
    scene.db.offer_reset(ann, newer, scene.now() + HOUR).await.unwrap();
    assert_eq!(scene.db.use_reset(older, hash(), scene.now()).await, not_found);
    let (open, secret) = (session(scene, ann), scene.secret());
    scene.db.open_session(open, secret).await.unwrap();
    assert_eq!(scene.db.use_reset(newer, hash(), scene.now()).await, Ok(ann));
    assert_eq!(scene.db.find_session(secret, scene.now()).await.unwrap(), None, "every session ends");
    assert_eq!(scene.db.use_reset(newer, hash(), scene.now()).await, not_found);
    scene.db.offer_reset(ann, older, scene.now() + HOUR).await.unwrap();
    scene.pass(HOUR);
    assert_eq!(scene.db.use_reset(older, hash(), scene.now()).await, not_found);
    let nobody = scene.id(AccountId::new);
    let offered = scene.db.offer_reset(nobody, scene.secret(), scene.now()).await;
    assert_eq!(offered, Err(DatabaseError::NotFound(Noun::Account)));
}

/// A key is found by its secret until its end or its revocation, the first of which counts.
pub async fn an_api_key_opens_until_it_is_revoked_or_expires(scene: &Scene) {
    let (ann, ben) = (scene.bare_account().await, scene.bare_account().await);
    let key = |expires_at| ApiKey {
        id: scene.id(ApiKeyId::new),
        account: ann,
        name: "my script".into(),
        hint: "cs_1234".into(),
        scopes: [Scope::Photos, Scope::ImagesRead].into_iter().collect(),
        created_at: scene.now(),
        used_at: None,
        expires_at,
        revoked_at: None,
    };
    let (lasting, lasting_secret) = (key(None), scene.secret());
    let (short, short_secret) = (key(Some(scene.now() + HOUR)), scene.secret());
    scene.db.create_api_key(lasting.clone(), lasting_secret).await.unwrap();
    scene.db.create_api_key(short.clone(), short_secret).await.unwrap();
    let (found, account) = scene.db.find_api_key(short_secret, scene.now()).await.unwrap().unwrap();
    assert_eq!((found, account.id), (short.clone(), ann));
    scene.db.touch_api_key(lasting.id, scene.now()).await.unwrap();
    scene.pass(HOUR);
    assert_eq!(scene.db.find_api_key(short_secret, scene.now()).await.unwrap(), None);

    let foreign = scene.db.revoke_api_key(ben, lasting.id, scene.now()).await;
    assert_eq!(foreign, Err(DatabaseError::NotFound(Noun::ApiKey)));
    let revoked = scene.db.revoke_api_key(ann, lasting.id, scene.now()).await.unwrap();
    assert_eq!(revoked.revoked_at, Some(scene.now()));
    scene.pass(HOUR);
    assert_eq!(scene.db.revoke_api_key(ann, lasting.id, scene.now()).await.unwrap(), revoked);
    assert_eq!(scene.db.find_api_key(lasting_secret, scene.now()).await.unwrap(), None);
    assert_eq!(scene.db.list_api_keys(ann).await.unwrap(), [short, revoked]);
    assert_eq!(scene.db.list_api_keys(ben).await.unwrap(), []);
}

/// Tries beyond the rule wait for the window's end; a right one forgets them.
pub async fn guessing_has_to_wait(scene: &Scene) {
    let rule = ThrottleRule { tries: 2, window: HOUR };
    let (key, other) = (ThrottleKey(scene.digest()), ThrottleKey(scene.digest()));
    let until = scene.now() + HOUR;
    for expected in [Throttled::No, Throttled::No, Throttled::Until(until), Throttled::Until(until)] {
        assert_eq!(scene.db.count_try(key, rule, scene.now()).await.unwrap(), expected);
    }
    assert_eq!(scene.db.count_try(other, rule, scene.now()).await.unwrap(), Throttled::No);
    scene.db.clear_tries(key).await.unwrap();
    assert_eq!(scene.db.count_try(key, rule, scene.now()).await.unwrap(), Throttled::No);
    scene.db.count_try(key, rule, scene.now()).await.unwrap();
    scene.pass(HOUR);
    assert_eq!(scene.db.count_try(key, rule, scene.now()).await.unwrap(), Throttled::No);
}
