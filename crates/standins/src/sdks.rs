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

/// A folder of this name at `target` with the packages of npm that `package.json` and `package-lock.json` in `from` say; scripts that
/// want them have to lie in it. Making it takes Node 20 with npm.
///
/// # Panics
/// When it can't be made: a test can't be without it.
pub fn node_modules(target: &Path, name: &str, from: &Path) -> PathBuf {
    let place = target.join(name);
    std::fs::create_dir_all(&place).unwrap();
    let lock = File::create(target.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let wanted = std::fs::read(from.join("package-lock.json")).unwrap();
    let mark = place.join("installed.json");
    if std::fs::read(&mark).ok().as_ref() != Some(&wanted) {
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(from.join(file), place.join(file)).unwrap();
        }
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&place));
        std::fs::write(mark, wanted).unwrap();
    }
    place
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
