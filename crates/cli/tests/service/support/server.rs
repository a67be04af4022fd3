//! A PostgreSQL server of this machine's own package.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use standins::PostgresServer;

/// The address of a new database on it.
pub(crate) async fn database(name: &str) -> String {
    let url = PostgresServer::shared().url();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
    url.replace("/postgres?", &format!("/{name}?"))
}
