//! Moving everything to another database, and from another one: records as SQL has them, made there of rows and rows of them.

use std::collections::BTreeMap;

use domain::page::{Page, PageRequest};
use domain::ports::database::{Answer, DatabaseError, Field, Record, RecordKey, Table, Transfer};
use serde_json::{Value, json};

use super::Convex;
use super::wire::corrupt;

/// How many records are taken in by one transaction.
const BATCH: usize = 100;
/// Fields that hold fractions: there every number is one, so that the number itself does not tell.
const FRACTIONS: [&str; 1] = ["likeness"];
/// Beyond it a number is not exact there, or would not be read exactly here: it travels as a decimal fraction, whose digits without the
/// point have to be exact as well.
const EXACT: i64 = 1 << 49;

type Fields = BTreeMap<String, Value>;

fn field(name: &str, value: Value) -> Result<Field, DatabaseError> {
    Ok(match value {
        Value::Null => Field::Empty,
        Value::String(text) => Field::Text(text),
        Value::Number(number) if FRACTIONS.contains(&name) => {
            Field::Real(number.as_f64().ok_or_else(|| corrupt("of a fraction"))?)
        }
        Value::Number(number) => Field::Integer(number.as_i64().ok_or_else(|| corrupt("of a number"))?),
        _ => return Err(corrupt("of a record")),
    })
}

fn record(fields: Fields) -> Result<Record, DatabaseError> {
    let read = |(name, value): (String, Value)| field(&name, value).map(|field| (name, field));
    fields.into_iter().map(read).collect::<Result<_, _>>().map(Record)
}

fn value(field: &Field) -> Result<Value, DatabaseError> {
    match field {
        Field::Empty => Ok(Value::Null),
        Field::Integer(integer) if integer.abs() > EXACT => {
            Err(DatabaseError::Unavailable("a number is larger than Convex can hold exactly".into()))
        }
        Field::Integer(integer) => Ok(json!(integer)),
        Field::Real(real) => Ok(json!(real)),
        Field::Text(text) => Ok(json!(text)),
    }
}

fn values(fields: &[Field]) -> Result<Vec<Value>, DatabaseError> {
    fields.iter().map(value).collect()
}

fn written(record: &Record) -> Result<Value, DatabaseError> {
    let fields = record.0.iter().map(|(name, field)| Ok((name.clone(), value(field)?)));
    fields.collect::<Result<serde_json::Map<_, _>, DatabaseError>>().map(Value::Object)
}

impl Transfer for Convex {
    fn export_records(
        &self,
        table: Table,
        page: PageRequest<RecordKey>,
    ) -> Answer<'_, Page<Record, RecordKey>> {
        let limit = page.limit();
        Box::pin(async move {
            let after = page.after.map(|RecordKey(fields)| values(&fields)).transpose()?;
            let args = json!({ "table": table.name(), "after": after, "limit": limit + 1 });
            let rows: Vec<Fields> = self.caller.query("transfer:exportRecords", args).await?;
            let records = rows.into_iter().map(record).collect::<Result<Vec<_>, _>>()?;
            Ok(Page::cut(records, limit, |record| record.key(table)))
        })
    }

    fn import_records(&self, table: Table, records: Vec<Record>) -> Answer<'_, ()> {
        Box::pin(async move {
            for batch in records.chunks(BATCH) {
                let records = batch.iter().map(written).collect::<Result<Vec<_>, _>>()?;
                let args = json!({ "table": table.name(), "records": records });
                self.caller.mutation::<()>("transfer:importRecords", args).await?;
            }
            Ok(())
        })
    }

    /// Counts, sums and queues are made with the rows that they follow from.
    fn complete_import(&self) -> Answer<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
