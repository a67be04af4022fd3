//! Rows as they travel, and as the domain's types. Fields have the names of the SQL backends' columns.

mod money;
mod people;
mod pictures;
mod webhooks;

use domain::ports::database::DatabaseError;
use serde::Serialize;

pub(super) use money::*;
pub(super) use people::*;
pub(super) use pictures::*;
pub(super) use webhooks::*;

/// A text in a row that is not what this program writes there.
pub(super) fn corrupt(field: &'static str) -> DatabaseError {
    DatabaseError::Unavailable(format!("the field {field} holds something unreadable"))
}

/// A row that becomes a value of the domain.
pub(super) trait Row {
    /// The value.
    type Value;
    /// Reads it.
    fn value(self) -> Result<Self::Value, DatabaseError>;
}

/// Rows as values.
pub(super) fn all<R: Row>(rows: Vec<R>) -> Result<Vec<R::Value>, DatabaseError> {
    rows.into_iter().map(Row::value).collect()
}

/// A value as JSON, inside of a field that is a text.
pub(super) fn text<T: Serialize>(value: &T) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|_| corrupt("that was to be written"))
}
