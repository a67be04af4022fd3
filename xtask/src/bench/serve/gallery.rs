//! The gallery of an account with 10,000 generations: at a given rate, and as fast as it goes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use conformance::database::Scene;
use database::{Sqlite, SqliteOptions};
use domain::generation::Ending;
use domain::ids::AccountId;
use reqwest::Client;
use serde_json::Value;

use super::percentiles;
use super::program::{Program, good};
use crate::Failure;

const GENERATIONS: usize = 10_000;
const PER_SECOND: u32 = 500;
const SECONDS: u32 = 10;
const CONNECTIONS: usize = 16;

/// Prints the figures.
pub(super) async fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let program = Program::start(folder.path()).await?;
    let account = program.sign_up().await?;
    program.stop().await?;
    fill(&folder.path().join("data/covershots.db"), account).await?;
    let program = Program::start(folder.path()).await?;
    program.sign_in().await?;
    let pages = Arc::new(pages(&program).await?);
    // What is read for the first time comes from the disk: that is another figure.
    at_rate(&program, &pages, 1).await?;
    let times = at_rate(&program, &pages, SECONDS).await?;
    println!("serve: the gallery of {GENERATIONS} generations, pages of 24");
    println!("  at {PER_SECOND} requests a second           {}", percentiles(times));
    let (rate, times) = as_fast_as_it_goes(&program, &pages).await?;
    println!("  {CONNECTIONS} callers without a pause    {rate:>8.0} requests/s, {}", percentiles(times));
    program.stop().await
}

/// Writes what a busy year leaves behind, by the same port that the service writes by.
async fn fill(database: &Path, account: AccountId) -> Result<(), Failure> {
    let sqlite = Sqlite::open(SqliteOptions::new(database)).await?;
    let scene = Scene::new(Arc::new(sqlite), ());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    scene.pass(now.saturating_sub(Duration::from_millis(scene.now().millis())));
    scene.grant(account, 1_000_000).await;
    let photo = scene.photo(account).await;
    for _ in 0..GENERATIONS {
        let new = scene.new_generation(account, photo, 1);
        scene.db.start_generation(new).await?;
        let claimed = scene.claim_one().await;
        scene.image(claimed.lease, 1).await;
        scene.finish(claimed.lease, Ending::Succeeded).await;
    }
    Ok(())
}

/// The addresses of pages all over the gallery, of its generations and of its images in turn.
async fn pages(program: &Program) -> Result<Vec<String>, Failure> {
    let mut addresses = Vec::new();
    for list in ["generations", "images"] {
        let mut next = Value::Null;
        for _ in 0..GENERATIONS / 200 {
            let after = next.as_str().map(|next| format!("&after={next}")).unwrap_or_default();
            let page = program.get(&format!("/api/v1/{list}?limit=200{after}")).await?;
            addresses.push(format!("{}/api/v1/{list}?limit=24{after}", program.url));
            next = page["next"].clone();
        }
    }
    let half = addresses.len() / 2;
    let (generations, images) = addresses.split_at(half);
    Ok(generations.iter().zip(images).flat_map(|(a, b)| [a.clone(), b.clone()]).collect())
}

/// Asks at a steady rate, whether or not answers come: a late answer is late from the moment when it was due.
async fn at_rate(
    program: &Program,
    pages: &Arc<Vec<String>>,
    seconds: u32,
) -> Result<Vec<Duration>, Failure> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / PER_SECOND);
    let mut asked = Vec::new();
    for n in 0..(PER_SECOND * seconds) as usize {
        let due = ticks.tick().await;
        let (client, pages) = (program.client.clone(), Arc::clone(pages));
        asked.push(tokio::spawn(async move {
            ask(&client, &pages[n * 7 % pages.len()]).await?;
            Ok::<_, String>(due.elapsed())
        }));
    }
    let mut times = Vec::new();
    for answer in asked {
        times.push(answer.await??);
    }
    Ok(times)
}

async fn as_fast_as_it_goes(
    program: &Program,
    pages: &Arc<Vec<String>>,
) -> Result<(f64, Vec<Duration>), Failure> {
    let begin = Instant::now();
    let until = begin + Duration::from_secs(SECONDS.into());
    let callers = (0..CONNECTIONS).map(|caller| {
        let (client, pages) = (program.client.clone(), Arc::clone(pages));
        tokio::spawn(async move {
            let mut times = Vec::new();
            let mut n = caller;
            while Instant::now() < until {
                let asked = Instant::now();
                ask(&client, &pages[n % pages.len()]).await?;
                times.push(asked.elapsed());
                n += 7;
            }
            Ok::<_, String>(times)
        })
    });
    let mut times = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        times.extend(caller.await??);
    }
    Ok((times.len() as f64 / begin.elapsed().as_secs_f64(), times))
}

async fn ask(client: &Client, address: &str) -> Result<(), String> {
    let page = good(client.get(address)).await?.bytes().await.map_err(|error| error.to_string())?;
    if page.len() < 5000 { Err(format!("{address} is no full page")) } else { Ok(()) }
}
