//! Erasing an account.
//!
//! The tables that speak of an account reference it with `ON DELETE CASCADE`, so that a table added later can't be forgotten;
//! the conformance suite searches every column of every table for what should be gone.

use domain::account::Role;
use domain::erasure::{Erasure, ErasureCounts};
use domain::ids::{AccountId, ErasureId};
use domain::ports::database::{Answer, Conflict, Erasures, Noun};
use domain::time::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::failure::{Failure, Outcome};
use super::row::{Columns, all, json, millis};
use super::{Sqlite, accounts, aliases};

impl Erasures for Sqlite {
    fn erase_account(&self, account: AccountId, erasure: ErasureId, now: Timestamp) -> Answer<'_, Erasure> {
        self.write(move |tx| Box::pin(erase(tx, account, erasure, now)))
    }

    fn complete_erasure(&self, erasure: ErasureId, now: Timestamp) -> Answer<'_, Erasure> {
        self.write_and_empty_log(move |tx| Box::pin(complete(tx, erasure, now)))
    }

    fn erasure(&self, erasure: ErasureId) -> Answer<'_, Erasure> {
        self.read(move |tx| {
            Box::pin(async move { find(tx, erasure).await?.ok_or(Failure::from(Noun::Erasure)) })
        })
    }

    fn search_everywhere(&self, text: String) -> Answer<'_, Vec<String>> {
        self.snapshot(move |tx| Box::pin(search(tx, text)))
    }

    fn open_erasures(&self) -> Answer<'_, Vec<Erasure>> {
        self.read(|tx| {
            Box::pin(async move {
                let rows = sqlx::query("SELECT * FROM erasures WHERE completed_at IS NULL ORDER BY id");
                all(rows.fetch_all(tx).await?, read)
            })
        })
    }
}

fn read(row: &SqliteRow) -> Outcome<Erasure> {
    Ok(Erasure {
        id: row.parsed("id")?,
        account: row.maybe("account", |row, column| row.parsed(column))?,
        begun_at: row.time("begun_at")?,
        completed_at: row.maybe("completed_at", Columns::time)?,
        counts: row.json("counts")?,
    })
}

async fn find(tx: &mut SqliteConnection, erasure: ErasureId) -> Outcome<Option<Erasure>> {
    let row = sqlx::query("SELECT * FROM erasures WHERE id = $1").bind(erasure.to_string());
    row.fetch_optional(tx).await?.as_ref().map(read).transpose()
}

async fn erase(
    tx: &mut SqliteConnection,
    account: AccountId,
    id: ErasureId,
    now: Timestamp,
) -> Outcome<Erasure> {
    if let Some(known) = find(tx, id).await? {
        let same = known.account.is_none_or(|erased| erased == account);
        return if same { Ok(known) } else { Err(Conflict::IdReused.into()) };
    }
    let role = accounts::find(tx, account).await?.role;
    if role == Role::Admin && accounts::is_last_admin(tx).await? && !is_alone(tx).await? {
        return Err(Conflict::LastAdmin.into());
    }
    let mut counts = count(tx, account).await?;
    queue_objects(tx, account, now).await?;
    let objects = sqlx::query("SELECT count(*) AS objects FROM deletions WHERE account = $1");
    counts.objects = objects.bind(account.to_string()).fetch_one(&mut *tx).await?.number("objects")?;
    sqlx::query("INSERT INTO erasures (id, account, begun_at, counts) VALUES ($1, $2, $3, $4)")
        .bind(id.to_string())
        .bind(account.to_string())
        .bind(millis(now))
        .bind(json(&counts)?)
        .execute(&mut *tx)
        .await?;
    sqlx::query("UPDATE deletions SET erasure = $2 WHERE account = $1")
        .bind(account.to_string())
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
    aliases::say_farewell(tx, account, id).await?;
    sqlx::query("DELETE FROM accounts WHERE id = $1").bind(account.to_string()).execute(tx).await?;
    Ok(Erasure { id, account: Some(account), begun_at: now, completed_at: None, counts })
}

async fn is_alone(tx: &mut SqliteConnection) -> Outcome<bool> {
    let accounts = "SELECT count(*) FROM (SELECT 1 FROM accounts LIMIT 2)";
    Ok(sqlx::query_scalar::<_, i64>(accounts).fetch_one(tx).await? < 2)
}

