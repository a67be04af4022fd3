//! Foreign programs that tests and measurements drive. Where one is missing it is installed the way the machine installs things, or
//! else it is said what to do.

use std::path::Path;
use std::process::Command;

use crate::Failure;

/// A PostgreSQL server's programs.
pub(crate) fn postgresql() -> Result<(), Failure> {
    if has_postgresql() || install(&["postgresql"]) || has_postgresql() {
        return Ok(());
    }
    Err("the tests need PostgreSQL (initdb, pg_ctl) on this machine: install it with your package manager"
        .into())
}

/// Installs Debian's packages; whether it could. The lists of packages are fetched only where those at hand do not do.
pub(crate) fn install(packages: &[&str]) -> bool {
    eprintln!("xtask: {} missing, being installed", packages.join(" and "));
    let apt = |arguments: &[&str]| {
        let done = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
        done.is_ok_and(|status| status.success())
    };
    let install = [&["install", "--yes", "--quiet", "--no-install-recommends"], packages].concat();
    apt(&install) || (apt(&["update", "--quiet"]) && apt(&install))
}

fn has_postgresql() -> bool {
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = packaged.map(|version| version.path().join("bin")).collect();
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    folders.iter().any(|folder: &std::path::PathBuf| Path::new(folder).join("initdb").exists())
}
