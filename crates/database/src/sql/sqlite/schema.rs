//! The tables, brought up to date when the file is opened.
//!
//! Migrations are numbered from 1 and embedded in the program; the file remembers the last one in `user_version`. All that are
//! missing run in one transaction: an upgrade that fails leaves the file as it was.

use domain::ports::database::DatabaseError;
use sqlx::{Connection, SqliteConnection};

use super::super::Tables;
use super::super::failure::unavailable;

/// Each migration, in order. One that was released is never changed: a new one is added.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../../migrations/sqlite/0001_first.sql"),
    include_str!("../../../migrations/sqlite/0002_outside.sql"),
    include_str!("../../../migrations/sqlite/0003_spending.sql"),
    include_str!("../../../migrations/sqlite/0004_brands.sql"),
];

/// Runs the migrations that the file has not seen.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), DatabaseError> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
    let version = version(&mut tx).await?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(missing) = MIGRATIONS.get(done..) else {
        return Err(DatabaseError::Unavailable(format!(
            "the file was written by a newer version of this program (tables {version}, this one knows {}): upgrade it",
            MIGRATIONS.len()
        )));
    };
    if missing.is_empty() {
        return Ok(());
    }
    for migration in missing {
        sqlx::raw_sql(*migration).execute(&mut *tx).await.map_err(unavailable)?;
    }
    let mark = format!("PRAGMA user_version = {}", MIGRATIONS.len());
    sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(&mut *tx).await.map_err(unavailable)?;
    tx.commit().await.map_err(unavailable)
}

/// How many migrations the file has seen.
async fn version(connection: &mut SqliteConnection) -> Result<i64, DatabaseError> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await.map_err(unavailable)
}

/// How the tables stand, without a change to them.
pub(super) async fn tables(connection: &mut SqliteConnection) -> Result<Tables, DatabaseError> {
    let found = u64::try_from(version(connection).await?).unwrap_or(0);
    Ok(Tables { found, known: MIGRATIONS.len() as u64 })
}
