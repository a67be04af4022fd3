//! The tools that are not ours: where they are found, and what to say when they are not.

use std::path::{Path, PathBuf};

/// The version of axe-core that pages are audited with.
pub const AXE_VERSION: &str = "4.14.1";

/// What to do when the browser is missing.
pub const BROWSER_MISSING: &str = "chromedriver and its browser are missing: `cargo xtask test` installs them on Debian (as root); \
    elsewhere install Chromium or Chrome with chromedriver, so that both are found on the PATH";

/// What to do when axe-core is missing.
pub const AXE_MISSING: &str = "axe-core is missing: `cargo xtask test` fetches it with npm";

/// A program on the PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What drives the browser.
pub fn chromedriver() -> Option<PathBuf> {
    on_path("chromedriver")
}

/// The browser; chromedriver knows others than these by itself.
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path)
}

/// The folder of the workspace that tools are fetched into.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools")
}

/// axe-core, as npm lays it out.
pub fn axe() -> PathBuf {
    folder().join(format!("axe-{AXE_VERSION}/node_modules/axe-core/axe.min.js"))
}
