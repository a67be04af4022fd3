//! Fifty people upload a real photo at once, again and again: how many are taken and checked a second, and the memory they take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::program::{Program, good};
use super::{percentiles, photo};
use crate::Failure;

const AT_ONCE: usize = 50;
const UPLOADS: usize = 150;

/// Prints the figures.
pub(super) async fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let program = Program::start(folder.path()).await?;
    program.sign_up().await?;
    let (photo, left) = (photo()?, Arc::new(AtomicUsize::new(UPLOADS)));
    // The models are loaded by the first.
    upload(&program.client, &program.url, photo.clone()).await?;
    let begin = Instant::now();
    let people = (0..AT_ONCE).map(|_| {
        let (client, url, photo) = (program.client.clone(), program.url.clone(), photo.clone());
        let left = Arc::clone(&left);
        tokio::spawn(async move {
            let mut times = Vec::new();
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
            {
                times.push(upload(&client, &url, photo.clone()).await?);
            }
            Ok::<_, String>(times)
        })
    });
    let mut times = Vec::new();
    for person in people.collect::<Vec<_>>() {
        times.extend(person.await??);
    }
    let rate = UPLOADS as f64 / begin.elapsed().as_secs_f64();
    println!("serve: {AT_ONCE} uploads at once of a photo of {} KB, each with its check", photo.len() / 1000);
    println!("  taken                          {rate:>8.1} uploads/s, {}", percentiles(times));
    println!("  peak memory                    {:>8} MB", program.memory()?.peak >> 20);
    program.stop().await
}

async fn upload(client: &reqwest::Client, url: &str, photo: Vec<u8>) -> Result<Duration, String> {
    let begin = Instant::now();
    let request = client.post(format!("{url}/api/v1/photos")).header("content-type", "image/jpeg");
    good(request.body(photo)).await?;
    Ok(begin.elapsed())
}
