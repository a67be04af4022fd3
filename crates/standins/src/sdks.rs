//! The vendors' own clients, from PyPI and npm: installed below the target folder when they are not there, once for all tests that
//! want the same.
//!
//! It needs Python 3 with venv, and Node 20 with npm.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python that has what the requirements file says, in a folder of this name below `target`.
pub fn python(target: &Path, name: &str, requirements: &Path) -> PathBuf {
    let place = target.join(name);
    let python = place.join("bin/python");
    made(target, name, &place, &[requirements], || {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place));
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        run(Command::new(&python).args(pip).arg(requirements));
    });
    python
}

/// A folder of this name below `target` with the packages that `package.json` and `package-lock.json` in `from` say. Scripts that
/// want them have to lie there.
pub fn node_modules(target: &Path, name: &str, from: &Path) -> PathBuf {
    let place = target.join(name);
    let files = ["package.json", "package-lock.json"].map(|file| from.join(file));
    made(target, name, &place, &[&files[0], &files[1]], || {
        fs::create_dir_all(&place).unwrap();
        for file in &files {
            fs::copy(file, place.join(file.file_name().unwrap())).unwrap();
        }
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&place));
    });
    place
}

/// Makes a place, one process at a time, unless it was made of the same files before.
fn made(target: &Path, name: &str, place: &Path, of: &[&Path], make: impl FnOnce()) {
    fs::create_dir_all(target).unwrap();
    let lock = File::create(target.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let wanted: Vec<u8> = of.iter().flat_map(|file| fs::read(file).unwrap()).collect();
    let mark = place.join("made-of");
    if fs::read(&mark).ok().as_ref() != Some(&wanted) {
        make();
        fs::write(mark, wanted).unwrap();
    }
}

/// Runs a command; what it writes. It fails with what the command says.
pub fn run(command: &mut Command) -> Vec<u8> {
    let done = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}
