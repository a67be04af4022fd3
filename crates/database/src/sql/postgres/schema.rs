//! The tables, brought up to date when the database is opened.
//!
//! Migrations are numbered from 1 and embedded in the program; the table `schema_version` remembers the last one. All that are
//! missing run in one transaction: an upgrade that fails leaves everything as it was. Nodes that start at once take turns, and the
//! first does it for all.

use domain::ports::database::DatabaseError;
use sqlx::{Connection, PgConnection};

use super::super::Tables;
use super::super::failure::unavailable;

/// Each migration, in order. One that was released is never changed: a new one is added.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../../migrations/postgres/0001_first.sql"),
    include_str!("../../../migrations/postgres/0002_outside.sql"),
    include_str!("../../../migrations/postgres/0003_spending.sql"),
    include_str!("../../../migrations/postgres/0004_brands.sql"),
];

/// Held while the tables are changed; any number will do as long as it stays this one.
const TURN: i64 = 0x00C0_7E25_4075;

/// Runs the migrations that the database has not seen.
pub(super) async fn migrate(connection: &mut PgConnection) -> Result<(), DatabaseError> {
    let mut tx = connection.begin().await.map_err(unavailable)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(TURN)
        .execute(&mut *tx)
        .await
        .map_err(unavailable)?;
    let made = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
    sqlx::raw_sql(made).execute(&mut *tx).await.map_err(unavailable)?;
    let version = version(&mut tx).await?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(missing) = MIGRATIONS.get(done..) else {
        return Err(DatabaseError::Unavailable(format!(
            "the database was written by a newer version of this program (tables {version}, this one knows {}): upgrade it",
            MIGRATIONS.len()
        )));
    };
    for migration in missing {
        sqlx::raw_sql(*migration).execute(&mut *tx).await.map_err(unavailable)?;
    }
    if !missing.is_empty() {
        sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
            .bind(MIGRATIONS.len() as i64)
            .execute(&mut *tx)
            .await
            .map_err(unavailable)?;
    }
    tx.commit().await.map_err(unavailable)
}

/// How many migrations the database has seen.
async fn version(connection: &mut PgConnection) -> Result<i64, DatabaseError> {
    let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM schema_version")
        .fetch_one(connection)
        .await
        .map_err(unavailable)?;
    Ok(version.unwrap_or(0))
}

/// How the tables stand, without a change to them.
pub(super) async fn tables(connection: &mut PgConnection) -> Result<Tables, DatabaseError> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('schema_version') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(unavailable)?;
    let found = if there { version(connection).await? } else { 0 };
    Ok(Tables { found: u64::try_from(found).unwrap_or(0), known: MIGRATIONS.len() as u64 })
}
