//! Columns as the domain's types, and back.
//!
//! What comes out of a column is parsed as strictly as what comes from outside: a file can be damaged or written by another
//! program. An error names the column, never what is in it.

use std::collections::BTreeMap;
use std::str::FromStr;

use domain::ports::database::{Field, Record};
use domain::style::StyleId;
use domain::time::Timestamp;
use serde::Serialize;
use serde::de::value::{Error as NameError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Row as _, ValueRef as _};

use super::failure::{Failure, Outcome};

/// A row of one of the drivers; its columns are read by name.
pub(super) enum Row {
    /// Of a SQLite file.
    Sqlite(SqliteRow),
    /// Of a PostgreSQL server.
    Postgres(PgRow),
}

macro_rules! get {
    ($row:ident, $column:ident as $type:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get::<$type, _>($column)?,
            Row::Postgres(row) => row.try_get::<$type, _>($column)?,
        }
    };
}

/// What the columns of a row hold, by their names.
macro_rules! fields {
    ($row:ident, $driver:ty) => {{
        let mut fields = BTreeMap::new();
        for column in $row.columns() {
            let value = $row.try_get_raw(column.ordinal())?;
            let kind = value.type_info();
            let field = if value.is_null() {
                Field::Empty
            } else if <i64 as sqlx::Type<$driver>>::compatible(&kind) {
                Field::Integer($row.try_get(column.ordinal())?)
            } else if <f32 as sqlx::Type<$driver>>::compatible(&kind) {
                Field::Real($row.try_get::<f32, _>(column.ordinal())?.into())
            } else {
                Field::Text($row.try_get(column.ordinal())?)
            };
            fields.insert(column.name().to_owned(), field);
        }
        Ok(Record(fields))
    }};
}

impl Row {
    /// A text as it is.
    pub(super) fn text(&self, column: &'static str) -> Outcome<String> {
        self.str(column).map(str::to_owned)
    }

    fn str(&self, column: &'static str) -> Outcome<&str> {
        Ok(get!(self, column as &str))
    }

    /// A text in a form that the type parses: an id, a digest, an address.
    pub(super) fn parsed<T: FromStr>(&self, column: &'static str) -> Outcome<T> {
        self.str(column)?.parse().map_err(|_| Failure::Corrupt(column))
    }

    /// A text that is the name of an enum's variant.
    pub(super) fn named<T: DeserializeOwned>(&self, column: &'static str) -> Outcome<T> {
        let name: StrDeserializer<'_, NameError> = self.str(column)?.into_deserializer();
        T::deserialize(name).map_err(|_| Failure::Corrupt(column))
    }

    /// A text that is JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Outcome<T> {
        serde_json::from_str(self.str(column)?).map_err(|_| Failure::Corrupt(column))
    }

    /// A number.
    pub(super) fn integer(&self, column: &'static str) -> Outcome<i64> {
        Ok(get!(self, column as i64))
    }

    /// A number that is not negative and not too large for its type.
    pub(super) fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Outcome<T> {
        self.integer(column)?.try_into().map_err(|_| Failure::Corrupt(column))
    }

    /// A fraction.
    pub(super) fn real(&self, column: &'static str) -> Outcome<f32> {
        Ok(get!(self, column as f32))
    }

    /// A moment.
    pub(super) fn time(&self, column: &'static str) -> Outcome<Timestamp> {
        self.number::<u64>(column).map(Timestamp::from_millis)
    }

    /// Yes or no.
    pub(super) fn flag(&self, column: &'static str) -> Outcome<bool> {
        Ok(self.integer(column)? != 0)
    }

    /// The name of a style.
    pub(super) fn style(&self, column: &'static str) -> Outcome<StyleId> {
        StyleId::new(self.str(column)?).ok_or(Failure::Corrupt(column))
    }

    /// The whole row, as it is.
    pub(super) fn record(&self) -> Outcome<Record> {
        match self {
            Row::Sqlite(row) => fields!(row, sqlx::Sqlite),
            Row::Postgres(row) => fields!(row, sqlx::Postgres),
        }
    }

    /// Any of these, where the column may be empty.
    pub(super) fn maybe<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&Self, &'static str) -> Outcome<T>,
    ) -> Outcome<Option<T>> {
        let empty = match self {
            Row::Sqlite(row) => row.try_get_raw(column)?.is_null(),
            Row::Postgres(row) => row.try_get_raw(column)?.is_null(),
        };
        if empty { Ok(None) } else { read(self, column).map(Some) }
    }
}

/// A moment as it is stored. 48 bits always fit.
pub(super) fn millis(time: Timestamp) -> i64 {
    time.millis() as i64
}

/// A count as it is stored; what is beyond a database's integers becomes the largest.
pub(super) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The name of an enum's variant, as [`Row::named`] reads it.
pub(super) fn name<T: Serialize>(variant: &T) -> Outcome<String> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(Failure::Corrupt("an enum without a name")),
    }
}

/// A value as JSON, as [`Row::json`] reads it.
pub(super) fn json<T: Serialize>(value: &T) -> Outcome<String> {
    serde_json::to_string(value).map_err(|_| Failure::Corrupt("a value that JSON can't hold"))
}

/// Rows as values.
pub(super) fn all<T>(rows: Vec<Row>, read: impl Fn(&Row) -> Outcome<T>) -> Outcome<Vec<T>> {
    rows.iter().map(read).collect()
}
