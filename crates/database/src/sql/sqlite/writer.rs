//! The one connection that writes, and how many callers share its commits.
//!
//! A commit waits for the disk; what it waits for is the same for one change or for fifty. So callers hand their verbs to one
//! writer, which runs all that are waiting in one transaction and commits once: while the disk is busy with one batch the next one
//! gathers. Nobody waits for a batch to fill, so a lone caller pays one commit and no more.
//!
//! Three promises:
//! - *Each verb for itself.* It runs in a savepoint. When it fails, or panics, its own changes are undone and no one else's.
//! - *Durable before answered.* No caller hears anything, good or bad, before the commit: a verb may have been refused because
//!   of what another in the same batch did. When the commit fails, every one of them is told that nothing happened.
//! - *Carried out to the end.* A caller that stops waiting does not stop its verb halfway.
//!
//! The writer has a thread of its own with a runtime that does nothing else: each statement goes to the driver's thread and
//! back, and between two plain threads that takes a third less processor time than by way of the shared runtime, whose busy hours
//! then don't slow writing down either.
//!
//! The log keeps old pages until it is overwritten. A verb that promises that something is gone asks to have the log emptied
//! after its commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use domain::ports::BoxFuture;
use domain::ports::database::DatabaseError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::super::failure::{Failure, Outcome, unavailable};
use super::super::statement::Tx;
use super::schema;

/// Verbs that may wait before a caller has to wait to hand its own over.
const QUEUE: usize = 1024;
/// The most verbs in one transaction, so that the first of them is answered soon.
const BATCH: usize = 64;

/// Hands verbs to the writing thread. Clones hand to the same one; it ends after the last of them is gone.
#[derive(Clone)]
pub(super) struct Writer {
    verbs: mpsc::Sender<Box<dyn Verb>>,
}

impl Writer {
    /// Opens the connection, brings the tables up to date, and starts the thread.
    pub(super) async fn start(options: SqliteConnectOptions) -> Result<Self, DatabaseError> {
        let mut connection = options.connect().await.map_err(unavailable)?;
        schema::migrate(&mut connection).await?;
        let (verbs, waiting) = mpsc::channel(QUEUE);
        let task = Task { options, connection, waiting };
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(no_thread)?;
        std::thread::Builder::new()
            .name("database-writer".into())
            .spawn(move || runtime.block_on(task.run()))
            .map_err(no_thread)?;
        Ok(Writer { verbs })
    }

    /// Carries out a verb, and answers after the commit.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
        then: Then,
    ) -> Result<T, DatabaseError> {
        let (reply, answer) = oneshot::channel();
        let verb = Box::new(Waiting { verb: Some(verb), outcome: None, then, reply });
        self.verbs.send(verb).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Waits until all that was handed over is carried out and the file is closed.
    pub(super) async fn close(self) {
        let (reply, closed) = oneshot::channel();
        if self.verbs.send(Box::new(Close { reply })).await.is_ok() {
            // An error means that the thread is gone already, which is as good.
            closed.await.ok();
        }
    }
}

fn no_thread(error: std::io::Error) -> DatabaseError {
    DatabaseError::Unavailable(format!("no thread to write from: {error}"))
}

fn closed() -> DatabaseError {
    DatabaseError::Unavailable("the database is closed".into())
}

/// What follows the commit, before the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing.
    Answer,
    /// The log is emptied into the file, where deleted things are overwritten.
    EmptyLog,
}

/// Something that runs in the transaction and is answered after it.
trait Verb: Send {
    /// Runs inside a savepoint; says whether its changes are kept.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Tells the caller, given whether the transaction was committed.
    fn answer(self: Box<Self>, committed: Result<(), DatabaseError>);
    /// What follows the commit.
    fn then(&self) -> Then {
        Then::Answer
    }
    /// Whether it is the last thing that is asked for.
    fn closes(&self) -> bool {
        false
    }
}

/// A verb and the caller that waits for it.
struct Waiting<F, T> {
    verb: Option<F>,
    outcome: Option<Outcome<T>>,
    then: Then,
    reply: oneshot::Sender<Result<T, DatabaseError>>,
}

