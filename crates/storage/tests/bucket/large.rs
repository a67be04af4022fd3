//! Pictures that go in several requests.

use domain::digest::Digest;
use domain::object_key::ObjectClass;
use domain::ports::objects::{ByteRange, NewObject, ObjectPrefix, Objects, ObjectsError};
use domain::time::DAY;
use futures_util::{StreamExt, stream};
use sha2::{Digest as _, Sha256};
use standins::Fault;

use crate::support::*;

const SIX_MB: usize = 6_000_000;
const TWELVE_MB: usize = 12_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_picture_is_stored_whole_whether_its_digest_was_known_or_not() {
    let scene = Scene::new().await;
    let bytes = picture(TWELVE_MB);
    let digest = Digest::new(Sha256::digest(&bytes).into());
    for expected in [None, Some(digest)] {
        let new = NewObject { expected, ..new(photo()) };
        let key = new.key;
        let stored = scene.bucket.put(new, body(&bytes)).await.unwrap();
        assert_eq!((stored.digest, stored.bytes), (digest, bytes.len() as u64));
        assert_eq!(scene.bucket.head(key, now()).await.unwrap(), stored);
        assert!(scene.get(key).await.unwrap() == bytes);
        let range = ByteRange::From { first: 5_242_870, last: Some(5_242_890) };
        let part = scene.bucket.get(key, Some(range), now()).await.unwrap();
        let part: Vec<u8> = part.body.map(|piece| piece.unwrap().to_vec()).concat().await;
        assert!(part == bytes[5_242_870..=5_242_890]);
    }
    assert_eq!(scene.s3.unfinished(), 0);
    assert!(
        scene.s3.objects().keys().all(|key| key.starts_with("uploads/")),
        "nothing stays under incoming/"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_picture_that_was_announced_leaves_nothing() {
    let scene = Scene::new().await;
    let bytes = picture(TWELVE_MB);
    let other = Some(Digest::new([7; 32]));
    for (new, is_expected) in [
        (NewObject { expected: other, ..new(photo()) }, |e: &ObjectsError| {
            matches!(e, ObjectsError::Checksum)
        }),
        (NewObject { max_bytes: 11_999_999, ..new(photo()) }, |e: &ObjectsError| {
            matches!(e, ObjectsError::TooLarge { limit: 11_999_999 })
        }),
        (NewObject { expected_bytes: Some(12_000_001), ..new(photo()) }, |e: &ObjectsError| {
            matches!(e, ObjectsError::Interrupted)
        }),
    ] as [(NewObject, fn(&ObjectsError) -> bool); 3]
    {
        let error = scene.bucket.put(new, body(&bytes)).await.unwrap_err();
        assert!(is_expected(&error), "{error}");
    }
    let broken = stream::iter([Err(ObjectsError::Interrupted)]);
    let error = scene.bucket.put(new(photo()), body(&bytes).chain(broken).boxed()).await.unwrap_err();
    assert!(matches!(error, ObjectsError::Interrupted));
    assert_eq!((scene.s3.unfinished(), scene.s3.objects().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_dropped_in_the_middle_is_given_up() {
    let scene = Scene::new().await;
    let bytes = picture(SIX_MB);
    let never = body(&bytes).chain(stream::pending()).boxed();
    let bucket = scene.bucket.clone();
    let putting = tokio::spawn(async move { bucket.put(new(photo()), never).await.map(drop) });
    // From then on it knows what to give up.
    scene.until(|_| scene.server.asked().iter().any(|asked| asked.path.contains("partNumber=1"))).await;
    putting.abort();
    scene.until(|s3| s3.unfinished() == 0).await;
    assert!(scene.s3.objects().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_ends_uploads_that_are_under_way() {
    let scene = Scene::new().await;
    for expected in [None, Some(Digest::new(Sha256::digest(picture(TWELVE_MB)).into()))] {
        let eraser = scene.bucket.clone();
        let erase = stream::once(async move {
            eraser
                .delete_prefix(ObjectPrefix::Account(ObjectClass::Upload, account()))
                .await
                .map(|_| bytes::Bytes::new())
        });
        let bytes = picture(TWELVE_MB);
        let body = body(&bytes[..SIX_MB]).chain(erase).chain(body(&bytes[SIX_MB..])).boxed();
        let error = scene.bucket.put(NewObject { expected, ..new(photo()) }, body).await.unwrap_err();
        assert!(matches!(error, ObjectsError::Interrupted), "{error}");
    }
    assert_eq!((scene.s3.unfinished(), scene.s3.objects().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_is_cleared_once_it_is_old() {
    let scene = Scene::new().await;
    let broken = || {
        let broken = stream::iter([Err(ObjectsError::Interrupted)]);
        body(&picture(SIX_MB)).chain(broken).boxed()
    };
    // As if killed: nothing can be given up any more.
    let gone = || Fault::status(500, "");
    scene.server.faults().by(move |method, _| (method == "DELETE").then(gone));
    scene.bucket.put(new(photo()), broken()).await.unwrap_err();
    // Killed between the copy and its end.
    scene.put(new(photo()), &picture(SIX_MB)).await.unwrap();
    scene.server.faults().clear();
    let incoming =
        |s3: &standins::s3::S3| s3.objects().keys().filter(|key| key.starts_with("incoming/")).count();
    assert_eq!((scene.s3.unfinished(), incoming(&scene.s3)), (1, 1));
    assert_eq!(scene.bucket.clear_unfinished(now() - DAY).await.unwrap(), 0, "they may be alive");
    assert_eq!(scene.bucket.clear_unfinished(now() + DAY).await.unwrap(), 2);
    assert_eq!((scene.s3.unfinished(), incoming(&scene.s3), scene.s3.objects().len()), (0, 0, 1));
}
