//! SQLite: the database of one machine, in one file.
//!
//! One connection writes, several read. Writes are gathered into transactions; every read sees what was
//! committed, and nothing waits for a reader. `synchronous=FULL`: what is answered survives a loss of power, not only of the
//! process. `secure_delete`: what is deleted is overwritten, since a face's owner asked for it to be gone.

mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::ports::BoxFuture;
use domain::ports::database::{Answer, DatabaseError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlitePool};

use super::failure::{self, Outcome};
use super::statement::Tx;
use super::{Engine, Sql, Tables};
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
pub type Sqlite = Sql<File>;

/// An open SQLite file.
#[derive(Clone)]
pub struct File {
    writer: Writer,
    readers: SqlitePool,
}

impl Sql<File> {
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
        Ok(Sql { engine: File { writer, readers } })
    }

    /// How the tables of a file stand that is there. It is left as it is.
    ///
    /// # Errors
    /// When there is no such file, or it is no database.
    pub async fn tables(file: impl AsRef<Path>) -> Result<Tables, DatabaseError> {
        let options = connect_options(file.as_ref()).pragma("query_only", "ON");
        let mut connection = options.connect().await.map_err(failure::unavailable)?;
        let tables = schema::tables(&mut connection).await?;
        connection.close().await.map_err(failure::unavailable)?;
        Ok(tables)
    }

    /// Waits for what is being written, and closes the file. Verbs called afterwards are refused as unavailable.
    pub async fn close(self) {
        self.engine.readers.close().await;
        self.engine.writer.close().await;
    }
}

impl Engine for File {
    fn write<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(self.writer.write(verb, Then::Answer))
    }

    fn write_and_empty_log<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(self.writer.write(verb, Then::EmptyLog))
    }

    fn read<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(async move {
            let mut reader = self.readers.acquire().await.map_err(failure::unavailable)?;
            verb(&mut *reader).await.map_err(DatabaseError::from)
        })
    }

    fn snapshot<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(async move {
            let mut moment = self.readers.begin().await.map_err(failure::unavailable)?;
            let answer = verb(&mut *moment).await.map_err(DatabaseError::from)?;
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
