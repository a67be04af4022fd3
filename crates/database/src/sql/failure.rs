//! How a verb fails inside this backend, and how that leaves it: the driver's error never does.

use domain::consent::ConsentMissing;
use domain::credit::CreditError;
use domain::generation::OptionsError;
use domain::ports::database::{Conflict, DatabaseError, Noun};

/// What a verb's transaction comes to.
pub(super) type Outcome<T> = Result<T, Failure>;

/// Why a verb was not carried out.
#[derive(Debug)]
pub(super) enum Failure {
    /// A rule said no; the caller is told.
    Rule(DatabaseError),
    /// The database could not.
    Sql(sqlx::Error),
    /// A column holds what no version of the program writes there.
    Corrupt(&'static str),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::Sql(error)
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Failure::Rule(error)
    }
}

macro_rules! rule {
    ($($error:ty)*) => { $(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::Rule(error.into())
            }
        }
    )* };
}
rule! { Conflict ConsentMissing CreditError OptionsError }

impl From<Noun> for Failure {
    fn from(noun: Noun) -> Self {
        Failure::Rule(DatabaseError::NotFound(noun))
    }
}

impl From<Failure> for DatabaseError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rule(error) => error,
            Failure::Sql(error) => unavailable(error),
            Failure::Corrupt(column) => {
                DatabaseError::Unavailable(format!("the column {column} holds something unreadable"))
            }
        }
    }
}

/// The driver's error in the port's words. Messages name tables and columns, never what is in them.
pub(super) fn unavailable(error: sqlx::Error) -> DatabaseError {
    // <https://www.sqlite.org/rescode.html#full>, <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    const FULL: [&str; 2] = ["13", "53100"];
    match &error {
        sqlx::Error::Database(cause) if cause.code().is_some_and(|code| FULL.contains(&&*code)) => {
            DatabaseError::Full
        }
        _ => DatabaseError::Unavailable(error.to_string()),
    }
}

/// Turns the violation of a unique key into a conflict; anything else stays what it is.
pub(super) fn taken(conflict: Conflict) -> impl FnOnce(sqlx::Error) -> Failure {
    move |error| match &error {
        sqlx::Error::Database(cause) if cause.is_unique_violation() => Failure::from(conflict),
        _ => Failure::Sql(error),
    }
}

/// Turns the violation of a foreign key into "there is no such"; anything else stays what it is.
pub(super) fn missing(noun: Noun) -> impl FnOnce(sqlx::Error) -> Failure {
    move |error| match &error {
        sqlx::Error::Database(cause) if cause.is_foreign_key_violation() => Failure::from(noun),
        _ => Failure::Sql(error),
    }
}
