//! Objects on their way out: rows first, then objects, and a note in between.

use std::collections::HashSet;
use std::time::Duration;

use domain::ids::ErasureId;
use domain::image::ImageId;
use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::database::{Answer, Deletions};
use domain::time::{DAY, Timestamp};

use super::failure::Outcome;
use super::row::{Row, all, json, millis};
use super::statement::{Tx, either, query};
use super::{Engine, Sql};
use super::{images, photos};

/// How long a repeated request is known by its key.
const IDEMPOTENCY: Duration = DAY;
/// How long a webhook delivery stays in the log after its event.
const DELIVERY_LOG: Duration = Duration::from_secs(30 * DAY.as_secs());

impl<E: Engine> Deletions for Sql<E> {
    fn expire_objects(&self, now: Timestamp, limit: u32) -> Answer<'_, u64> {
        self.engine.write(move |tx| Box::pin(expire(tx, now, limit)))
    }

    fn pending_deletions(&self, erasure: Option<ErasureId>, limit: u32) -> Answer<'_, Vec<ObjectKey>> {
        self.engine.read(move |tx| Box::pin(pending(tx, erasure, limit)))
    }

    fn confirm_deletions(&self, keys: Vec<ObjectKey>) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(confirm(tx, keys)))
    }

    fn orphans(&self, keys: Vec<ObjectKey>) -> Answer<'_, Vec<ObjectKey>> {
        self.engine.snapshot(move |tx| Box::pin(orphans(tx, keys)))
    }

    fn list_objects(
        &self,
        class: ObjectClass,
        after: Option<ObjectKey>,
        limit: u32,
    ) -> Answer<'_, Vec<ObjectKey>> {
        self.engine.read(move |tx| Box::pin(list(tx, class, after, limit)))
    }

    fn tidy(&self, now: Timestamp) -> Answer<'_, u64> {
        self.engine.write(move |tx| Box::pin(tidy(tx, now)))
    }
}

