//! `cargo xtask test`: the one command that says whether a change is sound.

use crate::{Failure, cargo, needs};

/// Runs `cargo test` on the whole workspace.
pub(crate) fn run(rest: &[String]) -> Result<(), Failure> {
    needs::postgresql()?;
    let arguments = ["test", "--workspace"].into_iter().chain(rest.iter().map(String::as_str));
    cargo(arguments, "tests failed")
}
