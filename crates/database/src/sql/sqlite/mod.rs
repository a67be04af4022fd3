//! SQLite: the database of one machine, in one file.
//!
//! One connection writes, several read. Writes are gathered into transactions; every read sees what was
//! committed, and nothing waits for a reader. `synchronous=FULL`: what is answered survives a loss of power, not only of the
//! process. `secure_delete`: what is deleted is overwritten, since a face's owner asked for it to be gone.
//!
//! One noun, one file. In each, the `impl` is the list of the verbs; below it stands what each one does, in its transaction.

mod accounts;
mod admin;
mod aliases;
mod api_keys;
mod brands;
mod consents;
mod credits;
mod deletions;
mod erasures;
mod export;
mod failure;
mod generations;
mod images;
mod lanes;
mod payments;
mod photos;
mod row;
mod schema;
mod sessions;
mod spending;
mod throttles;
mod webhooks;
mod work;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::ports::BoxFuture;
use domain::ports::database::{Answer, DatabaseError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqliteConnection, SqlitePool};

use failure::Outcome;
use writer::{Then, Writer};

/// How the file is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The file. It is made when it is not there; its folder must be.
    pub file: PathBuf,
    /// Connections that read, at least one. More than cores don't help.
    pub readers: u32,
}

impl SqliteOptions {
    /// The usual options for a file.
    pub fn new(file: impl AsRef<Path>) -> Self {
        SqliteOptions { file: file.as_ref().to_owned(), readers: 4 }
    }
}

/// A database in a SQLite file. Clones share it.
#[derive(Clone)]
pub struct Sqlite {
    writer: Writer,
    readers: SqlitePool,
}

impl Sqlite {
    /// Opens the file, and brings its tables up to date. It has to be called inside a tokio runtime; the
    /// writer has a thread of its own.
    ///
    /// # Errors
    /// When the file can't be opened or made, is no database, or was written by a newer version of the program.
    pub async fn open(options: SqliteOptions) -> Result<Self, DatabaseError> {
        let writing = connect_options(&options.file).create_if_missing(true);
        let writer = Writer::start(writing).await?;
        let reading = connect_options(&options.file).pragma("query_only", "ON");
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            .acquire_timeout(Duration::from_secs(5))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(reading)
            .await
            .map_err(failure::unavailable)?;
        Ok(Sqlite { writer, readers })
    }

    /// Waits for what is being written, and closes the file. Verbs called afterwards are refused as unavailable.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Carries out a verb that writes. The answer comes after the commit.
    fn write<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut SqliteConnection) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(self.writer.write(verb, Then::Answer))
    }

    /// Carries out a verb that promises that something is gone, and leaves no trace of it in the log.
    fn write_and_empty_log<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut SqliteConnection) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(self.writer.write(verb, Then::EmptyLog))
    }

    /// Carries out a verb that only reads, in one statement or in several that need not agree.
    fn read<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut SqliteConnection) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(async move {
            let mut reader = self.readers.acquire().await.map_err(failure::unavailable)?;
            verb(&mut reader).await.map_err(DatabaseError::from)
        })
    }

    /// Carries out a verb that reads with several statements which must see one moment.
    fn snapshot<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut SqliteConnection) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(async move {
            let mut moment = self.readers.begin().await.map_err(failure::unavailable)?;
            let answer = verb(&mut moment).await.map_err(DatabaseError::from)?;
            moment.commit().await.map_err(failure::unavailable)?;
            Ok(answer)
        })
    }
}

fn connect_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256)
        .pragma("secure_delete", "ON")
        // 16 MB of log between checkpoints: a checkpoint rewrites each page once, however often it changed.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("cache_size", "-16000")
}
