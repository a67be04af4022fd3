//! Moving everything to another database, and from another one: tables as they are, whatever columns they have.

use domain::page::{Page, PageRequest};
use domain::ports::database::{Answer, DatabaseError, Field, Record, RecordKey, Table, Transfer};

use super::failure::{Failure, Outcome};
use super::row::all;
use super::statement::{Dialect, Query, Tx, composed, either, query};
use super::{Engine, Sql};

/// Values of one statement: SQLite takes 32,766 and PostgreSQL twice as many.
const VALUES: usize = 30_000;

impl<E: Engine> Transfer for Sql<E> {
    fn export_records(
        &self,
        table: Table,
        page: PageRequest<RecordKey>,
    ) -> Answer<'_, Page<Record, RecordKey>> {
        self.engine.read(move |tx| Box::pin(export(tx, table, page)))
    }

    fn import_records(&self, table: Table, records: Vec<Record>) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(import(tx, table, records)))
    }

    fn complete_import(&self) -> Answer<'_, ()> {
        self.engine.write_at_leisure(|tx| Box::pin(complete(tx)))
    }
}

/// The name of a column in a statement. SQLite numbers the rows of a table that has no key by itself.
fn column(tx: &Tx, table: Table, name: &str) -> String {
    if tx.dialect() == Dialect::Sqlite && table == Table::UsageEvents && name == "number" {
        return "rowid".into();
    }
    format!("\"{name}\"")
}

/// The name of the table that records are written to.
fn written(tx: &Tx, table: Table) -> &'static str {
    match table {
        // There it is a view over its parts.
        Table::Spending if tx.dialect() == Dialect::Postgres => "spending_parts",
        table => table.name(),
    }
}

async fn export(tx: &mut Tx, table: Table, page: PageRequest<RecordKey>) -> Outcome<Page<Record, RecordKey>> {
    let limit = page.limit();
    let names = columns(tx, table).await?;
    let named: Vec<String> =
        names.iter().map(|name| format!("{} AS \"{name}\"", column(tx, table, name))).collect();
    let key: Vec<String> = table.key().iter().map(|name| column(tx, table, name)).collect();
    let (named, key) = (named.join(", "), key.join(", "));
    let after = page.after.map_or_else(Vec::new, |RecordKey(fields)| fields);
    let places: Vec<String> = (1..=after.len()).map(|n| format!("${n}")).collect();
    let from =
        if after.is_empty() { String::new() } else { format!("WHERE ({key}) > ({})", places.join(", ")) };
    let mut rows = composed(format!(
        "SELECT {named} FROM {} {from} ORDER BY {key} LIMIT ${}",
        table.name(),
        after.len() + 1
    ));
    for field in after {
        rows = bind(rows, field);
    }
    let records = all(rows.bind(limit + 1).fetch_all(tx).await?, |row| row.record())?;
    Ok(Page::cut(records, limit, |record| record.key(table)))
}

/// The names of a table's columns.
async fn columns(tx: &mut Tx, table: Table) -> Outcome<Vec<String>> {
    let rows = either(
        "SELECT name FROM pragma_table_info($1)",
        "SELECT column_name::text AS name FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
    )
    .bind(table.name());
    let mut names = all(rows.fetch_all(tx).await?, |row| row.text("name"))?;
    if table == Table::UsageEvents && !names.iter().any(|name| name == "number") {
        names.push("number".into());
    }
    Ok(names)
}

async fn import(tx: &mut Tx, table: Table, records: Vec<Record>) -> Outcome<()> {
    let known = columns(tx, table).await?;
    let Some(first) = records.first() else { return Ok(()) };
    let names: Vec<String> = first.0.keys().cloned().collect();
    for record in &records {
        if let Some(unknown) = record.0.keys().find(|name| !known.contains(name)) {
            return Err(Failure::Rule(DatabaseError::Unavailable(format!(
                "the records of {} have a field that this database does not know ({unknown}): the other one is of another version",
                table.name()
            ))));
        }
        if !record.0.keys().eq(&names) {
            return Err(Failure::Corrupt("records of one table with different fields"));
        }
    }
    let into: Vec<String> = names.iter().map(|name| column(tx, table, name)).collect();
    for records in records.chunks((VALUES / names.len().max(1)).max(1)) {
        let row = |n: usize| {
            let places: Vec<String> =
                (1..=names.len()).map(|m| format!("${}", n * names.len() + m)).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..records.len()).map(row).collect();
        let mut statement = composed(format!(
            "INSERT INTO {} ({}) VALUES {} ON CONFLICT DO NOTHING",
            written(tx, table),
            into.join(", "),
            rows.join(", ")
        ));
        for field in records.iter().flat_map(|record| record.0.values()) {
            statement = bind(statement, field.clone());
        }
        statement.execute(tx).await?;
    }
    Ok(())
}

fn bind(statement: Query, field: Field) -> Query {
    match field {
        Field::Empty => statement.bind_nothing(),
        Field::Integer(integer) => statement.bind(integer),
        Field::Real(real) => statement.bind(real as f32),
        Field::Text(text) => statement.bind(text),
    }
}

/// Lanes follow from generations.
async fn complete(tx: &mut Tx) -> Outcome<()> {
    query("INSERT INTO lanes (account) SELECT id FROM accounts WHERE true ON CONFLICT DO NOTHING")
        .execute(tx)
        .await?;
    query(
        "UPDATE lanes SET queued = counted.queued, running = counted.running, succeeded = counted.succeeded,
             refused = counted.refused, failed = counted.failed, cancelled = counted.cancelled, head = counted.head
         FROM (
             SELECT account,
                 CAST(sum(CASE WHEN state = 'queued' THEN 1 ELSE 0 END) AS BIGINT) AS queued,
                 CAST(sum(CASE WHEN state = 'running' THEN 1 ELSE 0 END) AS BIGINT) AS running,
                 CAST(sum(CASE WHEN state = 'succeeded' THEN 1 ELSE 0 END) AS BIGINT) AS succeeded,
                 CAST(sum(CASE WHEN state = 'refused' THEN 1 ELSE 0 END) AS BIGINT) AS refused,
                 CAST(sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS BIGINT) AS failed,
                 CAST(sum(CASE WHEN state = 'cancelled' THEN 1 ELSE 0 END) AS BIGINT) AS cancelled,
                 min(CASE WHEN state = 'queued' THEN created_at END) AS head
             FROM generations GROUP BY account
         ) AS counted WHERE counted.account = lanes.account",
    )
    .execute(tx)
    .await?;
    if tx.dialect() == Dialect::Postgres {
        // The next number that is given by itself comes after those that were brought along.
        query(
            "SELECT setval(pg_get_serial_sequence('usage_events', 'number'),
                 (SELECT coalesce(max(number), 0) + 1 FROM usage_events), false)",
        )
        .execute(tx)
        .await?;
    }
    Ok(())
}
