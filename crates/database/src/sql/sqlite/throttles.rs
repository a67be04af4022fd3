//! Counters that slow guessing down.

use domain::ports::database::{Answer, Throttles};
use domain::throttle::{ThrottleKey, ThrottleRule, Throttled, Tries};
use domain::time::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::Sqlite;
use super::failure::Outcome;
use super::row::{Columns, millis};

impl Throttles for Sqlite {
    fn count_try(&self, key: ThrottleKey, rule: ThrottleRule, now: Timestamp) -> Answer<'_, Throttled> {
        self.write(move |tx| Box::pin(count(tx, key, rule, now)))
    }

    fn clear_tries(&self, key: ThrottleKey) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(clear(tx, key)))
    }
}

async fn count(
    tx: &mut SqliteConnection,
    key: ThrottleKey,
    rule: ThrottleRule,
    now: Timestamp,
) -> Outcome<Throttled> {
    let row = sqlx::query("SELECT count, since FROM throttles WHERE key = $1").bind(key.0.to_string());
    let before = match row.fetch_optional(&mut *tx).await? {
        Some(row) => Some(Tries { count: row.number("count")?, since: row.time("since")? }),
        None => None,
    };
    let (tries, throttled) = rule.count(before, now);
    sqlx::query(
        "INSERT INTO throttles (key, count, since, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE SET count = excluded.count, since = excluded.since,
             expires_at = excluded.expires_at",
    )
    .bind(key.0.to_string())
    .bind(tries.count)
    .bind(millis(tries.since))
    .bind(millis(tries.since + rule.window))
    .execute(tx)
    .await?;
    Ok(throttled)
}

async fn clear(tx: &mut SqliteConnection, key: ThrottleKey) -> Outcome<()> {
    sqlx::query("DELETE FROM throttles WHERE key = $1").bind(key.0.to_string()).execute(tx).await?;
    Ok(())
}
