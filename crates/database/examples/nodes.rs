//! How far PostgreSQL goes behind the port: generations a second with 1, 2, 4 and 8 workers and a provider that takes no time, and what
//! a claim costs with a thousand and with a million stored.
//!
//! `cargo xtask bench database`. It starts a server of its own, on this machine, which waits for the disk at each commit. Every worker is
//! a node with connections of its own and takes eight at a time.

#![allow(clippy::unwrap_used, reason = "a measurement")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conformance::database::Scene;
use database::{Postgres, PostgresOptions};
use domain::attempt::{AttemptCost, AttemptOutcome};
use domain::generation::{Ending, Lease};
use domain::ids::{AccountId, PhotoId};
use domain::ports::database::{AttemptResult, NewAttempt};
use domain::secret::Secret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use standins::PostgresServer;

const ACCOUNTS: usize = 64;
const AT_ONCE: usize = 8;
const ROUND: usize = 8_000;
const CLAIMS: usize = 400;
const STORED: u64 = 1_000_000;

type People = Vec<(AccountId, PhotoId)>;

#[tokio::main]
async fn main() {
    let server = PostgresServer::start(true);
    let scene = Arc::new(Scene::new(node(&server).await, ()));
    let mut people = People::new();
    for _ in 0..ACCOUNTS {
        let account = scene.account().await;
        scene.grant(account, 100_000_000).await;
        people.push((account, scene.photo(account).await));
    }
    work_off(&server, &scene, &people, 2, 1_000).await;
    let few = claims(&scene, &people).await;
    for workers in [1, 2, 4, 8] {
        let (starts, ends) = work_off(&server, &scene, &people, workers, ROUND).await;
        println!("{workers} workers: {ends:>6.0} generations/s ({starts:>6.0} starts/s before)");
    }
    scene.books_balance().await;
    store(&server, people[0].0).await;
    let many = claims(&scene, &people).await;
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    println!(
        "a claim: {:.2} ms with 1,000 stored, {:.2} ms with {STORED} more: {ratio:.2} times",
        few.as_secs_f64() * 1e3,
        many.as_secs_f64() * 1e3
    );
}

async fn node(server: &PostgresServer) -> Arc<Postgres> {
    let options = PostgresOptions { connections: 12, ..PostgresOptions::new(Secret::new(server.url())) };
    Arc::new(Postgres::open(options).await.unwrap())
}

/// Starts so many generations, and then has workers end them all; both a second.
async fn work_off(
    server: &PostgresServer,
    scene: &Arc<Scene>,
    people: &People,
    workers: usize,
    count: usize,
) -> (f64, f64) {
    let (begin, started) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let starting = people.iter().take(12).map(|&(account, photo)| {
        let (scene, started, people) = (Arc::clone(scene), Arc::clone(&started), people.clone());
        tokio::spawn(async move {
            let mut last = (account, photo);
            loop {
                let n = started.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return last;
                }
                last = people[n % people.len()];
                scene.db.start_generation(scene.new_generation(last.0, last.1, 1)).await.unwrap();
            }
        })
    });
    for task in starting.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let starts = count as f64 / begin.elapsed().as_secs_f64();

    let mut nodes = Vec::new();
    for _ in 0..workers {
        nodes.push(Arc::new(scene.reopen(node(server).await)));
    }
    let begin = Instant::now();
    let working = nodes.into_iter().map(|node| {
        tokio::spawn(async move {
            loop {
                let claimed = node.claim(AT_ONCE).await;
                if claimed.is_empty() {
                    return;
                }
                let work = claimed.into_iter().map(|claimed| {
                    let node = Arc::clone(&node);
                    tokio::spawn(async move { work(&node, claimed.lease).await })
                });
                for done in work.collect::<Vec<_>>() {
                    done.await.unwrap();
                }
            }
        })
    });
    for task in working.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    (starts, count as f64 / begin.elapsed().as_secs_f64())
}

/// What a worker writes of one generation with one image.
async fn work(node: &Scene, lease: Lease) {
    let attempt = NewAttempt {
        number: 1,
        provider: "instant".into(),
        model: "none".into(),
        prompt: "A studio portrait with soft light.".into(),
        fallback: false,
        send_to: None,
    };
    node.db.begin_attempt(lease, attempt, node.now()).await.unwrap();
    let cost = AttemptCost::default();
    let result = AttemptResult { outcome: AttemptOutcome::Succeeded, detail: String::new(), images: 1, cost };
    node.db.finish_attempt(lease, 1, result, node.now()).await.unwrap();
    node.image(lease, 1).await;
    node.finish(lease, Ending::Succeeded).await;
}

/// The median of what a claim of one takes, with a few dozen waiting.
async fn claims(scene: &Scene, people: &People) -> Duration {
    for n in 0..CLAIMS {
        let (account, photo) = people[n % people.len()];
        scene.db.start_generation(scene.new_generation(account, photo, 1)).await.unwrap();
    }
    let mut times = Vec::new();
    let mut leases = Vec::new();
    for _ in 0..CLAIMS {
        let asked = Instant::now();
        let claimed = scene.claim_one().await;
        times.push(asked.elapsed());
        leases.push(claimed.lease);
    }
    for lease in leases {
        work(scene, lease).await;
    }
    times.sort();
    times[times.len() / 2]
}

/// Fills the tables with generations that ended, each with its attempt and its image.
async fn store(server: &PostgresServer, account: AccountId) {
    let mut server = PgConnection::connect(&server.url()).await.unwrap();
    let id = "lpad(to_hex(n), 26, '0')";
    for statement in [
        format!(
            "INSERT INTO generations (account, id, style, options, price, state, progress, claims, created_at, started_at, ended_at)
             SELECT '{account}', {id}, model.style, model.options, 1, 'succeeded', 100, 1, n, n, n
             FROM generate_series(1, {STORED}) AS n, (SELECT style, options FROM generations LIMIT 1) AS model"
        ),
        format!(
            "INSERT INTO attempts (account, generation, number, provider, model, prompt, started_at, ended_at, outcome, images)
             SELECT '{account}', {id}, 1, 'p', 'm', '', n, n, 'succeeded', 1 FROM generate_series(1, {STORED}) AS n"
        ),
        format!(
            "INSERT INTO images (account, generation, number, media_type, bytes, width, height, digest, preview_type, preview_bytes,
                 preview_width, preview_height, preview_digest, created_at, expires_at)
             SELECT '{account}', {id}, 1, 'image/jpeg', 1, 1, 1, '', 'image/webp', 1, 1, 1, '', n, n + 4e12::bigint
             FROM generate_series(1, {STORED}) AS n"
        ),
        "VACUUM ANALYZE".to_owned(),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server).await.unwrap();
    }
}
