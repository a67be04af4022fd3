//! Pictures to a bucket and back, beside boto3 on the same server: megabytes a second, and the most memory held.
//!
//! The goals: to match boto3 or beat it, and no more memory for 50 MB than for 5. The server is the stand-in, in a process of
//! its own, so the figures say what the clients cost and not what a network does.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use bytes::Bytes;
use domain::Timestamp;
use domain::ids::{AccountId, PhotoId};
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, MediaType, NewObject, Objects};
use domain::secret::Secret;
use futures_util::{TryStreamExt, stream};
use standins::s3::{ADMIN, BUCKET, REGION, S3};
use storage::{Bucket, BucketConfig, Patience};

use super::peak_memory;
use crate::{Failure, root};

/// Pictures of a kind: their length in bytes, and how many there are.
const KINDS: [(usize, u8); 3] = [(100_000, 100), (3_000_000, 40), (50_000_000, 6)];
/// How often all of it is done; the best counts.
const ROUNDS: usize = 3;

/// Prints the figures.
pub(crate) fn run() -> Result<(), Failure> {
    let server = Server::start()?;
    println!("\nstorage: to an S3 server in another process and back, the best of {ROUNDS}\n");
    println!(
        "{:>8} {:>12} {:>12} {:>12} {:>12}",
        "MB each", "ours up", "boto3 up", "ours down", "boto3 down"
    );
    let boto = boto3(&server.url);
    if let Err(why) = &boto {
        println!("boto3 is not beside it: {why}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for (kind, (length, count)) in KINDS.into_iter().enumerate() {
        let (up, down) = runtime.block_on(ours(&server.url, length, count))?;
        let theirs = boto.as_ref().ok().and_then(|figures| figures.get(kind)).copied();
        let told =
            |figure: Option<f64>| figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.0} MB/s"));
        println!(
            "{:>8} {:>12} {:>12} {:>12} {:>12}",
            length as f64 / 1e6,
            told(Some(up)),
            told(theirs.map(|(up, _)| up)),
            told(Some(down)),
            told(theirs.map(|(_, down)| down)),
        );
        if let Some(peak) = peak_memory() {
            println!("{:>8} the most memory so far: {} MB", "", peak / 1_000_000);
        }
    }
    Ok(())
}

/// Megabytes a second up and down.
async fn ours(url: &str, length: usize, count: u8) -> Result<(f64, f64), Failure> {
    let bucket = Bucket::new(&BucketConfig {
        endpoint: url.to_owned(),
        bucket: BUCKET.into(),
        region: REGION.into(),
        access_key_id: ADMIN.0.into(),
        secret_access_key: Secret::new(ADMIN.1),
        patience: Patience::default(),
    })?;
    let new = |of| NewObject {
        key: ObjectKey::Upload(
            AccountId::new(Timestamp::EPOCH, [1; 10]),
            PhotoId::new(Timestamp::EPOCH, [of; 10]),
        ),
        media_type: MediaType::JPEG,
        max_bytes: u64::MAX,
        expected_bytes: Some(length as u64),
        expected: None,
        created_at: Timestamp::EPOCH,
        expires_at: None,
    };
    let megabytes = length as f64 * f64::from(count) / 1e6;
    let (mut up, mut down) = (0f64, 0f64);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for of in 0..count {
            bucket.put(new(of), body(length)).await?;
        }
        up = up.max(megabytes / start.elapsed().as_secs_f64());
        let start = Instant::now();
        for of in 0..count {
            let reading = bucket.get(new(of).key, None, Timestamp::EPOCH).await?;
            reading.body.try_for_each(|_| async { Ok(()) }).await?;
        }
        down = down.max(megabytes / start.elapsed().as_secs_f64());
    }
    Ok((up, down))
}

/// So many bytes, as a disk or a browser gives them.
fn body(length: usize) -> Body<'static> {
    const PIECE: usize = 64 * 1024;
    let piece = Bytes::from(vec![7; PIECE]);
    let pieces =
        (0..length.div_ceil(PIECE)).map(move |at| Ok(piece.slice(..(length - at * PIECE).min(PIECE))));
    Box::pin(stream::iter(pieces))
}

/// The same by boto3: megabytes a second up and down for each kind.
fn boto3(url: &str) -> Result<Vec<(f64, f64)>, Failure> {
    let python = standins::sdks::python(&root().join("target/tmp"));
    let script: PathBuf = root().join("bench/storage_boto3.py");
    let mut command = Command::new(python);
    command.arg(script).args([url, BUCKET, ADMIN.0, ADMIN.1, REGION, &ROUNDS.to_string()]);
    command.args(KINDS.map(|(length, count)| format!("{length}x{count}")));
    Ok(serde_json::from_slice(&standins::sdks::run(&mut command))?)
}

/// The stand-in in a process of its own, for as long as this is held.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start() -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["bench", "storage-server"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let output = child.stdout.as_mut().ok_or("the server has no output")?;
        BufReader::new(output).read_line(&mut url)?;
        Ok(Server { child, url: url.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the stand-in, until standard input ends.
pub(crate) fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let server = runtime.block_on(async { standins::Server::start(S3::new().routes()).await });
    println!("{}", server.url());
    std::io::stdin().read_exact(&mut [0]).or(Ok(()))
}
