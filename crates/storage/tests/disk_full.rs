//! A disk that is really full: a file system of two megabytes, where this machine lets a test mount one.
//!
//! The same is tested step by step with injected errors; this shows that the file system's own error is understood.

use std::process::Command;

use bytes::Bytes;
use domain::ids::{AccountId, PhotoId};
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, MediaType, NewObject, Objects, ObjectsError};
use domain::time::Timestamp;
use futures_util::stream;
use storage::{Folder, FolderConfig};

const MOUNTED: &str = "COVERSHOTS_TEST_TINY_DISK";

fn new(of: u8) -> NewObject {
    let account = AccountId::new(Timestamp::EPOCH, [1; 10]);
    NewObject {
        key: ObjectKey::Upload(account, PhotoId::new(Timestamp::EPOCH, [of; 10])),
        media_type: MediaType::JPEG,
        max_bytes: u64::MAX,
        expected_bytes: None,
        expected: None,
        created_at: Timestamp::EPOCH,
        expires_at: None,
    }
}

fn body(pieces: usize) -> Body<'static> {
    Box::pin(stream::iter((0..pieces).map(|_| Ok(Bytes::from_static(&[0xd8; 100_000])))))
}

/// Run again by the test below, with a tiny file system of its own.
#[tokio::test]
async fn on_the_tiny_disk() {
    let Some(path) = std::env::var_os(MOUNTED) else { return };
    let folder = Folder::open(&FolderConfig { path: path.into(), reserve_bytes: 0 }).unwrap();
    folder.put(new(1), body(10)).await.unwrap();
    for _ in 0..3 {
        let error = folder.put(new(2), body(100)).await.unwrap_err();
        assert!(matches!(error, ObjectsError::Full), "{error:?}");
        // The part that was written has made room again, or this would not fit.
        folder.put(new(3), body(8)).await.unwrap();
        folder.delete(new(3).key).await.unwrap();
    }
    assert_eq!(folder.head(new(1).key, Timestamp::EPOCH).await.unwrap().bytes, 1_000_000);
    assert!(matches!(folder.head(new(2).key, Timestamp::EPOCH).await, Err(ObjectsError::NotFound(_))));
    println!("survived the tiny disk");
}

#[test]
fn a_disk_that_is_really_full_is_the_operators_turn_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let script =
        r#"mount -t tmpfs -o size=2m tmpfs "$1" || exit 77; exec "$2" --exact on_the_tiny_disk --nocapture"#;
    let run = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", script, "sh"])
        .args([home.path().as_os_str(), std::env::current_exe().unwrap().as_os_str()])
        .env(MOUNTED, home.path())
        .output();
    match run {
        Ok(run) if String::from_utf8_lossy(&run.stdout).contains("survived the tiny disk") => {}
        Ok(run) if run.status.code() == Some(77) => {
            eprintln!("not run: this machine lets no test mount a disk")
        }
        Ok(run) if String::from_utf8_lossy(&run.stderr).contains("unshare:") => {
            eprintln!("not run: this machine lets no test have a name space");
        }
        Err(error) => eprintln!("not run: {error}"),
        Ok(run) => {
            panic!("{}\n{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
        }
    }
}
