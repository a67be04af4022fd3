//! A large upload stays small. The only test of its program, because it looks at what the process holds; the server is another
//! process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use bytes::Bytes;
use domain::ids::{AccountId, PhotoId};
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, MediaType, NewObject, Objects};
use domain::secret::Secret;
use domain::time::Timestamp;
use futures_util::{TryStreamExt, stream};
use standins::s3::{ADMIN, BUCKET, REGION, S3};
use storage::{Bucket, BucketConfig, Patience};

const SERVES: &str = "COVERSHOTS_TEST_SERVES_S3";
/// Each of 50,000 bytes: 50 MB.
const PIECES: usize = 1000;

/// The most memory this process ever held, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}

/// Run again by the test below, as the server.
#[test]
fn serves_another_process() {
    if std::env::var_os(SERVES).is_none() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(async { standins::Server::start(S3::new().routes()).await });
    println!("\nat {}", server.url());
    // Until the test that asked for it is over.
    let _ = std::io::stdin().read(&mut [0]);
}

fn body() -> Body<'static> {
    Box::pin(stream::iter((0..PIECES).map(|at| Ok(Bytes::from(vec![at as u8; 50_000])))))
}

#[test]
fn fifty_megabytes_go_up_and_come_down_in_little_memory() {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "serves_another_process", "--nocapture"])
        .env(SERVES, "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let url = lines
        .by_ref()
        .map(Result::unwrap)
        .find_map(|line| line.strip_prefix("at ").map(str::to_owned))
        .unwrap();
    let bucket = Bucket::new(&BucketConfig {
        endpoint: url,
        bucket: BUCKET.into(),
        region: REGION.into(),
        access_key_id: ADMIN.0.into(),
        secret_access_key: Secret::new(ADMIN.1),
        patience: Patience::default(),
    })
    .unwrap();
    let new = |of| NewObject {
        key: ObjectKey::Upload(
            AccountId::new(Timestamp::EPOCH, [1; 10]),
            PhotoId::new(Timestamp::EPOCH, [of; 10]),
        ),
        media_type: MediaType::JPEG,
        max_bytes: u64::MAX,
        expected_bytes: None,
        expected: None,
        created_at: Timestamp::EPOCH,
        expires_at: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (before, both) = runtime.block_on(async {
        // What is made once, such as certificates and connections, is not the upload's.
        let small: Body<'static> = Box::pin(stream::iter([Ok(Bytes::from_static(b"a face"))]));
        bucket.put(new(1), small).await.unwrap();
        let before = peak();
        assert_eq!(bucket.put(new(2), body()).await.unwrap().bytes, 50_000_000);
        let uploading = peak() - before;
        let reading = bucket.get(new(2).key, None, Timestamp::EPOCH).await.unwrap();
        let read = reading.body.try_fold(0, |sum, piece| async move { Ok(sum + piece.len()) }).await.unwrap();
        assert_eq!(read, 50_000_000);
        let both = peak() - before;
        eprintln!("50 MB up: {} kB more; then down: {} kB more", uploading / 1024, both / 1024);
        (before, both)
    });
    drop(server.stdin.take());
    lines.for_each(drop);
    server.wait().unwrap();
    assert!(both < 30 * 1024 * 1024, "{both} bytes more than {before}");
}
