//! What the databases carry: SQLite behind one writer, PostgreSQL with several nodes.

use std::process::Command;

use crate::{Failure, needs, root};

/// The goal: generations a second with four workers on PostgreSQL.
const GOAL: &str =
    "Goal: 1,000 generations/s with 4 workers; a claim within 1.5 times of that at 1,000 stored.";

/// Runs the measurements, which stand beside the room as its examples.
pub(crate) fn run() -> Result<(), Failure> {
    needs::postgresql()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (example, title) in [("throughput", "SQLite"), ("nodes", "PostgreSQL")] {
        println!("\n{title}");
        let status = Command::new(&cargo)
            .args(["run", "--quiet", "--release", "--package", "database", "--example", example])
            .current_dir(root())
            .status()?;
        if !status.success() {
            return Err("the bench failed".into());
        }
    }
    println!("{GOAL}");
    Ok(())
}
