//! The bucket's own rules: written, read back, carried out while nobody of us is there.

use std::time::Duration;

use domain::ports::objects::{NewObject, ObjectsError};
use domain::retention::{Period, Retention};
use domain::time::DAY;
use standins::s3::OBJECTS;
use storage::Finding;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_month_photos_and_results_are_gone_by_the_bucket_s_own_rules_and_previews_are_not() {
    let scene = Scene::new().await;
    let retention = Retention::default();
    let missing = scene.bucket.lifecycle().await.unwrap().findings(&retention);
    assert_eq!(missing.len(), 5, "a new bucket has none of the rules");
    let applied = scene.bucket.apply(&retention).await.unwrap();
    assert!(applied.changed && applied.ours.len() == 5);
    assert!(scene.bucket.lifecycle().await.unwrap().findings(&retention).is_empty());
    assert!(!scene.bucket.apply(&retention).await.unwrap().changed, "once is enough");

    for key in [photo(), result(0), result(1)] {
        scene.put(new(key), b"a face").await.unwrap();
    }
    scene.put(NewObject { expires_at: None, ..new(preview(0)) }, b"small").await.unwrap();
    scene.s3.pass(30 * DAY);
    assert_eq!(scene.s3.objects().len(), 4, "a bucket may take a day longer");
    scene.s3.pass(DAY);
    let left: Vec<_> = scene.s3.objects().into_keys().collect();
    assert_eq!(left, [preview(0).to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_nobody_finished_are_ended_by_the_bucket_itself() {
    let scene = Scene::new().await;
    scene.bucket.apply(&Retention::default()).await.unwrap();
    scene.server.faults().by(|method, _| (method == "DELETE").then(|| standins::Fault::status(500, "")));
    let broken = futures_util::stream::iter([Err(ObjectsError::Interrupted)]);
    let body =
        futures_util::StreamExt::boxed(futures_util::StreamExt::chain(body(&picture(6_000_000)), broken));
    domain::ports::objects::Objects::put(&scene.bucket, new(photo()), body).await.unwrap_err();
    scene.server.faults().clear();
    assert_eq!(scene.s3.unfinished(), 1);
    scene.s3.pass(2 * DAY);
    assert_eq!(scene.s3.unfinished(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_objects_alone_may_neither_read_nor_change_the_rules() {
    let scene = Scene::with(OBJECTS).await;
    for refused in [
        scene.bucket.lifecycle().await.map(drop).unwrap_err(),
        scene.bucket.apply(&Retention::default()).await.map(drop).unwrap_err(),
    ] {
        assert!(matches!(refused, ObjectsError::Refused { reason } if reason == "AccessDenied"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_others_are_left_alone_and_other_periods_take_the_place_of_ours() {
    let scene = Scene::new().await;
    scene.bucket.apply(&Retention::default()).await.unwrap();
    let week = Retention {
        uploads: Period::days(7).unwrap(),
        results: Period::days(7).unwrap(),
        previews: Period::days(365),
    };
    let late = scene.bucket.lifecycle().await.unwrap().findings(&week);
    assert_eq!(late.len(), 3);
    assert!(late.iter().all(Finding::is_broken_promise));
    let applied = scene.bucket.apply(&week).await.unwrap();
    assert_eq!((applied.ours.len(), applied.kept), (6, 0));
    let early = scene.bucket.lifecycle().await.unwrap().findings(&Retention::default());
    assert_eq!(early.iter().filter(|finding| matches!(finding, Finding::TooEarly { .. })).count(), 3);
    scene.put(new(photo()), b"a face").await.unwrap();
    scene.s3.pass(8 * DAY + Duration::from_secs(60));
    assert!(scene.s3.objects().is_empty());
}
