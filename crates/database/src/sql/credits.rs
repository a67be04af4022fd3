//! Credits: the ledger and the grants.
//!
//! Each entry carries the position after it, so that the balance is read from the last one and not summed up each time.
//! [`audit`] sums up.

use domain::credit::{EntryKey, LedgerEntry, Position, Posting};
use domain::ids::{AccountId, GenerationId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{Answer, Applied, Conflict, Grant, Ledger};
use domain::time::Timestamp;

use super::failure::{Outcome, taken};
use super::row::{Row, all, integer, millis, name};
use super::statement::{Tx, query};
use super::{Engine, Sql, accounts};

impl<E: Engine> Ledger for Sql<E> {
    fn grant_credits(&self, grant: Grant) -> Answer<'_, Applied> {
        self.engine.write(move |tx| Box::pin(self::grant(tx, grant)))
    }

    fn credits(&self, account: AccountId) -> Answer<'_, Position> {
        self.engine.read(move |tx| Box::pin(position(tx, account)))
    }

    fn ledger(&self, account: AccountId, page: PageRequest<u64>) -> Answer<'_, Page<LedgerEntry, u64>> {
        self.engine.read(move |tx| Box::pin(list(tx, account, page)))
    }

    fn audit_ledger(&self) -> Answer<'_, Vec<AccountId>> {
        self.engine.snapshot(|tx| Box::pin(audit(tx)))
    }
}

fn read(row: &Row) -> Outcome<LedgerEntry> {
    Ok(LedgerEntry {
        account: row.parsed("account")?,
        sequence: row.number("sequence")?,
        key: EntryKey::stored(row.text("key")?),
        kind: row.named("kind")?,
        change: row.integer("change")?,
        after: read_position(row)?,
        generation: row.maybe("generation", |row, column| row.parsed(column))?,
        note: row.text("note")?,
        at: row.time("at")?,
    })
}

/// Reads the position in the columns `balance` and `debt`.
pub(super) fn read_position(row: &Row) -> Outcome<Position> {
    use domain::credit::Credits;
    let credits = |column| row.number(column).map(Credits::new);
    Ok(Position { balance: credits("balance")?, debt: credits("debt")? })
}

/// The last entry's sequence, and where the account stands.
async fn last(tx: &mut Tx, account: AccountId) -> Outcome<(i64, Position)> {
    let row =
        query("SELECT sequence, balance, debt FROM ledger WHERE account = $1 ORDER BY sequence DESC LIMIT 1")
            .bind(account.to_string())
            .fetch_optional(tx)
            .await?;
    row.map_or(Ok((0, Position::default())), |row| Ok((row.number("sequence")?, read_position(&row)?)))
}

/// Where an account stands.
pub(super) async fn position(tx: &mut Tx, account: AccountId) -> Outcome<Position> {
    accounts::find(tx, account).await?;
    Ok(last(tx, account).await?.1)
}

/// What an entry is made for, beside the posting itself.
pub(super) struct Booking<'a> {
    pub(super) account: AccountId,
    pub(super) key: EntryKey,
    pub(super) generation: Option<GenerationId>,
    pub(super) note: &'a str,
    pub(super) now: Timestamp,
}

/// Adds a posting to the ledger.
pub(super) async fn post(tx: &mut Tx, booking: Booking<'_>, posting: Posting) -> Outcome<Position> {
    let (mut sequence, mut position) = last(tx, booking.account).await?;
    for line in position.post(posting)? {
        sequence += 1;
        position = line.after;
        query(
            "INSERT INTO ledger (account, sequence, key, kind, change, balance, debt, generation, note, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(booking.account.to_string())
        .bind(sequence)
        .bind(booking.key.line(line.kind).as_str())
        .bind(name(&line.kind)?)
        .bind(line.change)
        .bind(position.balance.get())
        .bind(position.debt.get())
        .bind(booking.generation.map(|generation| generation.to_string()))
        .bind(booking.note)
        .bind(millis(booking.now))
        .execute(&mut *tx)
        .await
        .map_err(taken(Conflict::IdReused))?;
    }
    Ok(position)
}

async fn grant(tx: &mut Tx, grant: Grant) -> Outcome<Applied> {
    tx.hold(grant.account).await?;
    accounts::find(tx, grant.account).await?;
    let key = EntryKey::grant(&grant.key);
    let known = query("SELECT * FROM ledger WHERE key = $1").bind(key.as_str());
    if let Some(row) = known.fetch_optional(&mut *tx).await? {
        let known = read(&row)?;
        if known.account != grant.account || known.change != i64::from(grant.amount.get()) {
            return Err(Conflict::KeyReused.into());
        }
        return Ok(Applied { position: last(tx, grant.account).await?.1, already: true });
    }
    let booking =
        Booking { account: grant.account, key, generation: None, note: &grant.note, now: grant.now };
    Ok(Applied { position: post(tx, booking, Posting::Grant(grant.amount)).await?, already: false })
}

async fn list(tx: &mut Tx, account: AccountId, page: PageRequest<u64>) -> Outcome<Page<LedgerEntry, u64>> {
    let rows =
        query("SELECT * FROM ledger WHERE account = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3")
            .bind(account.to_string())
            .bind(page.after.map_or(i64::MAX, integer))
            .bind(page.limit() + 1);
    Ok(Page::cut(all(rows.fetch_all(tx).await?, read)?, page.limit(), |entry| entry.sequence))
}

/// The whole ledger of an account, oldest first.
pub(super) async fn entire(tx: &mut Tx, account: AccountId) -> Outcome<Vec<LedgerEntry>> {
    let rows = query("SELECT * FROM ledger WHERE account = $1 ORDER BY sequence").bind(account.to_string());
    all(rows.fetch_all(tx).await?, read)
}

/// The accounts whose ledger has a gap or a position that is not the sum, or whose generations lack an entry or have one
/// too many.
async fn audit(tx: &mut Tx) -> Outcome<Vec<AccountId>> {
    let rows = query(
        "SELECT account FROM (
             SELECT account, sequence, balance, debt, row_number() OVER entries AS place,
                 sum(change) OVER entries AS total,
                 sum(CASE WHEN kind IN ('debt', 'repayment') THEN change ELSE 0 END) OVER entries AS owed
             FROM ledger WINDOW entries AS (PARTITION BY account ORDER BY sequence)
         ) AS entries WHERE place <> sequence OR total <> balance OR owed <> debt
         UNION
         SELECT account FROM generations
         WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE key = 'reserve/' || id)
             OR EXISTS (SELECT 1 FROM ledger WHERE key = 'end/' || id) <> (ended_at IS NOT NULL)
         ORDER BY account",
    );
    all(rows.fetch_all(tx).await?, |row| row.parsed("account"))
}
