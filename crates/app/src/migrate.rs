//! Migrate: moves everything from one database to another, and believes nothing that it has not read back.
//!
//! Nobody may work with either of them meanwhile; what was written into the first while it was read is found out at the end. A
//! move that broke off is taken up again: records that are there already stay as they are.

use domain::ids::AccountId;
use domain::page::PageRequest;
use domain::ports::database::{DatabaseError, Field, Movable, Record, Table};
use sha2::{Digest, Sha256};

/// What one table holds, in figures that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Which one.
    pub table: Table,
    /// How many records.
    pub records: u64,
    /// The sums of what counts: money, credits, bytes.
    pub sums: Vec<(&'static str, i128)>,
    /// SHA-256 of all of it.
    digest: [u8; 32],
}

/// Why a move is not complete. The first database is as it was, whatever happened.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The second holds something already.
    #[error("the database to move to is not empty (it has {}): take an empty one, or go on with a move that broke off", .0.name())]
    NotEmpty(Table),
    /// What was read back is not what was moved.
    #[error("{} differ after the move: {from}, but {to}. Stop whatever works with either database, and move again", .table.name())]
    Differs {
        /// Where.
        table: Table,
        /// What the first holds.
        from: String,
        /// What the second holds.
        to: String,
    },
    /// The ledgers don't add up.
    #[error("{} ledgers don't add up after the move: do not use the new database, and report this", .0.len())]
    Ledgers(Vec<AccountId>),
    /// One of the databases did not do it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Moves everything. With `again` it goes on with a move that broke off; without, the second database has to be empty. `told` is
/// called after each table with what was moved of it.
///
/// # Errors
/// [`MigrateError`]. What was moved until then stays in the second database.
pub async fn migrate(
    from: &dyn Movable,
    to: &dyn Movable,
    again: bool,
    mut told: impl FnMut(&Tally),
) -> Result<Vec<Tally>, MigrateError> {
    if !again {
        for table in Table::ALL {
            if !to.export_records(table, PageRequest::first(1)).await?.items.is_empty() {
                return Err(MigrateError::NotEmpty(table));
            }
        }
    }
    for table in Table::ALL {
        let mut moved = Counter::new(table);
        let mut page = PageRequest::first(PageRequest::<()>::MAX);
        loop {
            let records = from.export_records(table, page).await?;
            records.items.iter().for_each(|record| moved.count(record));
            to.import_records(table, records.items).await?;
            let Some(next) = records.next else { break };
            page = PageRequest::after(next, PageRequest::<()>::MAX);
        }
        told(&moved.tally());
    }
    to.complete_import().await?;
    verify(from, to).await
}

/// Reads both from one end to the other, and compares.
async fn verify(from: &dyn Movable, to: &dyn Movable) -> Result<Vec<Tally>, MigrateError> {
    let mut tallies = Vec::new();
    for table in Table::ALL {
        let (left, right) = (tally(from, table).await?, tally(to, table).await?);
        if left != right {
            let (from, mut to) = (left.told(), right.told());
            if from == to {
                to = "as many with other contents".into();
            }
            return Err(MigrateError::Differs { table, from, to });
        }
        tallies.push(left);
    }
    let wrong = to.audit_ledger().await?;
    if wrong.is_empty() { Ok(tallies) } else { Err(MigrateError::Ledgers(wrong)) }
}

/// What a table of a database holds.
///
/// # Errors
/// `Unavailable`.
pub async fn tally(database: &dyn Movable, table: Table) -> Result<Tally, DatabaseError> {
    let mut counter = Counter::new(table);
    let mut page = PageRequest::first(PageRequest::<()>::MAX);
    loop {
        let records = database.export_records(table, page).await?;
        records.items.iter().for_each(|record| counter.count(record));
        let Some(next) = records.next else { return Ok(counter.tally()) };
        page = PageRequest::after(next, PageRequest::<()>::MAX);
    }
}

impl Tally {
    /// In words: `3 records, change 12, balance 12, debt 0`.
    pub fn told(&self) -> String {
        let sums = self.sums.iter().map(|(name, sum)| format!(", {name} {sum}"));
        format!("{} records{}", self.records, sums.collect::<String>())
    }
}

struct Counter {
    table: Table,
    records: u64,
    sums: Vec<i128>,
    digest: Sha256,
}

impl Counter {
    fn new(table: Table) -> Self {
        Counter { table, records: 0, sums: vec![0; table.sums().len()], digest: Sha256::new() }
    }

    fn count(&mut self, record: &Record) {
        self.records += 1;
        for (sum, name) in self.sums.iter_mut().zip(self.table.sums()) {
            if let Some(Field::Integer(integer)) = record.0.get(*name) {
                *sum += i128::from(*integer);
            }
        }
        for (name, field) in &record.0 {
            // What is empty may as well be missing. Lengths keep one field from looking like a part of its neighbour.
            let (mark, bytes): (u8, &[u8]) = match field {
                Field::Empty => continue,
                Field::Integer(integer) => (1, &integer.to_be_bytes()),
                Field::Real(real) => (2, &real.to_be_bytes()),
                Field::Text(text) => (3, text.as_bytes()),
            };
            for part in [name.as_bytes(), &[mark], bytes] {
                self.digest.update((part.len() as u64).to_be_bytes());
                self.digest.update(part);
            }
        }
        self.digest.update(u64::MAX.to_be_bytes());
    }

    fn tally(&self) -> Tally {
        let sums = self.table.sums().iter().copied().zip(self.sums.iter().copied()).collect();
        let digest = self.digest.clone().finalize().into();
        Tally { table: self.table, records: self.records, sums, digest }
    }
}
