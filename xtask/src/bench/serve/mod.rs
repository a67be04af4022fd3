//! The service: how fast it starts, what it holds in memory, how fast a large gallery turns over, and how much comes in and goes out.
//!
//! The goals, on two cores: the gallery's p99 under 20 ms at 500 requests a second, 300 instant generations a second on SQLite, under 80 MB
//! at rest before the models are loaded, and started within 300 ms.

mod gallery;
mod generations;
pub(super) mod instant;
pub(super) mod program;
mod uploads;

use std::time::Duration;

use self::program::Program;
use super::milliseconds;
use crate::{Failure, root};

/// Starts of which the median counts.
const STARTS: usize = 7;

/// Prints the figures.
pub(crate) fn run() -> Result<(), Failure> {
    program::build()?;
    // The client wants one even where nothing is encrypted; an error says only that there is one already.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Runtime::new()?.block_on(async {
        starts().await?;
        gallery::run().await?;
        uploads::run().await?;
        generations::run().await
    })
}

async fn starts() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let first = Program::start(folder.path()).await?;
    println!("serve: the program, from its start to its first answer");
    println!("  with an empty data folder      {:>8} ms", milliseconds(first.started_in));
    first.stop().await?;
    let (mut times, mut rest) = (Vec::new(), 0);
    for _ in 0..STARTS {
        let program = Program::start(folder.path()).await?;
        times.push(program.started_in);
        program.visit().await?;
        rest = rest.max(program.memory()?.now);
        program.stop().await?;
    }
    times.sort();
    println!("  with what is there, median of {STARTS} {:>7} ms", milliseconds(times[STARTS / 2]));
    println!("  memory at rest                 {:>8} MB", rest >> 20);
    Ok(())
}

/// The median and the slowest hundredth, in words.
fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| milliseconds(times[(times.len() - 1) * share / 100]);
    format!("p50 {:>6} ms, p99 {:>6} ms", at(50), at(99))
}

/// A photo as it is uploaded.
fn photo() -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(root().join("examples/photos/obama.jpg"))?)
}
