//! `cargo xtask s3-real`: the storage against Garage, an S3 server that truly lets objects expire. It is built once from its
//! package, which takes minutes, and is a tool of this test alone.

use std::process::Command;

use crate::{Failure, cargo, root};

/// The version that is asked for, so that a new one is somebody's decision.
const VERSION: &str = "2.5.0";

/// Builds the server where it is not there yet, and runs the test.
pub(crate) fn run() -> Result<(), Failure> {
    let home = root().join("target").join(format!("garage-{VERSION}"));
    let program = home.join("bin/garage");
    let is_there = Command::new(&program).arg("--version").output().is_ok_and(|run| run.status.success());
    if !is_there {
        let home = home.display().to_string();
        let package = ["install", "garage", "--version", VERSION, "--debug", "--locked"];
        let features = ["--no-default-features", "--features", "bundled-libs,sqlite", "--root", &home];
        cargo(package.into_iter().chain(features), "the server could not be built")?;
    }
    let test = ["test", "--package", "storage", "--test", "real", "--", "--ignored"];
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(test).current_dir(root()).env("COVERSHOTS_TEST_GARAGE", program);
    if command.status()?.success() {
        Ok(())
    } else {
        Err("the storage does not keep its promises there".into())
    }
}
