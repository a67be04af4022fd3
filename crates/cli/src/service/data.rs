//! The data folder: the database, the pictures and the installation's secrets, for nobody but whoever runs it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::exit::Failure;

/// The file of the secrets.
const SECRETS: &str = "secrets";
/// Bytes of a secret.
const BYTES: usize = 32;

/// The folder in which everything is kept.
pub(crate) struct DataFolder(PathBuf);

/// What the installation alone knows. If they are lost people have to sign in again, and open links end; nothing else.
pub(super) struct Secrets {
    /// Under which throttle counters are named.
    pub(super) tokens: [u8; BYTES],
    /// With which links are signed.
    pub(super) links: [u8; BYTES],
}

impl Secrets {
    /// Those that follow from one secret in the configuration, the same on every node that has it.
    pub(super) fn from_setting(secret: &str) -> Self {
        // The setting is as random as a key, so that a plain hash of it is one. The label ends where no secret can begin.
        let derived = |label: &str| {
            Sha256::new_with_prefix(label).chain_update([0]).chain_update(secret).finalize().into()
        };
        Secrets { tokens: derived("covershots tokens"), links: derived("covershots links") }
    }
}

impl DataFolder {
    /// Opens it, making it if there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        make(path).map_err(|error| {
            Failure::machine(format_args!(
                "the data folder {} can't be made ({error}): choose another with --data",
                path.display()
            ))
        })?;
        Ok(DataFolder(path.to_owned()))
    }

    /// The file of the database.
    pub(crate) fn database(&self) -> PathBuf {
        file_of_database(&self.0)
    }

    /// The folder of the pictures.
    pub(super) fn objects(&self) -> Result<PathBuf, Failure> {
        let path = self.0.join("objects");
        make(&path).map_err(|error| self.wrong(&path, &error))?;
        Ok(path)
    }

    /// The secrets, drawn when there are none.
    pub(super) fn secrets(&self) -> Result<Secrets, Failure> {
        let path = self.0.join(SECRETS);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.draw(&path).map_err(|error| self.wrong(&path, &error))?
            }
            Err(error) => return Err(self.wrong(&path, &error)),
        };
        let (Some(tokens), Some(links), true) =
            (bytes.first_chunk::<BYTES>(), bytes.last_chunk::<BYTES>(), bytes.len() == 2 * BYTES)
        else {
            return Err(Failure::machine(format_args!(
                "{} does not hold the secrets it should: restore it from a backup, or delete it (then everybody signs in again)",
                path.display()
            )));
        };
        Ok(Secrets { tokens: *tokens, links: *links })
    }

    /// Draws secrets and stores them whole, readable by their owner alone. If another process was first, its are taken.
    fn draw(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; 2 * BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(bytes),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => fs::read(path),
            Err(error) => Err(error.error),
        }
    }

    fn wrong(&self, path: &Path, error: &io::Error) -> Failure {
        Failure::machine(format_args!("{} can't be used: {error}", path.display()))
    }
}

/// The file of the database in a data folder.
pub(super) fn file_of_database(data: &Path) -> PathBuf {
    data.join("covershots.db")
}

/// Makes a folder for its owner alone. One that is there stays as it is.
fn make(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_drawn_once_and_are_their_owner_s_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&place.path().join("data")).unwrap();
        let first = folder.secrets().unwrap();
        let again = folder.secrets().unwrap();
        assert_eq!((first.tokens, first.links), (again.tokens, again.links));
        assert_ne!(first.tokens, first.links);
        #[cfg(unix)]
        for (name, mode) in [("data", 0o700), ("data/secrets", 0o600)] {
            use std::os::unix::fs::PermissionsExt;
            let found = fs::metadata(place.path().join(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
    }

    #[test]
    fn a_secret_that_nodes_share_gives_each_of_them_the_same() {
        let (one, other) = (Secrets::from_setting("a b c"), Secrets::from_setting("a b c"));
        assert_eq!((one.tokens, one.links), (other.tokens, other.links));
        assert_ne!(one.tokens, one.links);
        assert_ne!(one.links, Secrets::from_setting("a b d").links);
    }

    #[test]
    fn damaged_secrets_are_named_and_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        fs::write(place.path().join("secrets"), b"short").unwrap();
        let failure = folder.secrets().err().unwrap().to_string();
        assert!(failure.contains("secrets") && failure.contains("backup"), "{failure}");
        assert_eq!(fs::read(place.path().join("secrets")).unwrap(), b"short");
    }

    #[test]
    fn a_folder_that_can_t_be_made_is_named() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), b"").unwrap();
        let failure = DataFolder::open(&place.path().join("file/data")).err().unwrap().to_string();
        assert!(failure.contains("--data"), "{failure}");
    }
}
