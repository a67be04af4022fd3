//! What a batch promises to each verb in it, with the faults that a port's story can't cause.

use std::sync::Arc;
use std::task::Context;

use domain::ports::database::{Answer, Conflict};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::super::super::Engine;
use super::super::super::statement::query;
use super::super::{Sqlite, SqliteOptions};
use super::*;

/// A database with one more table, `notes (text)`.
async fn notebook() -> (Sqlite, TempDir) {
    let folder = TempDir::new().unwrap();
    let sqlite = Sqlite::open(SqliteOptions::new(folder.path().join("covershots.db"))).await.unwrap();
    execute(&sqlite, "CREATE TABLE notes (text TEXT NOT NULL UNIQUE)").await.unwrap();
    (sqlite, folder)
}

fn execute<'a>(sqlite: &'a Sqlite, statement: &'static str) -> Answer<'a, ()> {
    sqlite.engine.write(move |tx| Box::pin(async move { Ok(query(statement).execute(tx).await.map(drop)?) }))
}

fn note<'a>(sqlite: &'a Sqlite, text: &'static str) -> Answer<'a, ()> {
    sqlite.engine.write(move |tx| Box::pin(write(tx, text)))
}

async fn write(tx: &mut Tx, text: &'static str) -> Outcome<()> {
    Ok(query("INSERT INTO notes (text) VALUES ($1)").bind(text).execute(tx).await.map(drop)?)
}

async fn notes(sqlite: &Sqlite) -> Vec<String> {
    let read = sqlite.engine.read(|tx| {
        Box::pin(async move {
            let rows = query("SELECT text FROM notes ORDER BY rowid").fetch_all(tx).await?;
            Ok(rows.iter().map(|row| row.text("text").unwrap()).collect())
        })
    });
    read.await.unwrap()
}

/// Keeps the writer busy until it is told to go on, so that what is handed over meanwhile becomes one batch.
async fn hold(sqlite: &Sqlite) -> (tokio::task::JoinHandle<Result<(), DatabaseError>>, Arc<Notify>) {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begin, wait, sqlite) = (Arc::clone(&begun), Arc::clone(&go_on), sqlite.clone());
    let held = tokio::spawn(async move {
        let hold = sqlite.engine.write(move |_| {
            Box::pin(async move {
                begin.notify_one();
                wait.notified().await;
                Ok(())
            })
        });
        hold.await
    });
    begun.notified().await;
    (held, go_on)
}

/// Hands a verb over without waiting for its answer.
fn hand_over<T>(answer: &mut Answer<'_, T>) {
    let mut context = Context::from_waker(std::task::Waker::noop());
    assert!(answer.as_mut().poll(&mut context).is_pending());
}

#[tokio::test]
async fn verbs_that_fail_or_panic_in_a_batch_undo_only_themselves() {
    let (sqlite, _folder) = notebook().await;
    let (held, go_on) = hold(&sqlite).await;
    let mut first = note(&sqlite, "first");
    let mut refused: Answer<'_, ()> = sqlite.engine.write(|tx| {
        Box::pin(async move {
            write(tx, "refused").await?;
            Err(Conflict::KeyReused.into())
        })
    });
    let mut same = note(&sqlite, "first");
    let mut panics: Answer<'_, ()> = sqlite.engine.write(|tx| {
        Box::pin(async move {
            write(tx, "panics").await?;
            panic!("a bug")
        })
    });
    let mut last = note(&sqlite, "last");
    for answer in [&mut first, &mut refused, &mut same, &mut panics, &mut last] {
        hand_over(answer);
    }
    go_on.notify_one();
    assert_eq!((first.await, last.await), (Ok(()), Ok(())));
    assert_eq!(refused.await, Err(Conflict::KeyReused.into()));
    assert!(matches!(same.await, Err(DatabaseError::Unavailable(_))));
    assert!(matches!(panics.await, Err(DatabaseError::Unavailable(_))));
    assert_eq!(held.await.unwrap(), Ok(()));
    assert_eq!(notes(&sqlite).await, ["first", "last"]);
}

#[tokio::test]
async fn nobody_is_answered_before_the_commit_and_all_are_told_when_it_fails() {
    let (sqlite, _folder) = notebook().await;
    execute(&sqlite, "CREATE TABLE pairs (note TEXT REFERENCES notes (text) DEFERRABLE INITIALLY DEFERRED)")
        .await
        .unwrap();
    let (held, go_on) = hold(&sqlite).await;
    let mut good = note(&sqlite, "good");
    // A deferred constraint is checked at the commit: this verb's own statements all succeed.
    let mut bad = execute(&sqlite, "INSERT INTO pairs VALUES ('missing')");
    let mut refused: Answer<'_, ()> =
        sqlite.engine.write(|_| Box::pin(async { Err(Conflict::Ended.into()) }));
    for answer in [&mut good, &mut bad, &mut refused] {
        hand_over(answer);
    }
    go_on.notify_one();
    for answer in [good.await, bad.await, refused.await, held.await.unwrap()] {
        assert!(matches!(answer, Err(DatabaseError::Unavailable(_))), "{answer:?}");
    }
    assert_eq!(notes(&sqlite).await, Vec::<String>::new(), "nothing of the batch happened");
    note(&sqlite, "afterwards").await.unwrap();
    assert_eq!(notes(&sqlite).await, ["afterwards"]);
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing_that_was_answered() {
    let (sqlite, _folder) = notebook().await;
    note(&sqlite, "before").await.unwrap();
    execute(&sqlite, "PRAGMA max_page_count = 1").await.unwrap();
    let big =
        "INSERT INTO notes WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
               SELECT hex(randomblob(500)) || i FROM n";
    assert_eq!(execute(&sqlite, big).await, Err(DatabaseError::Full));
    assert_eq!(notes(&sqlite).await, ["before"]);
    execute(&sqlite, "PRAGMA max_page_count = 1000000").await.unwrap();
    note(&sqlite, "after").await.unwrap();
    assert_eq!(notes(&sqlite).await, ["before", "after"]);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_its_verb() {
    let (sqlite, _folder) = notebook().await;
    let (held, go_on) = hold(&sqlite).await;
    let mut answer = note(&sqlite, "handed over");
    hand_over(&mut answer);
    drop(answer);
    go_on.notify_one();
    held.await.unwrap().unwrap();
    note(&sqlite, "afterwards").await.unwrap();
    assert_eq!(notes(&sqlite).await, ["handed over", "afterwards"]);
}

#[tokio::test]
async fn closing_waits_for_what_was_handed_over_and_refuses_the_rest() {
    let (sqlite, folder) = notebook().await;
    let other = sqlite.clone();
    let mut answer = note(&other, "in time");
    hand_over(&mut answer);
    sqlite.close().await;
    assert_eq!(answer.await, Ok(()));
    assert!(matches!(note(&other, "too late").await, Err(DatabaseError::Unavailable(_))));
    let sqlite = Sqlite::open(SqliteOptions::new(folder.path().join("covershots.db"))).await.unwrap();
    assert_eq!(notes(&sqlite).await, ["in time"]);
}
