//! `cargo xtask bench`: figures by which a change is judged, one file a room.

mod database;
mod engine;
mod imaging;
mod pages;
mod payments;
pub(crate) mod providers;
mod serve;
mod storage;

use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::{Failure, Measure, cargo};

/// Runs the measurements that are wished for.
pub(crate) fn run(what: Option<Measure>) -> Result<(), Failure> {
    if what == Some(Measure::Database) {
        // It builds what it measures by itself.
        return database::run();
    }
    if what == Some(Measure::StorageServer) {
        return storage::serve();
    }
    if cfg!(debug_assertions) {
        return again_in_release(what);
    }
    let wished = |measure| what.is_none_or(|what| what == measure);
    if wished(Measure::Imaging) {
        imaging::run()?;
    }
    if wished(Measure::Engine) {
        engine::run()?;
    }
    if wished(Measure::Providers) {
        providers::run()?;
    }
    if wished(Measure::Serve) {
        serve::run()?;
    }
    if wished(Measure::Pages) {
        pages::run()?;
    }
    if wished(Measure::Payments) {
        payments::run()?;
    }
    if wished(Measure::Database) {
        database::run()?;
    }
    if wished(Measure::Storage) {
        storage::run()?;
    }
    Ok(())
}

/// `cargo xtask` builds for development, where figures are worth nothing, so this starts the release build.
fn again_in_release(what: Option<Measure>) -> Result<(), Failure> {
    let name = what.and_then(|what| what.to_possible_value()).map(|value| value.get_name().to_owned());
    let arguments = ["run", "--release", "--package", "xtask", "--", "bench"];
    cargo(arguments.into_iter().chain(name.as_deref()), "the bench failed")
}

/// The best and the median of `rounds` runs. The best says what the code costs, the median what is felt.
pub(crate) fn measure<T>(rounds: usize, mut work: impl FnMut() -> T) -> (Duration, Duration) {
    let mut times: Vec<_> = (0..rounds.max(1))
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[0], times[times.len() / 2])
}

/// Milliseconds with one decimal.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// The most memory that this process has held so far, in bytes, as Linux counts it (`VmHWM`); `None` elsewhere.
pub(crate) fn peak_memory() -> Option<u64> {
    memory_of("self", "VmHWM:")
}

/// A figure of a process's memory, in bytes, by the name that Linux has for it; `None` where there is none.
pub(crate) fn memory_of(process: &str, figure: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
