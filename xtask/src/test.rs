//! `cargo xtask test`: the one command that says whether a change is sound.

use std::process::Command;

use crate::{Failure, needs, root};

/// Runs `cargo test` on the whole workspace.
pub(crate) fn run(rest: &[String]) -> Result<(), Failure> {
    needs::postgresql()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(["test", "--workspace"]).args(rest).current_dir(root()).status()?;
    if status.success() { Ok(()) } else { Err("tests failed".into()) }
}