async fn count(tx: &mut SqliteConnection, account: AccountId) -> Outcome<ErasureCounts> {
    let row = sqlx::query(
        "SELECT
             (SELECT count(*) FROM photos WHERE account = $1) AS photos,
             (SELECT count(*) FROM generations WHERE account = $1) AS generations,
             (SELECT count(*) FROM images WHERE account = $1 AND deleted = 0) AS images,
             (SELECT count(*) FROM consents WHERE account = $1) AS consents,
             (SELECT count(*) FROM ledger WHERE account = $1) AS entries,
             (SELECT count(*) FROM sessions WHERE account = $1)
                 + (SELECT count(*) FROM api_keys WHERE account = $1) AS credentials,
             (SELECT count(*) FROM endpoints WHERE account = $1)
                 + (SELECT count(*) FROM deliveries WHERE account = $1) AS webhooks,
             (SELECT count(*) FROM usage_events WHERE account = $1) AS usage,
             (SELECT count(*) FROM payments WHERE account = $1) AS payments",
    )
    .bind(account.to_string())
    .fetch_one(tx)
    .await?;
    Ok(ErasureCounts {
        photos: row.number("photos")?,
        generations: row.number("generations")?,
        images: row.number("images")?,
        consents: row.number("consents")?,
        entries: row.number("entries")?,
        credentials: row.number("credentials")?,
        webhooks: row.number("webhooks")?,
        usage: row.number("usage")?,
        objects: 0,
        payments_kept: row.number("payments")?,
    })
}

/// Notes every object of the account, in the words of the domain's object keys.
async fn queue_objects(tx: &mut SqliteConnection, account: AccountId, now: Timestamp) -> Outcome<()> {
    for statement in [
        "INSERT INTO deletions (key, account, queued_at)
         SELECT 'uploads/' || account || '/' || id, account, $2 FROM photos WHERE account = $1
         ON CONFLICT DO NOTHING",
        "INSERT INTO deletions (key, account, queued_at)
         SELECT 'results/' || account || '/' || generation || '/' || number, account, $2 FROM images
         WHERE account = $1 AND expired = 0 AND deleted = 0 ON CONFLICT DO NOTHING",
        "INSERT INTO deletions (key, account, queued_at)
         SELECT 'previews/' || account || '/' || generation || '/' || number, account, $2 FROM images
         WHERE account = $1 AND deleted = 0 ON CONFLICT DO NOTHING",
    ] {
        sqlx::query(statement).bind(account.to_string()).bind(millis(now)).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn complete(tx: &mut SqliteConnection, id: ErasureId, now: Timestamp) -> Outcome<Erasure> {
    let erasure = find(tx, id).await?.ok_or(Noun::Erasure)?;
    if erasure.completed_at.is_some() {
        return Ok(erasure);
    }
    for open in [
        "SELECT 1 FROM deletions WHERE erasure IS NOT NULL AND erasure = $1 LIMIT 1",
        "SELECT 1 FROM farewells WHERE erasure = $1 LIMIT 1",
    ] {
        if sqlx::query(open).bind(id.to_string()).fetch_optional(&mut *tx).await?.is_some() {
            return Err(Conflict::ObjectsRemain.into());
        }
    }
    sqlx::query("UPDATE erasures SET account = NULL, completed_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(millis(now))
        .execute(tx)
        .await?;
    Ok(Erasure { account: None, completed_at: Some(now), ..erasure })
}

/// The tables in which some column holds the text.
async fn search(tx: &mut SqliteConnection, text: String) -> Outcome<Vec<String>> {
    let columns = sqlx::query(
        "SELECT tables.name AS \"table\", columns.name AS \"column\"
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' ORDER BY tables.name",
    );
    let columns =
        all(columns.fetch_all(&mut *tx).await?, |row| Ok((row.text("table")?, row.text("column")?)))?;
    let mut found = Vec::new();
    for (table, column) in columns {
        // The names come from the schema, which is ours.
        let statement = format!("SELECT 1 FROM \"{table}\" WHERE instr(\"{column}\", $1) > 0 LIMIT 1");
        let row = sqlx::query(AssertSqlSafe(statement)).bind(&text);
        if row.fetch_optional(&mut *tx).await?.is_some() && found.last() != Some(&table) {
            found.push(table);
        }
    }
    Ok(found)
}
