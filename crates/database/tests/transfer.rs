//! Moving between databases, in every direction: what one gives out the other takes.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use conformance::database::{Scene, transfer};
use database::{Convex, ConvexOptions, Postgres, PostgresOptions, Sqlite, SqliteOptions};
use domain::ports::database::{DatabaseError, Field, Record, Table, Transfer};
use domain::secret::Secret;
use sqlx::{Connection, PgConnection, Row};
use standins::{ConvexDeployment, PostgresServer};
use tempfile::TempDir;

async fn sqlite() -> (Scene, Arc<dyn Transfer>) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("covershots.db");
    let sqlite = Arc::new(Sqlite::open(SqliteOptions::new(file)).await.unwrap());
    (Scene::new(sqlite.clone(), folder), sqlite)
}

async fn postgres() -> (Scene, Arc<dyn Transfer>) {
    let server = PostgresServer::shared();
    let options = PostgresOptions {
        connections: 6,
        schema: Some(server.schema()),
        ..PostgresOptions::new(Secret::new(server.url()))
    };
    let postgres = Arc::new(Postgres::open(options).await.unwrap());
    (Scene::new(postgres.clone(), ()), postgres)
}

async fn convex() -> (Scene, Arc<dyn Transfer>) {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let deployment = ConvexDeployment::start(http.clone()).await;
    let options = ConvexOptions::new(&deployment.url, Secret::new(&deployment.key));
    let convex = Arc::new(Convex::connect(http, options).await.unwrap());
    (Scene::new(convex.clone(), deployment), convex)
}

async fn moves((from, out): (Scene, Arc<dyn Transfer>), (to, into): (Scene, Arc<dyn Transfer>)) {
    transfer::everything_arrives_and_life_goes_on((&from, &*out), (&to, &*into)).await;
}

#[tokio::test]
async fn sqlite_to_postgres() {
    moves(sqlite().await, postgres().await).await;
}

#[tokio::test]
async fn postgres_to_sqlite() {
    moves(postgres().await, sqlite().await).await;
}

#[tokio::test]
async fn postgres_to_postgres() {
    moves(postgres().await, postgres().await).await;
}

#[tokio::test]
async fn sqlite_to_convex() {
    moves(sqlite().await, convex().await).await;
}

#[tokio::test]
async fn convex_to_sqlite() {
    moves(convex().await, sqlite().await).await;
}

#[tokio::test]
async fn convex_to_postgres() {
    moves(convex().await, postgres().await).await;
}

#[tokio::test]
async fn no_table_is_forgotten() {
    let server = PostgresServer::shared();
    let schema = server.schema();
    let options =
        PostgresOptions { schema: Some(schema.clone()), ..PostgresOptions::new(Secret::new(server.url())) };
    Postgres::open(options).await.unwrap().close().await;
    let mut raw = PgConnection::connect(&server.url()).await.unwrap();
    let rows = sqlx::query("SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY 1")
        .bind(schema)
        .fetch_all(&mut raw)
        .await
        .unwrap();
    let mut moved: Vec<String> = Table::ALL.iter().map(|table| table.name().to_owned()).collect();
    // What follows from the others, and what belongs to the database itself.
    moved.extend(["lanes".to_owned(), "schema_version".to_owned()]);
    // What is written to under another name.
    moved.retain(|table| table != "spending");
    moved.push("spending_parts".to_owned());
    moved.sort();
    assert_eq!(rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>(), moved);
}

#[tokio::test]
async fn a_field_that_is_not_known_is_refused_whole() {
    let folder = TempDir::new().unwrap();
    let sqlite = Sqlite::open(SqliteOptions::new(folder.path().join("covershots.db"))).await.unwrap();
    let record = |name: &str| Record([(name.to_owned(), Field::Text("x".into()))].into());
    let refused = sqlite.import_records(Table::Accounts, vec![record("id\") --")]).await.unwrap_err();
    assert!(
        matches!(&refused, DatabaseError::Unavailable(why) if why.contains("another version")),
        "{refused}"
    );
}
