//! Columns as the domain's types, and back.
//!
//! What comes out of a column is parsed as strictly as what comes from outside: a file can be damaged or written by another
//! program. An error names the column, never what is in it.

use std::str::FromStr;

use domain::style::StyleId;
use domain::time::Timestamp;
use serde::Serialize;
use serde::de::value::{Error as NameError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::failure::{Failure, Outcome};

/// Reads a row's columns by name.
pub(super) trait Columns {
    /// A text as it is.
    fn text(&self, column: &'static str) -> Outcome<String>;
    /// A text in a form that the type parses: an id, a digest, an address.
    fn parsed<T: FromStr>(&self, column: &'static str) -> Outcome<T>;
    /// A text that is the name of an enum's variant.
    fn named<T: DeserializeOwned>(&self, column: &'static str) -> Outcome<T>;
    /// A text that is JSON.
    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Outcome<T>;
    /// A number that is not negative and not too large for its type.
    fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Outcome<T>;
    /// A moment.
    fn time(&self, column: &'static str) -> Outcome<Timestamp>;
    /// Yes or no.
    fn flag(&self, column: &'static str) -> Outcome<bool>;
    /// The name of a style.
    fn style(&self, column: &'static str) -> Outcome<StyleId>;
    /// Any of these, where the column may be empty.
    fn maybe<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&Self, &'static str) -> Outcome<T>,
    ) -> Outcome<Option<T>>;
}

impl Columns for SqliteRow {
    fn text(&self, column: &'static str) -> Outcome<String> {
        Ok(self.try_get(column)?)
    }

    fn parsed<T: FromStr>(&self, column: &'static str) -> Outcome<T> {
        self.try_get::<&str, _>(column)?.parse().map_err(|_| Failure::Corrupt(column))
    }

    fn named<T: DeserializeOwned>(&self, column: &'static str) -> Outcome<T> {
        let name: StrDeserializer<'_, NameError> = self.try_get::<&str, _>(column)?.into_deserializer();
        T::deserialize(name).map_err(|_| Failure::Corrupt(column))
    }

    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Outcome<T> {
        serde_json::from_str(self.try_get(column)?).map_err(|_| Failure::Corrupt(column))
    }

    fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Outcome<T> {
        self.try_get::<i64, _>(column)?.try_into().map_err(|_| Failure::Corrupt(column))
    }

    fn time(&self, column: &'static str) -> Outcome<Timestamp> {
        self.number::<u64>(column).map(Timestamp::from_millis)
    }

    fn flag(&self, column: &'static str) -> Outcome<bool> {
        Ok(self.try_get::<i64, _>(column)? != 0)
    }

    fn style(&self, column: &'static str) -> Outcome<StyleId> {
        StyleId::new(self.try_get(column)?).ok_or(Failure::Corrupt(column))
    }

    fn maybe<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&Self, &'static str) -> Outcome<T>,
    ) -> Outcome<Option<T>> {
        use sqlx::ValueRef;
        if self.try_get_raw(column)?.is_null() { Ok(None) } else { read(self, column).map(Some) }
    }
}

/// A moment as it is stored. 48 bits always fit.
pub(super) fn millis(time: Timestamp) -> i64 {
    time.millis() as i64
}

/// A count as it is stored; what is beyond SQLite's integers becomes the largest.
pub(super) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The name of an enum's variant, as [`Columns::named`] reads it.
pub(super) fn name<T: Serialize>(variant: &T) -> Outcome<String> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(Failure::Corrupt("an enum without a name")),
    }
}

/// A value as JSON, as [`Columns::json`] reads it.
pub(super) fn json<T: Serialize>(value: &T) -> Outcome<String> {
    serde_json::to_string(value).map_err(|_| Failure::Corrupt("a value that JSON can't hold"))
}

/// Rows as values.
pub(super) fn all<T>(rows: Vec<SqliteRow>, read: impl Fn(&SqliteRow) -> Outcome<T>) -> Outcome<Vec<T>> {
    rows.iter().map(read).collect()
}