impl<F, T: Send> Verb for Waiting<F, T>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send,
{
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(verb) = self.verb.take() else { return false };
            let outcome = caught(verb(tx)).await;
            self.outcome.insert(outcome).is_ok()
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), DatabaseError>) {
        let outcome = match self.outcome {
            Some(outcome) => outcome.map_err(DatabaseError::from),
            None => Err(DatabaseError::Unavailable("the verb was not carried out".into())),
        };
        // A caller that went away needs no answer.
        self.reply.send(committed.and(outcome)).ok();
    }

    fn then(&self) -> Then {
        self.then
    }
}

/// The wish to close, answered at the end.
struct Close {
    reply: oneshot::Sender<()>,
}

impl Verb for Close {
    fn run<'t>(&'t mut self, _: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async { true })
    }

    fn answer(self: Box<Self>, _: Result<(), DatabaseError>) {
        self.reply.send(()).ok();
    }

    fn closes(&self) -> bool {
        true
    }
}

/// Runs a verb, and makes a failure of a panic: a bug in one verb must not end the thread that all others need.
async fn caught<T>(verb: BoxFuture<'_, Outcome<T>>) -> Outcome<T> {
    let mut verb = pin!(verb);
    std::future::poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| verb.as_mut().poll(context))).unwrap_or_else(|_| {
            Poll::Ready(Err(Failure::Rule(DatabaseError::Unavailable("a bug: the verb panicked".into()))))
        })
    })
    .await
}

/// What the thread does; it owns the connection.
struct Task {
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    waiting: mpsc::Receiver<Box<dyn Verb>>,
}

impl Task {
    async fn run(mut self) {
        let mut last = None;
        while last.is_none() {
            let Some(first) = self.waiting.recv().await else { break };
            let mut batch = Vec::with_capacity(BATCH);
            let committed = self.batch(first, &mut batch).await;
            if committed.is_err() {
                self.recover().await;
            } else if batch.iter().any(|verb| verb.then() == Then::EmptyLog) {
                // A reader in the middle of a long read can prevent it; then the next one, or the close, empties the log.
                self.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.ok();
            }
            for verb in batch {
                if verb.closes() {
                    last = Some(verb);
                } else {
                    verb.answer(committed.clone());
                }
            }
        }
        self.waiting.close();
        if let Err(error) = self.connection.close().await {
            drop(error); // The file is consistent without a clean close; its log is replayed at the next start.
        }
        if let Some(verb) = last {
            verb.answer(Ok(()));
        }
    }

    /// Runs `first` and all that waits behind it in one transaction. Each verb is pushed to `batch` before it runs, so that
    /// it is answered whatever becomes of the rest.
    async fn batch(
        &mut self,
        first: Box<dyn Verb>,
        batch: &mut Vec<Box<dyn Verb>>,
    ) -> Result<(), DatabaseError> {
        batch.push(first);
        self.execute("BEGIN IMMEDIATE").await?;
        while let Some(verb) = batch.last_mut() {
            in_savepoint(&mut self.connection, verb.as_mut()).await?;
            if batch.len() == BATCH {
                break;
            }
            match self.waiting.try_recv() {
                Ok(next) => batch.push(next),
                Err(_) => break,
            }
        }
        self.execute("COMMIT").await
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), DatabaseError> {
        sqlx::query(statement).execute(&mut self.connection).await.map(drop).map_err(unavailable)
    }

    /// After a batch that could not be committed: undoes what is left of it, and takes a new connection if this one is
    /// past that. What can't be mended now is tried again with the next batch.
    async fn recover(&mut self) {
        // SQLite ends the transaction by itself after some errors; then there is nothing to undo, and that is an error too.
        self.execute("ROLLBACK").await.ok();
        if self.connection.ping().await.is_err() || self.execute("BEGIN IMMEDIATE").await.is_err() {
            if let Ok(connection) = self.options.connect().await {
                self.connection = connection;
            }
            return;
        }
        self.execute("ROLLBACK").await.ok();
    }
}

/// Runs one verb; undoes its changes, and only its, when it does not want them kept.
///
/// # Errors
/// When the savepoint itself fails. Then the whole transaction is lost.
async fn in_savepoint(tx: &mut SqliteConnection, verb: &mut dyn Verb) -> Result<(), DatabaseError> {
    sqlx::query("SAVEPOINT verb").execute(&mut *tx).await.map_err(unavailable)?;
    if !verb.run(tx).await {
        sqlx::query("ROLLBACK TO verb").execute(&mut *tx).await.map_err(unavailable)?;
    }
    sqlx::query("RELEASE verb").execute(&mut *tx).await.map_err(unavailable)?;
    Ok(())
}

#[cfg(test)]
mod tests;
