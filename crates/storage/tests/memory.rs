//! Fifty uploads at once stay small. The only test of its program, because it looks at what the process holds.

#![cfg(target_os = "linux")]

use bytes::Bytes;
use domain::ids::{AccountId, PhotoId};
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, MediaType, NewObject, Objects};
use domain::time::Timestamp;
use futures_util::future::join_all;
use futures_util::{TryStreamExt, stream};
use storage::{Folder, FolderConfig};

const UPLOADS: u8 = 50;
/// Each of 160 pieces of 50 kB.
const PIECES: usize = 160;

/// The most memory this process ever held, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.expect("the kernel's format") * 1024
}

/// Made piece by piece as it is asked for, so that the sender's own memory stays out of the count.
fn body() -> Body<'static> {
    Box::pin(stream::iter((0..PIECES).map(|at| Ok(Bytes::from(vec![at as u8; 50_000])))))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_uploads_and_downloads_at_once_stay_small() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(&FolderConfig::new(home.path())).unwrap();
    let key = |of| {
        let account = AccountId::new(Timestamp::EPOCH, [1; 10]);
        ObjectKey::Upload(account, PhotoId::new(Timestamp::EPOCH, [of; 10]))
    };
    let new = |of| NewObject {
        key: key(of),
        media_type: MediaType::JPEG,
        max_bytes: u64::MAX,
        expected_bytes: None,
        expected: None,
        created_at: Timestamp::EPOCH,
        expires_at: None,
    };
    let before = peak();
    for stored in join_all((0..UPLOADS).map(|of| folder.put(new(of), body()))).await {
        assert_eq!(stored.unwrap().bytes, 8_000_000);
    }
    let uploading = peak() - before;
    let reads = (0..UPLOADS).map(|of| {
        let folder = folder.clone();
        async move {
            let reading = folder.get(key(of), None, Timestamp::EPOCH).await.unwrap();
            reading.body.try_fold(0, |sum, piece| async move { Ok(sum + piece.len()) }).await.unwrap()
        }
    });
    assert_eq!(join_all(reads).await, [8_000_000; UPLOADS as usize]);
    let both = peak() - before;
    eprintln!("50 uploads of 8 MB: {} kB more; then 50 downloads: {} kB more", uploading / 1024, both / 1024);
    assert!(both < 40 * 1024 * 1024, "{both} bytes for 400 MB of pictures");
}
