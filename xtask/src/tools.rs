//! The tools that are not ours: a browser with its driver, which Debian has, and axe-core, which npm has. Each is fetched once and
//! shared by the tests, the screenshots and the bench of pages.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use browser::tools;

use crate::{Failure, needs};

/// Debian's packages.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Fetches what is missing.
pub(crate) fn fetch() -> Result<(), Failure> {
    fetch_browser()?;
    fetch_axe()
}

fn fetch_browser() -> Result<(), Failure> {
    if tools::chromedriver().is_some() && tools::chromium().is_some() {
        return Ok(());
    }
    if needs::install(&PACKAGES) { Ok(()) } else { Err(tools::BROWSER_MISSING.into()) }
}

fn fetch_axe() -> Result<(), Failure> {
    if tools::axe().is_file() {
        return Ok(());
    }
    let missing = |why: &dyn std::fmt::Display| format!("{}: {why}", tools::AXE_MISSING);
    let folder = tools::folder().join(format!("axe-{}", tools::AXE_VERSION));
    fs::create_dir_all(&folder)?;
    // Of its own, so that npm does not look for one further up.
    fs::write(folder.join("package.json"), "{ \"private\": true }\n")?;
    let package = format!("axe-core@{}", tools::AXE_VERSION);
    let installed =
        npm(&folder, &["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", &package]);
    match installed {
        Ok(true) if tools::axe().is_file() => Ok(()),
        Ok(_) => Err(missing(&"npm could not install it").into()),
        Err(error) => Err(missing(&error).into()),
    }
}

fn npm(folder: &Path, arguments: &[&str]) -> std::io::Result<bool> {
    Ok(Command::new("npm").args(arguments).current_dir(folder).stdout(Stdio::null()).status()?.success())
}
