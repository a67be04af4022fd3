//! Consent: the gate holds in the database too.

use domain::consent::{Consent, ConsentMissing, Purpose};
use domain::digest::Digest;
use domain::generation::State;
use domain::ids::ConsentId;
use domain::object_key::ObjectKey;
use domain::policy::{Policy, PolicyVersion};
use domain::ports::database::{Conflict, DatabaseError, NewAttempt, Noun};

use super::{LEASE, Scene, service};

/// A photo needs the consent of its own account, to that very purpose.
pub async fn no_photo_is_kept_without_consent(scene: &Scene) {
    let (ann, ben) = (scene.bare_account().await, scene.account().await);
    scene.consent(ann, Purpose::SendTo(service("some-service"))).await;
    let refused = scene.db.add_photo(scene.new_photo(ann)).await;
    assert_eq!(refused, Err(ConsentMissing(Purpose::KeepPhotos).into()));
    scene.consent(ann, Purpose::KeepPhotos).await;
    let photo = scene.new_photo(ann);
    assert_eq!(scene.db.add_photo(photo.clone()).await.unwrap(), photo);
    assert_eq!(scene.db.add_photo(photo.clone()).await.unwrap(), photo, "asked twice");
    let other = domain::photo::Photo { digest: scene.digest(), ..photo.clone() };
    assert_eq!(scene.db.add_photo(other).await, Err(Conflict::IdReused.into()));
    let foreign = scene.db.photo(ben, photo.id, scene.now()).await;
    assert_eq!(foreign, Err(DatabaseError::NotFound(Noun::Photo)));
    assert_eq!(
        scene.db.delete_photo(ben, photo.id, scene.now()).await,
        Err(DatabaseError::NotFound(Noun::Photo))
    );
}

/// Without the consent to keep photos everything stops: queued and running work is cancelled and paid back, photos go.
pub async fn a_withdrawn_consent_ends_work_and_deletes_photos(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let running = scene.start(ann).await;
    let claimed = scene.claim_one().await;
    let queued = scene.start(ann).await;
    let untouched = scene.start(ben).await;
    scene.pass(LEASE / 2);
    let withdrawal = scene.db.withdraw_consent(ann, Purpose::KeepPhotos, scene.now()).await.unwrap();
    let mut cancelled = withdrawal.cancelled;
    cancelled.sort();
    assert_eq!((cancelled, withdrawal.photos), (vec![running.id, queued.id], 2));
    assert_eq!(scene.balance(ann).await, 100);
    assert_eq!(scene.db.add_image(claimed.lease, scene.new_image(1)).await, Err(DatabaseError::LeaseLost));
    assert_eq!(scene.db.pending_deletions(None, 10).await.unwrap().len(), 2);
    assert_eq!(scene.db.generation(ben, untouched.id).await.unwrap().generation.state, State::Queued);
    let consents = scene.db.list_consents(ann).await.unwrap();
    assert_eq!(consents[0].withdrawn_at, Some(scene.now()), "that it was given and withdrawn stays known");
    let refused = scene.db.add_photo(scene.new_photo(ann)).await;
    assert_eq!(refused, Err(ConsentMissing(Purpose::KeepPhotos).into()));
    scene.books_balance().await;
    // It can be given again.
    scene.consent(ann, Purpose::KeepPhotos).await;
    let photo = scene.photo(ann).await;
    let pending = scene.db.pending_deletions(None, 10).await.unwrap();
    assert!(!pending.contains(&ObjectKey::Upload(ann, photo)));
}

/// The gate is asked when an attempt begins, not only when the generation was started.
pub async fn nothing_is_sent_without_consent_at_that_moment(scene: &Scene) {
    let ann = scene.account().await;
    let purpose = Purpose::SendTo(service("some-service"));
    scene.start(ann).await;
    let lease = scene.claim_one().await.lease;
    let attempt = |number, to: Option<&str>| NewAttempt {
        number,
        provider: "p".into(),
        model: "m".into(),
        prompt: "a portrait".into(),
        send_to: to.map(service),
        fallback: false,
    };
    let begin = |attempt| scene.db.begin_attempt(lease, attempt, scene.now());
    let missing = Err(ConsentMissing(purpose.clone()).into());
    assert_eq!(begin(attempt(1, Some("some-service"))).await, missing);
    begin(attempt(1, None)).await.expect("what stays here needs no consent to send");
    scene.consent(ann, purpose.clone()).await;
    begin(attempt(2, Some("some-service"))).await.unwrap();
    assert!(begin(attempt(3, Some("another-service"))).await.is_err(), "each service for itself");
    scene.db.withdraw_consent(ann, purpose, scene.now()).await.unwrap();
    assert_eq!(begin(attempt(3, Some("some-service"))).await, missing);
    let attempts = scene.db.list_attempts(ann, lease.generation).await.unwrap();
    assert_eq!(attempts.len(), 2, "what was refused was not written down as sent");
}

/// A version can't be given to another text, and a consent not to a text that nobody published.
pub async fn a_version_of_the_policy_names_one_text(scene: &Scene) {
    let ann = scene.bare_account().await;
    let version = scene.policy().await;
    scene.policy().await;
    let policy = Policy {
        version: PolicyVersion { digest: Digest::new([9; 32]), ..version.clone() },
        text: "We sell it.".into(),
        published_at: scene.now(),
    };
    assert_eq!(scene.db.publish_policy(policy.clone()).await, Err(Conflict::PolicyChanged.into()));
    assert_eq!(scene.db.list_policies().await.unwrap().len(), 1);
    let consent = Consent {
        id: scene.id(ConsentId::new),
        account: ann,
        purpose: Purpose::KeepPhotos,
        policy: policy.version,
        given_at: scene.now(),
        withdrawn_at: None,
    };
    let refused = scene.db.record_consent(consent.clone()).await;
    assert_eq!(refused, Err(DatabaseError::NotFound(Noun::Policy)));
    let consent = Consent { policy: version, ..consent };
    scene.db.record_consent(consent.clone()).await.unwrap();
    assert_eq!(scene.db.record_consent(consent.clone()).await.unwrap(), consent);
    assert_eq!(scene.db.list_consents(ann).await.unwrap(), [consent]);
}
