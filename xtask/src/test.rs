//! `cargo xtask test`: the one command that says whether a change is sound.

use crate::{Failure, cargo, needs, tools};

/// Fetches the tools that tests need, then runs `cargo test` on the whole workspace.
pub(crate) fn run(rest: &[String]) -> Result<(), Failure> {
    needs::postgresql()?;
    if let Err(missing) = tools::fetch() {
        // The tests that need it say so once more, and fail; all others are run.
        eprintln!("xtask: {missing}");
    }
    let arguments = ["test", "--workspace"].into_iter().chain(rest.iter().map(String::as_str));
    cargo(arguments, "tests failed")
}
