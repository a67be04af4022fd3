//! A bucket that can't be reached, is slow, fails, breaks off or knows our key no more: nothing half-written is ever shown,
//! nothing is lost, and the error says whose turn it is.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::object_key::ObjectClass;
use domain::ports::objects::{ObjectPrefix, Objects, ObjectsError, Turn};
use domain::time::DAY;
use futures_util::StreamExt;
use standins::{Fault, Mix};
use storage::{Bucket, Patience};

use crate::support::*;

fn error(status: u16, code: &str) -> Fault {
    Fault::status(status, format!("<Error><Code>{code}</Code></Error>"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_can_t_be_reached_is_not_available_and_says_no_address() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let bucket = Bucket::new(&config(&format!("http://{nobody}"), standins::s3::ADMIN)).unwrap();
    let key = photo();
    let errors = [
        bucket.put(new(key), body(b"a face")).await.map(drop).unwrap_err(),
        bucket.get(key, None, now()).await.map(drop).unwrap_err(),
        bucket.head(key, now()).await.map(drop).unwrap_err(),
        bucket.delete(key).await.unwrap_err(),
        bucket.delete_prefix(ObjectPrefix::Class(ObjectClass::Upload)).await.map(drop).unwrap_err(),
        bucket.list(ObjectPrefix::Class(ObjectClass::Upload), None, 10).await.map(drop).unwrap_err(),
        bucket.clear_unfinished(now()).await.map(drop).unwrap_err(),
        bucket.health().await.map(drop).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.turn(), Turn::Retry);
        let told = format!("{error} {error:?}");
        assert!(!told.contains("Signature") && !told.contains("Credential"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_never_answers_is_given_up() {
    let scene = Scene::new().await;
    let patience = Patience {
        silence: Duration::from_millis(100),
        pause: Duration::from_millis(1),
        tries: 2,
        ..Patience::default()
    };
    let bucket =
        Bucket::new(&storage::BucketConfig { patience, ..config(&scene.server.url(), standins::s3::ADMIN) })
            .unwrap();
    scene.server.faults().always(Fault::Hang);
    let error = bucket.put(new(photo()), body(b"a face")).await.unwrap_err();
    assert_eq!(error.turn(), Turn::Retry);
    assert!(bucket.health().await.is_err());
    assert_eq!(scene.server.faults().disturbed(), 4, "each was tried twice");
    scene.server.faults().clear();
    assert!(scene.s3.objects().is_empty());
    bucket.put(new(photo()), body(b"a face")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_passes_is_not_noticed() {
    let scene = Scene::new().await;
    for fault in [
        error(500, "InternalError"),
        error(503, "SlowDown"),
        error(429, "TooManyRequests"),
        error(408, "RequestTimeout"),
        error(200, "InternalError"),
        Fault::Garbage,
        Fault::Lost,
        Fault::Cut,
    ] {
        for length in [10, 6_000_000] {
            let (key, bytes) = (photo(), picture(length));
            // Garbage and an error with status 200 are seen where a document is expected, so not for every request.
            let every_second = AtomicU32::new(0);
            let (fault, again) = (
                fault.clone(),
                matches!(fault, Fault::Garbage)
                    || matches!(&fault, Fault::Answer { status, .. } if status.is_success()),
            );
            scene.server.faults().by(move |method, path| {
                let documented = method == "POST" || path.ends_with(standins::s3::BUCKET);
                let now = every_second.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
                (now && (!again || documented)).then(|| fault.clone())
            });
            scene.put(new(key), &bytes).await.unwrap();
            assert!(scene.get(key).await.unwrap() == bytes);
            let listed =
                scene.bucket.list(ObjectPrefix::Class(ObjectClass::Upload), None, 1000).await.unwrap();
            assert!(listed.objects.iter().any(|object| object.key == key));
            scene.bucket.delete(key).await.unwrap();
            scene.server.faults().clear();
        }
    }
    // An upload whose beginning was not heard of is begun again; the first is cleared away once it is old.
    scene.bucket.clear_unfinished(now() + DAY).await.unwrap();
    assert_eq!((scene.s3.unfinished(), scene.s3.objects().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_faults_by_chance_an_object_is_there_whole_or_not_at_all() {
    for seed in 0..6 {
        let scene = Scene::new().await;
        let faults = vec![error(500, "InternalError"), Fault::Lost, Fault::Cut, error(503, "SlowDown")];
        scene.server.faults().mix(Mix { per_mille: 450, faults, seed });
        let mut sure = Vec::new();
        for length in [100, 6_000_000, 50_000, 0, 11_000_000] {
            let (key, bytes) = (photo(), picture(length));
            match scene.put(new(key), &bytes).await {
                Ok(()) => sure.push(key),
                Err(error) => assert_eq!(error.turn(), Turn::Retry, "{error}"),
            }
            match scene.get(key).await {
                Ok(read) => assert!(read == bytes, "what is shown is whole"),
                Err(ObjectsError::NotFound(_)) => {
                    assert!(!sure.contains(&key), "what was acknowledged is lost")
                }
                Err(error) => assert_eq!(error.turn(), Turn::Retry, "{error}"),
            }
        }
        scene.server.faults().clear();
        for key in sure {
            assert!(scene.get(key).await.is_ok());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_is_taken_up_again_where_its_connection_broke() {
    let scene = Scene::new().await;
    let (key, bytes) = (photo(), picture(3_000_000));
    scene.put(new(key), &bytes).await.unwrap();
    scene.server.faults().next([Some(Fault::Cut), Some(Fault::Cut), Some(error(500, "InternalError"))]);
    assert!(scene.get(key).await.unwrap() == bytes);
    let asked = scene.server.asked().iter().filter(|asked| asked.method == "GET").count();
    assert_eq!(asked, 4);

    // One that breaks each time ends in an error, and never in less than was announced.
    scene.server.faults().always(Fault::Cut);
    let reading = scene.bucket.get(key, None, now()).await.unwrap();
    let pieces: Vec<_> = reading.body.collect().await;
    let (last, rest) = pieces.split_last().unwrap();
    assert!(last.is_err() && rest.iter().all(Result::is_ok));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replaced_while_it_is_read_is_not_mixed() {
    let scene = Scene::new().await;
    let (key, bytes) = (photo(), picture(3_000_000));
    scene.put(new(key), &bytes).await.unwrap();
    scene.server.faults().once(Fault::Cut);
    let reading = scene.bucket.get(key, None, now()).await.unwrap();
    let mut other = bytes.clone();
    other.reverse();
    scene.put(new(key), &other).await.unwrap();
    let pieces: Vec<_> = reading.body.collect().await;
    assert!(pieces.last().unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_revoked_is_the_operator_s_turn_and_loses_nothing() {
    let scene = Scene::new().await;
    let key = photo();
    scene.put(new(key), b"a face").await.unwrap();
    scene.s3.revoke_keys();
    for error in [
        scene.put(new(photo()), b"another").await.unwrap_err(),
        scene.put(new(photo()), &picture(6_000_000)).await.unwrap_err(),
        scene.get(key).await.unwrap_err(),
        scene.bucket.delete(key).await.unwrap_err(),
        scene.bucket.health().await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.turn(), Turn::Operator, "{error:?}");
        assert!(matches!(error, ObjectsError::Refused { .. }), "{error}");
        assert!(error.to_string().contains("nothing was lost"));
    }
    assert_eq!(scene.s3.objects().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_the_operator_s_turn() {
    let scene = Scene::new().await;
    let mut config = config(&scene.server.url(), standins::s3::ADMIN);
    config.bucket = "another".into();
    let bucket = Bucket::new(&config).unwrap();
    assert!(
        matches!(bucket.health().await, Err(ObjectsError::Refused { reason }) if reason == "NoSuchBucket")
    );
    let error = bucket.put(new(photo()), body(b"a face")).await.unwrap_err();
    assert!(matches!(error, ObjectsError::Refused { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotten_bit_breaks_the_download_off() {
    let scene = Scene::new().await;
    let key = photo();
    scene.put(new(key), &picture(500_000)).await.unwrap();
    scene.s3.rot(&key.to_string());
    assert!(matches!(scene.get(key).await, Err(ObjectsError::Damaged(damaged)) if damaged == key));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_opens_nothing() {
    let scene = Scene::new().await;
    let bucket = scene.as_seen_by((standins::s3::ADMIN.0, "a wrong secret"));
    let error = bucket.put(new(photo()), body(b"a face")).await.unwrap_err();
    assert!(
        matches!(&error, ObjectsError::Refused { reason } if reason == "SignatureDoesNotMatch"),
        "{error}"
    );
}
