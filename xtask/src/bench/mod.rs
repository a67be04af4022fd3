//! `cargo xtask bench`: figures by which a change is judged, one file a room.

mod engine;
mod imaging;

use std::process::Command;

use crate::{Failure, Measure, root};

/// Runs the measurements that are wished for.
pub(crate) fn run(what: Option<Measure>) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        return again_in_release(what);
    }
    if what != Some(Measure::Engine) {
        imaging::run()?;
    }
    if what != Some(Measure::Imaging) {
        engine::run()?;
    }
    Ok(())
}

/// `cargo xtask` builds for development, where figures are worth nothing, so this starts the release build.
fn again_in_release(what: Option<Measure>) -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let name = match what {
        Some(Measure::Imaging) => vec!["imaging"],
        Some(Measure::Engine) => vec!["engine"],
        None => vec![],
    };
    let status = Command::new(cargo)
        .args(["run", "--release", "--package", "xtask", "--", "bench"])
        .args(name)
        .current_dir(root())
        .status()?;
    if status.success() { Ok(()) } else { Err("the bench failed".into()) }
}
