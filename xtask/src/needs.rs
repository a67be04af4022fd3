//! Foreign programs that tests and measurements drive. Where one is missing it is installed the way the machine installs things, or
//! else it is said what to do.

use std::path::Path;
use std::process::Command;

use crate::Failure;

/// A PostgreSQL server's programs.
pub(crate) fn postgresql() -> Result<(), Failure> {
    if has_postgresql() {
        return Ok(());
    }
    eprintln!("xtask: PostgreSQL is missing, it is being installed");
    let apt = |arguments: &[&str]| {
        let done = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
        done.is_ok_and(|status| status.success())
    };
    let install = ["install", "--yes", "--quiet", "--no-install-recommends", "postgresql"];
    if apt(&install) || (apt(&["update", "--quiet"]) && apt(&install)) || has_postgresql() {
        return Ok(());
    }
    Err("the tests need PostgreSQL (initdb, pg_ctl) on this machine: install it with your package manager"
        .into())
}

fn has_postgresql() -> bool {
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = packaged.map(|version| version.path().join("bin")).collect();
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    folders.iter().any(|folder: &std::path::PathBuf| Path::new(folder).join("initdb").exists())
}