/// Notes objects that have to go. Their rows go in the same transaction.
pub(super) async fn queue(tx: &mut Tx, keys: &[ObjectKey], now: Timestamp) -> Outcome<()> {
    let Some(first) = keys.first() else { return Ok(()) };
    query(
        "INSERT INTO deletions (key, account, queued_at) SELECT value, $2, $3 FROM json_each($1) WHERE true
         ON CONFLICT DO NOTHING",
    )
    .bind(json(&keys)?)
    .bind(first.account().to_string())
    .bind(millis(now))
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether an object is on its way out.
pub(super) async fn is_queued(tx: &mut Tx, key: &ObjectKey) -> Outcome<bool> {
    let row = query("SELECT 1 FROM deletions WHERE key = $1").bind(key.to_string());
    Ok(row.fetch_optional(tx).await?.is_some())
}

/// Where several are at work each takes what the others do not hold.
async fn expire(tx: &mut Tx, now: Timestamp, limit: u32) -> Outcome<u64> {
    let mut gone = 0;
    let rows = either(
        "SELECT * FROM photos WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        "SELECT photos.* FROM photos JOIN lanes ON lanes.account = photos.account WHERE expires_at <= $1
         ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(millis(now))
    .bind(limit);
    for photo in all(rows.fetch_all(&mut *tx).await?, photos::read)? {
        gone += 1;
        queue(tx, &[photo.key()], now).await?;
        query("DELETE FROM photos WHERE account = $1 AND id = $2")
            .bind(photo.account.to_string())
            .bind(photo.id.to_string())
            .execute(&mut *tx)
            .await?;
    }
    let rows = either(
        "SELECT * FROM images WHERE expires_at <= $1 AND expired = 0 AND deleted = 0
         ORDER BY expires_at LIMIT $2",
        "SELECT images.* FROM images JOIN lanes ON lanes.account = images.account
         WHERE expires_at <= $1 AND expired = 0 AND deleted = 0
         ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(millis(now))
    .bind(limit);
    for image in all(rows.fetch_all(&mut *tx).await?, images::read)? {
        gone += 1;
        queue(tx, &[image.key()], now).await?;
        mark_expired(tx, image.account.to_string(), image.id).await?;
    }
    let rows = either(
        "SELECT * FROM images WHERE preview_expires_at <= $1 AND preview_expires_at IS NOT NULL AND deleted = 0
         ORDER BY preview_expires_at LIMIT $2",
        "SELECT images.* FROM images JOIN lanes ON lanes.account = images.account
         WHERE preview_expires_at <= $1 AND preview_expires_at IS NOT NULL AND deleted = 0
         ORDER BY preview_expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(millis(now))
    .bind(limit);
    for row in rows.fetch_all(&mut *tx).await? {
        let image = images::read(&row)?;
        let keys = images::objects(&row)?;
        gone += keys.len() as u64;
        queue(tx, &keys, now).await?;
        images::empty(tx, image.account, image.id).await?;
    }
    Ok(gone)
}

async fn mark_expired(tx: &mut Tx, account: String, image: ImageId) -> Outcome<()> {
    query("UPDATE images SET expired = 1 WHERE account = $1 AND generation = $2 AND number = $3")
        .bind(account)
        .bind(image.generation.to_string())
        .bind(image.number)
        .execute(tx)
        .await?;
    Ok(())
}

async fn pending(tx: &mut Tx, erasure: Option<ErasureId>, limit: u32) -> Outcome<Vec<ObjectKey>> {
    let rows = match erasure {
        Some(erasure) => query(
            "SELECT key FROM deletions WHERE erasure IS NOT NULL AND erasure = $1 ORDER BY queued_at, key LIMIT $2",
        )
        .bind(erasure.to_string()),
        None => query("SELECT key FROM deletions ORDER BY queued_at, key LIMIT $1"),
    };
    all(rows.bind(limit).fetch_all(tx).await?, |row| row.parsed("key"))
}

async fn confirm(tx: &mut Tx, keys: Vec<ObjectKey>) -> Outcome<()> {
    query("DELETE FROM deletions WHERE key IN (SELECT value FROM json_each($1))")
        .bind(json(&keys)?)
        .execute(tx)
        .await?;
    Ok(())
}

async fn orphans(tx: &mut Tx, keys: Vec<ObjectKey>) -> Outcome<Vec<ObjectKey>> {
    // A key has the ids of its row in it: each is one look into a primary key.
    let rows = query(
        "WITH asked AS (SELECT value AS key FROM json_each($1)),
         parts AS (
             SELECT key, substr(key, 1, slash) AS class, substr(key, slash + 1, 26) AS account,
                 substr(key, slash + 28, 26) AS id,
                 CAST(CASE WHEN length(key) > slash + 54 THEN substr(key, slash + 55) ELSE '0' END AS BIGINT) AS number
             FROM (SELECT key, CASE WHEN key LIKE 'previews/%' THEN 9 ELSE 8 END AS slash FROM asked) AS cut
         )
         SELECT key FROM parts WHERE class = 'uploads/' AND NOT EXISTS
             (SELECT 1 FROM photos WHERE photos.account = parts.account AND photos.id = parts.id)
         UNION ALL
         SELECT key FROM parts WHERE class = 'results/' AND NOT EXISTS
             (SELECT 1 FROM images WHERE images.account = parts.account AND images.generation = parts.id
              AND images.number = parts.number AND expired = 0 AND deleted = 0)
         UNION ALL
         SELECT key FROM parts WHERE class = 'previews/' AND NOT EXISTS
             (SELECT 1 FROM images WHERE images.account = parts.account AND images.generation = parts.id
              AND images.number = parts.number AND deleted = 0)",
    )
    .bind(json(&keys)?);
    let unknown: HashSet<ObjectKey> =
        all(rows.fetch_all(tx).await?, |row| row.parsed("key"))?.into_iter().collect();
    Ok(keys.into_iter().filter(|key| unknown.contains(key)).collect())
}

async fn list(
    tx: &mut Tx,
    class: ObjectClass,
    after: Option<ObjectKey>,
    limit: u32,
) -> Outcome<Vec<ObjectKey>> {
    let (account, id, number) = match after {
        None => (String::new(), String::new(), 0),
        Some(ObjectKey::Upload(account, photo)) => (account.to_string(), photo.to_string(), 0),
        Some(
            ObjectKey::Result(account, generation, number) | ObjectKey::Preview(account, generation, number),
        ) => (account.to_string(), generation.to_string(), number),
        Some(ObjectKey::Archive(account)) => (account.to_string(), String::new(), 0),
    };
    let statement = match class {
        ObjectClass::Upload => {
            "SELECT account, id, 0 AS number FROM photos WHERE (account, id, 0) > ($1, $2, $3)
             ORDER BY account, id LIMIT $4"
        }
        ObjectClass::Result => {
            "SELECT account, generation AS id, number FROM images
             WHERE (account, generation, number) > ($1, $2, $3) AND expired = 0 AND deleted = 0
             ORDER BY account, generation, number LIMIT $4"
        }
        ObjectClass::Preview => {
            "SELECT account, generation AS id, number FROM images
             WHERE (account, generation, number) > ($1, $2, $3) AND deleted = 0
             ORDER BY account, generation, number LIMIT $4"
        }
        // No row speaks of an archive.
        ObjectClass::Archive => return Ok(Vec::new()),
    };
    let rows = query(statement).bind(account).bind(id).bind(number).bind(limit);
    all(rows.fetch_all(tx).await?, |row| read_key(row, class))
}

fn read_key(row: &Row, class: ObjectClass) -> Outcome<ObjectKey> {
    let account = row.parsed("account")?;
    Ok(match class {
        ObjectClass::Upload => ObjectKey::Upload(account, row.parsed("id")?),
        ObjectClass::Result => ObjectKey::Result(account, row.parsed("id")?, row.number("number")?),
        ObjectClass::Preview => ObjectKey::Preview(account, row.parsed("id")?, row.number("number")?),
        ObjectClass::Archive => ObjectKey::Archive(account),
    })
}

async fn tidy(tx: &mut Tx, now: Timestamp) -> Outcome<u64> {
    let mut gone = 0;
    for (statement, before) in [
        ("DELETE FROM sessions WHERE expires_at <= $1", now),
        ("DELETE FROM resets WHERE expires_at <= $1", now),
        ("DELETE FROM throttles WHERE expires_at <= $1", now),
        ("DELETE FROM once WHERE expires_at <= $1", now),
        ("DELETE FROM idempotency_keys WHERE created_at < $1", now - IDEMPOTENCY),
        ("DELETE FROM deliveries WHERE created_at < $1 AND state <> 'pending'", now - DELIVERY_LOG),
    ] {
        gone += query(statement).bind(millis(before)).execute(&mut *tx).await?;
    }
    Ok(gone)
}
