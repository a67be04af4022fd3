//! Counters that slow guessing down.

use domain::ports::database::{Answer, Throttles};
use domain::throttle::{ThrottleKey, ThrottleRule, Throttled, Tries};
use domain::time::Timestamp;

use super::failure::Outcome;
use super::row::millis;
use super::statement::{Tx, query};
use super::{Engine, Sql};

impl<E: Engine> Throttles for Sql<E> {
    fn count_try(&self, key: ThrottleKey, rule: ThrottleRule, now: Timestamp) -> Answer<'_, Throttled> {
        self.engine.write(move |tx| Box::pin(count(tx, key, rule, now)))
    }

    fn clear_tries(&self, key: ThrottleKey) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(clear(tx, key)))
    }
}

async fn count(tx: &mut Tx, key: ThrottleKey, rule: ThrottleRule, now: Timestamp) -> Outcome<Throttled> {
    let word = key.0.to_string();
    tx.hold_word(&word).await?;
    let row = query("SELECT count, since FROM throttles WHERE key = $1").bind(&word);
    let before = match row.fetch_optional(&mut *tx).await? {
        Some(row) => Some(Tries { count: row.number("count")?, since: row.time("since")? }),
        None => None,
    };
    let (tries, throttled) = rule.count(before, now);
    query(
        "INSERT INTO throttles (key, count, since, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE SET count = excluded.count, since = excluded.since,
             expires_at = excluded.expires_at",
    )
    .bind(word)
    .bind(tries.count)
    .bind(millis(tries.since))
    .bind(millis(tries.since + rule.window))
    .execute(tx)
    .await?;
    Ok(throttled)
}

async fn clear(tx: &mut Tx, key: ThrottleKey) -> Outcome<()> {
    query("DELETE FROM throttles WHERE key = $1").bind(key.0.to_string()).execute(tx).await?;
    Ok(())
}
