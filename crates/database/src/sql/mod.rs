//! Backends that speak SQL: SQLite, the file of one machine, and PostgreSQL, for any number of them.
//!
//! They share the tables, the verbs and most of the SQL, one noun a file: in each, the `impl` is the list of the verbs, and below it
//! stands what each one does, in its transaction. What only one of them needs stands in its folder: how transactions are
//! begun, and where PostgreSQL does at once what SQLite does step by step.

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
pub mod postgres;
mod row;
mod sessions;
mod spending;
pub mod sqlite;
mod statement;
mod throttles;
mod transfer;
mod webhooks;
mod work;

use domain::ports::BoxFuture;
use domain::ports::database::Answer;

use failure::Outcome;
use statement::Tx;

/// How the tables of a database stand to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tables {
    /// The number of migrations that they have seen; 0 where there are no tables yet.
    pub found: u64,
    /// The number of those that this program knows.
    pub known: u64,
}

/// A database that speaks SQL. Clones share it.
#[derive(Clone)]
pub struct Sql<E> {
    engine: E,
}

/// How a backend carries out verbs.
trait Engine: Send + Sync + 'static {
    /// Carries out a verb that writes. The answer comes after the commit.
    fn write<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T>;

    /// Carries out a verb that changes something with one statement; before and after it there may be some that read.
    fn write_one<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        self.write(verb)
    }

    /// Carries out a verb that promises that something is gone, and leaves no trace of it in a log.
    fn write_and_empty_log<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        self.write(verb)
    }

    /// Carries out a verb that writes and may take as long as it takes.
    fn write_at_leisure<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        self.write(verb)
    }

    /// Carries out a verb that only reads, in one statement or in several that need not agree.
    fn read<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T>;

    /// Carries out a verb that reads with several statements which must see one moment.
    fn snapshot<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T>;
}
