//! The bucket, against an S3 server in this process that checks signatures, carries its rules out, refuses what R2 refuses, and
//! fails on demand.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod large;
mod links;
mod retention;
mod support;

use crate::support::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_keeps_every_promise_of_the_port() {
    let scene = Scene::new().await;
    conformance::objects::story(&scene.bucket).await;
    assert_eq!(scene.s3.unfinished(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_objects_alone_is_enough_to_keep_every_promise() {
    let scene = Scene::with(standins::s3::OBJECTS).await;
    conformance::objects::story(&scene.bucket).await;
}
