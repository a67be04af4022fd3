//! SQLite against the story of the port, and what the port can't see: the file.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::sync::Arc;

use conformance::database::{LEASE, Scene};
use database::{Sqlite, SqliteOptions};
use domain::consent::Purpose;
use domain::generation::Ending;
use domain::ids::ErasureId;
use domain::ports::database::DatabaseError;
use tempfile::TempDir;

async fn open(folder: &Path) -> Sqlite {
    Sqlite::open(SqliteOptions::new(folder.join("covershots.db"))).await.unwrap()
}

/// A scene on an empty file in a folder of its own.
async fn fresh() -> Scene {
    let folder = TempDir::new().unwrap();
    Scene::new(Arc::new(open(folder.path()).await), folder)
}

conformance::database_stories!(fresh);

/// What a crash leaves behind: the file and its log as they are on the disk at this moment.
fn crash(folder: &Path) -> TempDir {
    let left = TempDir::new().unwrap();
    for file in ["covershots.db", "covershots.db-wal"] {
        std::fs::copy(folder.join(file), left.path().join(file)).unwrap();
    }
    left
}

#[tokio::test]
async fn whatever_was_answered_survives_a_crash() {
    let folder = TempDir::new().unwrap();
    let scene = Scene::new(Arc::new(open(folder.path()).await), ());
    let ann = scene.account().await;
    let done = scene.succeeded(ann).await;
    let running = scene.start(ann).await;
    let lost = scene.claim_one().await;
    scene.image(lost.lease, 1).await;

    let left = crash(folder.path());
    let reopened = scene.reopen(Arc::new(open(left.path()).await));
    assert_eq!(reopened.db.generation(ann, done.id).await.unwrap().generation, done);
    reopened.books_balance().await;
    assert_eq!(reopened.claim(1).await, [], "the lease still holds");
    reopened.pass(LEASE);
    let claimed = reopened.claim_one().await;
    assert_eq!((claimed.generation.id, claimed.made), (running.id, vec![1]));
    reopened.image(claimed.lease, 2).await;
    reopened.finish(claimed.lease, Ending::Succeeded).await;
    assert_eq!(reopened.balance(ann).await, 92);
    reopened.books_balance().await;
}

#[tokio::test]
async fn a_crash_at_any_point_of_the_log_leaves_the_books_balanced() {
    let folder = TempDir::new().unwrap();
    let scene = Scene::new(Arc::new(open(folder.path()).await), ());
    let ann = scene.account().await;
    for _ in 0..4 {
        scene.succeeded(ann).await;
    }
    let log = std::fs::read(folder.path().join("covershots.db-wal")).unwrap();
    for cut in (0..=20).map(|twentieth| log.len() * twentieth / 20) {
        let left = crash(folder.path());
        std::fs::write(left.path().join("covershots.db-wal"), &log[..cut]).unwrap();
        let reopened = scene.reopen(Arc::new(open(left.path()).await));
        reopened.books_balance().await;
        let totals = reopened.db.totals().await.unwrap();
        let started = totals.generations.queued + totals.generations.running + totals.generations.succeeded;
        assert!([0, 100 - 4 * started].contains(&totals.credits_outstanding), "{totals:?}");
    }
}

#[tokio::test]
async fn an_erased_account_leaves_no_byte_in_the_file() {
    let folder = TempDir::new().unwrap();
    let scene = Scene::new(Arc::new(open(folder.path()).await), ());
    scene.bare_account().await;
    let new = scene.new_account();
    let (ann, email) = (scene.db.create_account(new.clone()).await.unwrap().id, new.email);
    scene.consent(ann, Purpose::KeepPhotos).await;
    scene.grant(ann, 100).await;
    scene.succeeded(ann).await;
    let on_disk = |text: &str| {
        ["covershots.db", "covershots.db-wal"]
            .iter()
            .any(|file| find(&std::fs::read(folder.path().join(file)).unwrap(), text.as_bytes()))
    };
    assert!(on_disk(email.as_str()) && on_disk(&ann.to_string()));
    let id = scene.id(ErasureId::new);
    scene.db.erase_account(ann, id, scene.now()).await.unwrap();
    let keys = scene.db.pending_deletions(Some(id), 100).await.unwrap();
    scene.db.confirm_deletions(keys).await.unwrap();
    scene.db.complete_erasure(id, scene.now()).await.unwrap();
    assert!(!on_disk(email.as_str()) && !on_disk(&ann.to_string()));
}

fn find(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[tokio::test]
async fn what_is_no_database_of_ours_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("covershots.db");
    std::fs::write(&file, "a picture of a cat".repeat(100)).unwrap();
    let error = Sqlite::open(SqliteOptions::new(&file)).await.map(drop).unwrap_err();
    assert!(matches!(&error, DatabaseError::Unavailable(why) if why.contains("not a database")), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), "a picture of a cat".repeat(100).into_bytes());
    let nowhere = Sqlite::open(SqliteOptions::new(folder.path().join("no/folder/x.db"))).await;
    assert!(nowhere.is_err());

    let file = folder.path().join("newer.db");
    Sqlite::open(SqliteOptions::new(&file)).await.unwrap().close().await;
    let mut raw = std::fs::read(&file).unwrap();
    // `user_version` stands at byte 60 of the header (https://www.sqlite.org/fileformat.html).
    raw[60..64].copy_from_slice(&99u32.to_be_bytes());
    std::fs::write(&file, raw).unwrap();
    let error = Sqlite::open(SqliteOptions::new(&file)).await.map(drop).unwrap_err();
    assert!(matches!(&error, DatabaseError::Unavailable(why) if why.contains("upgrade")), "{error}");
}

#[tokio::test]
async fn an_open_file_can_be_opened_again_beside() {
    // An operator's command and the service at once: each sees what the other wrote.
    let folder = TempDir::new().unwrap();
    let service = Scene::new(Arc::new(open(folder.path()).await), ());
    let command = service.reopen(Arc::new(open(folder.path()).await));
    let ann = service.account().await;
    command.grant(ann, 11).await;
    assert_eq!((service.balance(ann).await, command.balance(ann).await), (111, 111));
}
