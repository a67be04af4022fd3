//! Other people's tools: the stand-in is believed because boto3 accepts it and is refused by it what R2 refuses; what we write
//! is what boto3 reads; and the story of the port is told once more on moto, a server that is not ours.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use domain::ids::{AccountId, PhotoId};
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, MediaType, NewObject, Objects};
use domain::retention::Retention;
use domain::secret::Secret;
use domain::time::{DAY, Timestamp};
use futures_util::stream;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use standins::s3::{ADMIN, BUCKET, REGION, S3};
use standins::{Server, sdks};
use storage::{Bucket, BucketConfig, Patience};
use tokio::sync::OnceCell;

/// A Python with the tools, made once and kept in the target folder.
async fn python() -> &'static Path {
    static PYTHON: OnceCell<PathBuf> = OnceCell::const_new();
    PYTHON
        .get_or_init(|| async {
            tokio::task::spawn_blocking(|| sdks::python(Path::new(env!("CARGO_TARGET_TMPDIR"))))
                .await
                .unwrap()
        })
        .await
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boto")
}

fn bucket(endpoint: &str) -> Bucket {
    Bucket::new(&BucketConfig {
        endpoint: endpoint.to_owned(),
        bucket: BUCKET.into(),
        region: REGION.into(),
        access_key_id: ADMIN.0.into(),
        secret_access_key: Secret::new(ADMIN.1),
        patience: Patience { pause: Duration::from_millis(5), ..Patience::default() },
    })
    .unwrap()
}

fn new(of: u8) -> NewObject {
    let account = AccountId::new(Timestamp::EPOCH, [1; 10]);
    let created_at = Timestamp::from_millis(1_795_468_216_789);
    NewObject {
        key: ObjectKey::Upload(account, PhotoId::new(Timestamp::EPOCH, [of; 10])),
        media_type: MediaType::JPEG,
        max_bytes: u64::MAX,
        expected_bytes: None,
        expected: None,
        created_at,
        expires_at: Some(created_at + 30 * DAY),
    }
}

fn body(bytes: &[u8]) -> Body<'static> {
    let pieces: Vec<_> = bytes.chunks(100_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_reads_what_we_wrote_and_our_rules_and_is_refused_what_r2_refuses() {
    let s3 = S3::new();
    let server = Server::start(s3.routes()).await;
    let bucket = bucket(&server.url());
    let pictures = [Vec::new(), vec![7; 100_000], (0..11_000_000u32).map(|at| (at / 7) as u8).collect()];
    for (of, picture) in (0..).zip(&pictures) {
        bucket.put(new(of), body(picture)).await.unwrap();
    }
    bucket.apply(&Retention::default()).await.unwrap();

    let mut command = Command::new(python().await);
    command.arg(folder().join("read.py"));
    command.args([&server.url(), BUCKET, ADMIN.0, ADMIN.1, REGION]);
    let said = tokio::task::spawn_blocking(move || sdks::run(&mut command)).await.unwrap();
    let said: Value = serde_json::from_slice(&said).unwrap();
    for (of, picture) in (0..).zip(&pictures) {
        let digest: String = Sha256::digest(picture).iter().map(|byte| format!("{byte:02x}")).collect();
        let seen = &said["objects"][new(of).key.to_string()];
        assert_eq!((&seen["sha256"], &seen["bytes"]), (&json!(digest), &json!(picture.len())));
        assert_eq!(seen["type"], "image/jpeg");
        let metadata =
            json!({ "sha256": digest, "created-at": "1795468216789", "expires-at": "1798060216789" });
        assert_eq!(seen["metadata"], metadata);
    }
    let days: Vec<_> = said["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (&rule["ID"], &rule["Expiration"]["Days"]))
        .collect();
    assert_eq!(
        days[..2],
        [(&json!("covershots-uploads"), &json!(30)), (&json!("covershots-results"), &json!(30))]
    );
    assert_eq!(said["rules"][4]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"], 1);
    let refused = &said["refused"];
    for what in ["acl", "public", "tags", "versions", "kms"] {
        assert_eq!(refused[what], "NotImplemented", "{what}");
    }
    assert_eq!(refused["metadata"], "MetadataTooLarge");
    assert_eq!(refused["twice"], json!(["fine", "PreconditionFailed"]));
    assert_eq!(refused["wrong_secret"], "SignatureDoesNotMatch");
    assert_eq!((&said["signed"], &said["forged"]), (&json!(200), &json!(403)));

    let week = Retention { previews: domain::retention::Period::days(7), ..Retention::default() };
    let applied = bucket.apply(&week).await.unwrap();
    assert_eq!((applied.ours.len(), applied.kept), (6, 1), "boto3's rule is left alone");
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_keeps_every_promise_of_the_port_on_a_server_that_is_not_ours() {
    let mut command = Command::new(python().await);
    command.arg(folder().join("serve_moto.py")).args([BUCKET, REGION]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut moto = Running(command.spawn().unwrap());
    let mut address = String::new();
    BufReader::new(moto.0.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
    let bucket = bucket(address.trim());
    conformance::objects::story(&bucket).await;
    assert_eq!(bucket.lifecycle().await.unwrap().rules().count(), 0);
    bucket.apply(&Retention::default()).await.unwrap();
    assert!(bucket.lifecycle().await.unwrap().findings(&Retention::default()).is_empty());
}
