//! The vendors' own clients, by which a stand-in is believed: one Python with all of them, made once in the target folder, for the
//! contract tests of every room.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is installed: each line a package and its version.
const REQUIREMENTS: &str = include_str!("../sdks.txt");

/// The Python of the environment at `target` (a test's `CARGO_TARGET_TMPDIR`). Making it takes Python 3 with venv, and PyPI.
///
/// # Panics
/// When it can't be made: a test can't be without it.
pub fn python(target: &Path) -> PathBuf {
    let place = target.join("sdks");
    std::fs::create_dir_all(target).unwrap();
    // Another test program may be at it at this moment.
    let lock = File::create(target.join("sdks.lock")).unwrap();
    lock.lock().unwrap();
    let (python, mark) = (place.join("bin/python"), place.join("sdks.txt"));
    if std::fs::read_to_string(&mark).ok().as_deref() != Some(REQUIREMENTS) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place));
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let wanted = REQUIREMENTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        run(Command::new(&python).args(pip).args(wanted));
        std::fs::write(&mark, REQUIREMENTS).unwrap();
    }
    python
}

/// What a command writes to standard output.
///
/// # Panics
/// When it can't be started, or does not end well.
pub fn run(command: &mut Command) -> Vec<u8> {
    let done =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: it needs Python 3 with venv"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}
