//! A statement and its values, for whichever driver carries it out.
//!
//! The verbs speak the SQL that SQLite and PostgreSQL have in common. Where they differ, a statement has two texts
//! ([`either`]), or the connection is asked for what only one of them needs ([`Connection::lock`]).

use domain::ids::AccountId;
use domain::ports::BoxFuture;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr, SqlStr, SqliteConnection};

use super::row::Row;

/// What a verb runs on: a connection in the middle of the verb's transaction.
pub(super) type Tx = dyn Connection;

type Answered<'a, T> = BoxFuture<'a, Result<T, sqlx::Error>>;

/// A connection of one of the drivers.
pub(super) trait Connection: Send {
    /// Which SQL it speaks.
    fn dialect(&self) -> Dialect;
    /// Carries out a statement and gathers its rows.
    fn rows(&mut self, statement: Statement) -> Answered<'_, Vec<Row>>;
    /// Carries out a statement and gives its first row.
    fn first(&mut self, statement: Statement) -> Answered<'_, Option<Row>>;
    /// Carries out a statement and counts the rows it changed.
    fn change(&mut self, statement: Statement) -> Answered<'_, u64>;
}

/// The two ways to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// One writer at a time: what a verb has read stays as it was until it is done.
    Sqlite,
    /// Many at a time: a verb holds what must not change under it.
    Postgres,
}

impl dyn Connection {
    /// Keeps everybody else from changing anything of an account until the transaction ends, and waits for whoever is at it.
    ///
    /// The account's lane is what is held: the claim passes over lanes that are held. Whoever holds one may take the
    /// account's other rows, never the other way round, and holds a second lane only if it need not wait for it: so no
    /// two verbs wait for each other.
    pub(super) async fn hold(&mut self, account: AccountId) -> Result<(), sqlx::Error> {
        if self.dialect() == Dialect::Postgres {
            query("SELECT 1 FROM lanes WHERE account = $1 FOR UPDATE")
                .bind(account.to_string())
                .fetch_optional(self)
                .await?;
        }
        Ok(())
    }

    /// Keeps out whoever wants the same word until the transaction ends, for what has no row yet.
    pub(super) async fn hold_word(&mut self, word: &str) -> Result<(), sqlx::Error> {
        if self.dialect() == Dialect::Postgres {
            query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(word).execute(self).await?;
        }
        Ok(())
    }
}

/// A value of a column.
#[derive(Clone)]
pub(super) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Real(Option<f32>),
    /// Nothing, of whatever type is wanted.
    Nothing,
}

/// A statement with the values of `$1`, `$2` and so on.
pub(super) struct Statement {
    text: SqlStr,
    /// Whether the driver keeps it prepared.
    keep: bool,
    values: Vec<Value>,
}

/// A statement whose text depends on the dialect.
pub(super) struct Query {
    sqlite: SqlStr,
    postgres: SqlStr,
    keep: bool,
    values: Vec<Value>,
}

/// A statement that both understand.
pub(super) fn query(text: &'static str) -> Query {
    either(text, text)
}

/// A statement that each understands in its own words. The values are the same.
pub(super) fn either(sqlite: &'static str, postgres: &'static str) -> Query {
    let (sqlite, postgres) = (SqlStr::from_static(sqlite), SqlStr::from_static(postgres));
    Query { sqlite, postgres, keep: true, values: Vec::new() }
}

/// A statement that was put together from names of the schema, which are ours. Nothing that came from outside may be in it.
pub(super) fn composed(text: String) -> Query {
    let text = AssertSqlSafe(text).into_sql_str();
    Query { sqlite: text.clone(), postgres: text, keep: false, values: Vec::new() }
}

impl Query {
    /// The value of the next `$n`.
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Nothing as the value of the next `$n`, where it is not known what there could be.
    pub(super) fn bind_nothing(mut self) -> Self {
        self.values.push(Value::Nothing);
        self
    }

    fn on(self, dialect: Dialect) -> Statement {
        let text = match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        };
        Statement { text, keep: self.keep, values: self.values }
    }

    /// Every row.
    pub(super) async fn fetch_all(self, tx: &mut Tx) -> Result<Vec<Row>, sqlx::Error> {
        tx.rows(self.on(tx.dialect())).await
    }

    /// The first row, if there is one.
    pub(super) async fn fetch_optional(self, tx: &mut Tx) -> Result<Option<Row>, sqlx::Error> {
        tx.first(self.on(tx.dialect())).await
    }

    /// The row that there must be.
    pub(super) async fn fetch_one(self, tx: &mut Tx) -> Result<Row, sqlx::Error> {
        self.fetch_optional(tx).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// How many rows it changed.
    pub(super) async fn execute(self, tx: &mut Tx) -> Result<u64, sqlx::Error> {
        tx.change(self.on(tx.dialect())).await
    }
}

/// Nothing, as a value whose type the server finds out by itself.
struct Nothing;

impl sqlx::Type<sqlx::Sqlite> for Nothing {
    fn type_info() -> sqlx::sqlite::SqliteTypeInfo {
        <String as sqlx::Type<sqlx::Sqlite>>::type_info()
    }
}

impl sqlx::Encode<'_, sqlx::Sqlite> for Nothing {
    fn encode_by_ref(&self, _: &mut sqlx::sqlite::SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

impl sqlx::Type<sqlx::Postgres> for Nothing {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        // "unknown", which PostgreSQL takes for what it needs.
        sqlx::postgres::PgTypeInfo::with_oid(sqlx::postgres::types::Oid(705))
    }
}

impl sqlx::Encode<'_, sqlx::Postgres> for Nothing {
    fn encode_by_ref(&self, _: &mut sqlx::postgres::PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

macro_rules! connection {
    ($connection:ty, $dialect:ident, $text:expr) => {
        impl Connection for $connection {
            fn dialect(&self) -> Dialect {
                Dialect::$dialect
            }

            fn rows(&mut self, statement: Statement) -> Answered<'_, Vec<Row>> {
                Box::pin(async move {
                    let rows = connection!(bound statement, $text).fetch_all(self).await?;
                    Ok(rows.into_iter().map(Row::$dialect).collect())
                })
            }

            fn first(&mut self, statement: Statement) -> Answered<'_, Option<Row>> {
                Box::pin(async move {
                    let row = connection!(bound statement, $text).fetch_optional(self).await?;
                    Ok(row.map(Row::$dialect))
                })
            }

            fn change(&mut self, statement: Statement) -> Answered<'_, u64> {
                Box::pin(async move {
                    Ok(connection!(bound statement, $text).execute(self).await?.rows_affected())
                })
            }
        }
    };
    (bound $statement:ident, $text:expr) => {{
        let mut query = sqlx::query($statement.text).persistent($statement.keep);
        for value in $statement.values {
            query = match value {
                Value::Text(text) => query.bind(text.map($text)),
                Value::Integer(integer) => query.bind(integer),
                Value::Real(real) => query.bind(real),
                Value::Nothing => query.bind(Nothing),
            };
        }
        query
    }};
}
connection!(SqliteConnection, Sqlite, |text: String| text);
// PostgreSQL's texts hold every character but this one.
connection!(PgConnection, Postgres, |text: String| if text.contains('\0') {
    text.replace('\0', "\u{fffd}")
} else {
    text
});

macro_rules! values {
    ($($variant:ident: $($type:ty)*;)*) => { $( $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Value::$variant(Some(value.into()))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Value::$variant(value.map(Into::into))
            }
        }
    )* )* };
}
values! {
    Text: String &String &str;
    Integer: i64 u32 u16 u8 bool;
    Real: f32;
}
