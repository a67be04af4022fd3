//! How fast SQLite is behind the port: generations a second with a provider that takes no time, what a claim costs with more and more
//! stored, and how long a page of a large gallery takes while all that is written.
//!
//! `cargo run --release -p database --example throughput [FOLDER]`; the folder should be on the disk that counts.

#![allow(clippy::unwrap_used, reason = "a measurement")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conformance::database::Scene;
use database::{Sqlite, SqliteOptions};
use domain::attempt::{AttemptCost, AttemptOutcome};
use domain::generation::Ending;
use domain::ids::{AccountId, PhotoId};
use domain::page::PageRequest;
use domain::ports::database::{AttemptResult, NewAttempt};

const CLIENTS: usize = 32;
const WORKERS: usize = 4;
const AT_ONCE: usize = 8;

#[tokio::main]
async fn main() {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::TempDir::new_in(folder).unwrap();
    let sqlite = Sqlite::open(SqliteOptions::new(folder.path().join("covershots.db"))).await.unwrap();
    let scene = Arc::new(Scene::new(Arc::new(sqlite), folder));
    let mut accounts = Vec::new();
    for _ in 0..CLIENTS {
        let account = scene.account().await;
        scene.grant(account, 100_000_000).await;
        accounts.push((account, scene.photo(account).await));
    }
    for stored in [1_000, 10_000, 40_000] {
        generate(&scene, &accounts, stored).await;
    }
    gallery(&scene, &accounts).await;
    scene.books_balance().await;
}

/// Starts, works on and ends generations until there are `stored` in all.
async fn generate(scene: &Arc<Scene>, accounts: &[(AccountId, PhotoId)], stored: usize) {
    let there = scene.db.totals().await.unwrap().generations.succeeded as usize;
    let (todo, begin) = (stored - there, Instant::now());
    let (started, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = Vec::new();
    for &(account, photo) in accounts {
        let (scene, started) = (Arc::clone(scene), Arc::clone(&started));
        tasks.push(tokio::spawn(async move {
            while started.fetch_add(1, Ordering::Relaxed) < todo {
                let new = scene.new_generation(account, photo, 1);
                scene.db.start_generation(new).await.unwrap();
            }
            Vec::new()
        }));
    }
    for _ in 0..WORKERS {
        let (scene, ended) = (Arc::clone(scene), Arc::clone(&ended));
        tasks.push(tokio::spawn(async move {
            let mut claims = Vec::new();
            while ended.load(Ordering::Relaxed) < todo {
                let asked = Instant::now();
                let claimed = scene.claim(AT_ONCE).await;
                claims.push(asked.elapsed());
                ended.fetch_add(claimed.len(), Ordering::Relaxed);
                let work = claimed.into_iter().map(|claimed| {
                    let scene = Arc::clone(&scene);
                    tokio::spawn(async move { work(&scene, claimed.lease).await })
                });
                for done in work.collect::<Vec<_>>() {
                    done.await.unwrap();
                }
                tokio::task::yield_now().await;
            }
            claims
        }));
    }
    let mut claims = Vec::new();
    for task in tasks {
        claims.extend(task.await.unwrap());
    }
    let rate = todo as f64 / begin.elapsed().as_secs_f64();
    println!("{stored:>7} stored: {rate:>6.0} generations/s, a claim of {AT_ONCE}: {}", percentiles(claims));
}

async fn work(scene: &Scene, lease: domain::generation::Lease) {
    let attempt = NewAttempt {
        number: 1,
        provider: "instant".into(),
        model: "none".into(),
        prompt: "A studio portrait with soft light.".into(),
        send_to: None,
        fallback: false,
    };
    scene.db.begin_attempt(lease, attempt, scene.now()).await.unwrap();
    let cost = AttemptCost::default();
    let result = AttemptResult { outcome: AttemptOutcome::Succeeded, detail: String::new(), images: 1, cost };
    scene.db.finish_attempt(lease, 1, result, scene.now()).await.unwrap();
    scene.image(lease, 1).await;
    scene.finish(lease, Ending::Succeeded).await;
}

/// Pages of an account with 10,000 generations, 500 a second, alone and while others write.
async fn gallery(scene: &Arc<Scene>, accounts: &[(AccountId, PhotoId)]) {
    let large = &accounts[..1];
    let stored = scene.db.totals().await.unwrap().generations.succeeded as usize;
    generate(scene, large, stored + 10_000).await;
    let ids: Vec<_> = {
        let page = scene.db.list_generations(large[0].0, PageRequest::first(200)).await.unwrap();
        page.items.iter().map(|item| Some(item.generation.id)).chain([None]).collect()
    };
    for writing in [false, true] {
        let stop = Arc::new(AtomicBool::new(!writing));
        let writers: Vec<_> = accounts[1..9]
            .iter()
            .map(|&(account, photo)| {
                let (scene, stop) = (Arc::clone(scene), Arc::clone(&stop));
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let new = scene.new_generation(account, photo, 1);
                        scene.db.start_generation(new).await.unwrap();
                    }
                })
            })
            .collect();
        let mut ticks = tokio::time::interval(Duration::from_millis(2));
        let mut pages = Vec::new();
        for n in 0..2500 {
            let due = ticks.tick().await;
            let (scene, account, after) = (Arc::clone(scene), large[0].0, ids[n * 7 % ids.len()]);
            pages.push(tokio::spawn(async move {
                let page =
                    scene.db.list_generations(account, PageRequest { after, limit: 24 }).await.unwrap();
                assert_eq!(page.items.len(), 24);
                due.elapsed()
            }));
        }
        let mut times = Vec::new();
        for page in pages {
            times.push(page.await.unwrap());
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        let beside = if writing { "while others write" } else { "alone" };
        println!("gallery page of 24, 500/s, {beside}: {}", percentiles(times));
    }
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms ({} times)", at(50), at(99), times.len())
}
