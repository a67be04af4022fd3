//! PostgreSQL against the story of the port, and what the port can't see: many nodes, and a server or a network that is gone.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use conformance::database::Scene;
use database::{Postgres, PostgresOptions};
use domain::ports::database::{Accounts, DatabaseError};
use domain::secret::Secret;
use standins::{Network, PostgresServer, postgres};

fn options(schema: &str) -> PostgresOptions {
    let url = Secret::new(PostgresServer::shared().url());
    PostgresOptions { connections: 12, schema: Some(schema.to_owned()), ..PostgresOptions::new(url) }
}

async fn open(schema: &str) -> Postgres {
    Postgres::open(options(schema)).await.unwrap()
}

/// A scene on empty tables in a schema of their own.
async fn fresh() -> Scene {
    Scene::new(Arc::new(open(&PostgresServer::shared().schema()).await), ())
}

conformance::database_stories!(fresh);

#[tokio::test]
async fn nodes_that_start_at_once_make_the_tables_once() {
    let schema = PostgresServer::shared().schema();
    open(&schema).await.close().await;
    let schema = PostgresServer::shared().schema();
    // The schema itself is the operator's to make; here it is the first node's.
    let first = Postgres::open(PostgresOptions { connections: 1, ..options(&schema) }).await.unwrap();
    let nodes = futures(8, || Postgres::open(options(&schema))).await;
    assert!(nodes.iter().all(Result::is_ok));
    let scene = Scene::new(Arc::new(first), ());
    let ann = scene.account().await;
    for node in nodes {
        assert_eq!(node.unwrap().account(ann).await.unwrap().id, ann);
    }
}

async fn futures<F: Future + Send + 'static>(count: usize, make: impl Fn() -> F) -> Vec<F::Output>
where
    F::Output: Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|_| tokio::spawn(make())).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

#[tokio::test]
async fn tables_of_a_newer_program_are_refused_and_left_alone() {
    use sqlx::{AssertSqlSafe, Connection, PgConnection};
    let schema = PostgresServer::shared().schema();
    open(&schema).await.close().await;
    let mut raw = PgConnection::connect(&PostgresServer::shared().url()).await.unwrap();
    let newer = format!("INSERT INTO {schema}.schema_version (version) VALUES (99)");
    sqlx::raw_sql(AssertSqlSafe(newer)).execute(&mut raw).await.unwrap();
    let error = Postgres::open(options(&schema)).await.map(drop).unwrap_err();
    assert!(matches!(&error, DatabaseError::Unavailable(why) if why.contains("upgrade")), "{error}");
}

#[tokio::test]
async fn a_server_without_room_is_told_as_such_and_serves_on_when_there_is() {
    use sqlx::{AssertSqlSafe, Connection, PgConnection};
    let schema = PostgresServer::shared().schema();
    let scene = Scene::new(Arc::new(open(&schema).await), ());
    let ann = scene.account().await;
    scene.grant(ann, 1).await;
    let photo = scene.photo(ann).await;
    let balance = scene.balance(ann).await;
    let mut raw = PgConnection::connect(&PostgresServer::shared().url()).await.unwrap();
    // The code is what a server with a full disk answers with.
    let full = format!(
        "CREATE FUNCTION {schema}.is_full() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
         CREATE TRIGGER is_full BEFORE INSERT ON {schema}.generations EXECUTE FUNCTION {schema}.is_full()"
    );
    sqlx::raw_sql(AssertSqlSafe(full)).execute(&mut raw).await.unwrap();
    let start = || scene.db.start_generation(scene.new_generation(ann, photo, 1));
    let error = start().await.unwrap_err();
    assert!(matches!(error, DatabaseError::Full), "{error}");
    assert_eq!(scene.balance(ann).await, balance, "it cost nothing");
    let room = format!("DROP TRIGGER is_full ON {schema}.generations");
    sqlx::raw_sql(AssertSqlSafe(room)).execute(&mut raw).await.unwrap();
    start().await.unwrap();
    scene.books_balance().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_told_without_its_password() {
    for url in
        ["postgres//ann:hunter2@host/db", "mysql://ann:hunter2@host/db", "postgres://ann:hunter2@host:x/db"]
    {
        let error =
            Postgres::open(PostgresOptions::new(Secret::new(url))).await.map(drop).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

/// A node that reaches the server over a network that the test holds in its hands.
async fn over_network(schema: &str, patience: Duration) -> (Postgres, Network) {
    let network = Network::to(PostgresServer::shared().address()).await;
    let url = Secret::new(postgres::url(network.address()));
    let node = Postgres::open(PostgresOptions { url, patience, connections: 3, ..options(schema) }).await;
    (node.unwrap(), network)
}

#[tokio::test]
async fn a_node_whose_connections_break_goes_on_with_new_ones() {
    let schema = PostgresServer::shared().schema();
    let scene = Scene::new(Arc::new(open(&schema).await), ());
    let ann = scene.account().await;
    let (node, network) = over_network(&schema, Duration::from_secs(10)).await;
    let here = scene.reopen(Arc::new(node));
    here.start(ann).await;
    let before = network.connections();
    network.break_off();
    assert!(matches!(here.db.totals().await, Err(DatabaseError::Unavailable(_))));
    network.heal();
    // A verb that changes something notices before it begins, so nobody is told of it.
    here.start(ann).await;
    assert!(network.connections() > before);
    assert_eq!(here.db.totals().await.unwrap().generations.queued, 2);
    here.books_balance().await;
}

#[tokio::test]
async fn a_node_that_is_cut_off_waits_for_nothing_and_holds_up_nobody() {
    let schema = PostgresServer::shared().schema();
    let scene = Scene::new(Arc::new(open(&schema).await), ());
    let ann = scene.account().await;
    let photo = scene.photo(ann).await;
    let (node, network) = over_network(&schema, Duration::from_millis(300)).await;
    let cut_off = Arc::new(scene.reopen(Arc::new(node)));
    // Verbs are under way when the cable is cut: some of them hold the account.
    let busy: Vec<_> = (0..3)
        .map(|_| {
            let scene = Arc::clone(&cut_off);
            tokio::spawn(async move {
                loop {
                    let new = scene.new_generation(ann, photo, 1);
                    if let Err(DatabaseError::Unavailable(_)) = scene.db.start_generation(new).await {
                        break;
                    }
                }
            })
        })
        .collect();
    scene.start(ann).await;
    network.part();
    for task in busy {
        tokio::time::timeout(Duration::from_secs(20), task)
            .await
            .expect("it does not wait for ever")
            .unwrap();
    }
    // The server has noticed, too: what the node held is free.
    scene.grant(ann, 1).await;
    scene.books_balance().await;
    network.heal();
    cut_off.grant(ann, 1).await;
    scene.books_balance().await;
}
