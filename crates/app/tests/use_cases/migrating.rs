//! Migrating: everything arrives or it is said what did not.

use app::{MigrateError, migrate};
use database::{Postgres, PostgresOptions, Sqlite, SqliteOptions};
use domain::ports::database::{AccountChange, Table};
use domain::secret::Secret;
use standins::PostgresServer;

use crate::support::*;

async fn server() -> Postgres {
    let server = PostgresServer::shared();
    let schema = Some(server.schema());
    let options =
        PostgresOptions { schema, connections: 4, ..PostgresOptions::new(Secret::new(server.url())) };
    Postgres::open(options).await.unwrap()
}

/// The file of a world, opened beside it.
async fn file(world: &World) -> Sqlite {
    Sqlite::open(SqliteOptions::new(world.folder.path().join("test.db"))).await.unwrap()
}

#[tokio::test]
async fn a_lived_in_installation_moves_to_a_server_and_back() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.generate(&ann, 2).await;
    world.work_off().await;
    world.generate(&ann, 1).await;
    let (server, empty) = (server().await, World::new().await);
    let mut told = Vec::new();
    let there = migrate(&file(&world).await, &server, false, |moved| told.push(moved.clone())).await.unwrap();
    assert_eq!(told, there, "what is read back on both sides is what was moved");
    let ledger = there.iter().find(|tally| tally.table == Table::Ledger).unwrap();
    assert_eq!((ledger.records, ledger.sums[0]), (4, ("change", 97)));

    // The other way round it finds that somebody has opened the file before.
    let taken = migrate(&server, &file(&empty).await, false, |_| {}).await.unwrap_err();
    assert!(matches!(taken, MigrateError::NotEmpty(Table::Policies)), "{taken}");
    let back = migrate(&server, &file(&empty).await, true, |_| {}).await.unwrap();
    assert_eq!(back, there);
    let id = ann.id();
    let export = |db: std::sync::Arc<dyn domain::ports::database::Database>| async move {
        db.export_account(id).await.unwrap()
    };
    assert_eq!(export(empty.db.clone()).await, export(world.db.clone()).await);
}

#[tokio::test]
async fn what_was_changed_meanwhile_is_found_out() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let server = server().await;
    migrate(&file(&world).await, &server, false, |_| {}).await.unwrap();
    let renamed = AccountChange { name: Some("Anna".into()), ..AccountChange::default() };
    world.db.change_account(ann.id(), renamed).await.unwrap();
    let differs = migrate(&file(&world).await, &server, true, |_| {}).await.unwrap_err();
    assert!(matches!(differs, MigrateError::Differs { table: Table::Accounts, .. }), "{differs}");
    assert!(!differs.to_string().contains("Anna"), "{differs}");
}
