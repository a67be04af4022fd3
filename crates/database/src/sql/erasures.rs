//! Erasing an account.
//!
//! The tables that speak of an account reference it with `ON DELETE CASCADE`, so that a table added later can't be forgotten;
//! the conformance suite searches every column of every table for what should be gone.

use domain::account::Role;
use domain::erasure::{Erasure, ErasureCounts};
use domain::ids::{AccountId, ErasureId};
use domain::ports::database::{Answer, Conflict, Erasures, Noun};
use domain::time::Timestamp;

use super::failure::{Failure, Outcome};
use super::row::{Row, all, json, millis};
use super::statement::{Dialect, Tx, composed, either, query};
use super::{Engine, Sql, accounts, aliases};

impl<E: Engine> Erasures for Sql<E> {
    fn erase_account(&self, account: AccountId, erasure: ErasureId, now: Timestamp) -> Answer<'_, Erasure> {
        self.engine.write(move |tx| Box::pin(erase(tx, account, erasure, now)))
    }

    fn complete_erasure(&self, erasure: ErasureId, now: Timestamp) -> Answer<'_, Erasure> {
        self.engine.write_and_empty_log(move |tx| Box::pin(complete(tx, erasure, now)))
    }

    fn erasure(&self, erasure: ErasureId) -> Answer<'_, Erasure> {
        self.engine.read(move |tx| {
            Box::pin(async move { find(tx, erasure).await?.ok_or(Failure::from(Noun::Erasure)) })
        })
    }

    fn search_everywhere(&self, text: String) -> Answer<'_, Vec<String>> {
        self.engine.snapshot(move |tx| Box::pin(search(tx, text)))
    }

    fn open_erasures(&self) -> Answer<'_, Vec<Erasure>> {
        self.engine.read(|tx| {
            Box::pin(async move {
                let rows = query("SELECT * FROM erasures WHERE completed_at IS NULL ORDER BY id");
                all(rows.fetch_all(tx).await?, read)
            })
        })
    }
}

fn read(row: &Row) -> Outcome<Erasure> {
    Ok(Erasure {
        id: row.parsed("id")?,
        account: row.maybe("account", |row, column| row.parsed(column))?,
        begun_at: row.time("begun_at")?,
        completed_at: row.maybe("completed_at", Row::time)?,
        counts: row.json("counts")?,
    })
}

async fn find(tx: &mut Tx, erasure: ErasureId) -> Outcome<Option<Erasure>> {
    let row = query("SELECT * FROM erasures WHERE id = $1").bind(erasure.to_string());
    row.fetch_optional(tx).await?.as_ref().map(read).transpose()
}

async fn erase(tx: &mut Tx, account: AccountId, id: ErasureId, now: Timestamp) -> Outcome<Erasure> {
    tx.hold_word(accounts::ADMINS).await?;
    tx.hold(account).await?;
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
    let objects = query("SELECT count(*) AS objects FROM deletions WHERE account = $1");
    counts.objects = objects.bind(account.to_string()).fetch_one(&mut *tx).await?.number("objects")?;
    query("INSERT INTO erasures (id, account, begun_at, counts) VALUES ($1, $2, $3, $4)")
        .bind(id.to_string())
        .bind(account.to_string())
        .bind(millis(now))
        .bind(json(&counts)?)
        .execute(&mut *tx)
        .await?;
    query("UPDATE deletions SET erasure = $2 WHERE account = $1")
        .bind(account.to_string())
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
    aliases::say_farewell(tx, account, id).await?;
    query("DELETE FROM accounts WHERE id = $1").bind(account.to_string()).execute(tx).await?;
    Ok(Erasure { id, account: Some(account), begun_at: now, completed_at: None, counts })
}

async fn is_alone(tx: &mut Tx) -> Outcome<bool> {
    let accounts = query("SELECT count(*) AS accounts FROM (SELECT 1 FROM accounts LIMIT 2) AS few");
    Ok(accounts.fetch_one(tx).await?.integer("accounts")? < 2)
}

async fn count(tx: &mut Tx, account: AccountId) -> Outcome<ErasureCounts> {
    let row = query(
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
async fn queue_objects(tx: &mut Tx, account: AccountId, now: Timestamp) -> Outcome<()> {
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
        query(statement).bind(account.to_string()).bind(millis(now)).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn complete(tx: &mut Tx, id: ErasureId, now: Timestamp) -> Outcome<Erasure> {
    let erasure = find(tx, id).await?.ok_or(Noun::Erasure)?;
    if erasure.completed_at.is_some() {
        return Ok(erasure);
    }
    for open in [
        "SELECT 1 FROM deletions WHERE erasure IS NOT NULL AND erasure = $1 LIMIT 1",
        "SELECT 1 FROM farewells WHERE erasure = $1 LIMIT 1",
    ] {
        if query(open).bind(id.to_string()).fetch_optional(&mut *tx).await?.is_some() {
            return Err(Conflict::ObjectsRemain.into());
        }
    }
    query("UPDATE erasures SET account = NULL, completed_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(millis(now))
        .execute(tx)
        .await?;
    Ok(Erasure { account: None, completed_at: Some(now), ..erasure })
}

/// The tables in which some column holds the text.
async fn search(tx: &mut Tx, text: String) -> Outcome<Vec<String>> {
    let columns = either(
        "SELECT tables.name AS \"table\", columns.name AS \"column\"
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' ORDER BY tables.name",
        "SELECT table_name::text AS \"table\", column_name::text AS \"column\" FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type = 'text' ORDER BY table_name, ordinal_position",
    );
    let columns =
        all(columns.fetch_all(&mut *tx).await?, |row| Ok((row.text("table")?, row.text("column")?)))?;
    let mut found = Vec::new();
    for (table, column) in columns {
        // The names come from the schema, which is ours.
        let statement = match tx.dialect() {
            Dialect::Sqlite => format!("SELECT 1 FROM \"{table}\" WHERE instr(\"{column}\", $1) > 0 LIMIT 1"),
            Dialect::Postgres => {
                format!("SELECT 1 FROM \"{table}\" WHERE strpos(\"{column}\", $1) > 0 LIMIT 1")
            }
        };
        let row = composed(statement).bind(&text);
        if row.fetch_optional(&mut *tx).await?.is_some() && found.last() != Some(&table) {
            found.push(table);
        }
    }
    Ok(found)
}
