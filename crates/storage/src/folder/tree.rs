//! The folder's names, opened one by one from the handle above.
//!
//! Each name is opened without following symbolic links, so that nothing under the folder leads out of it, not even
//! between a check and a use. Two folders lie side by side on one file system: `objects/`, whose paths are the keys,
//! and `incoming/`, where uploads are written as `{created}.{key with dots}.{random}`.

use std::ffi::{CStr, CString};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use domain::object_key::ObjectKey;
use domain::ports::objects::ObjectPrefix;
use domain::time::Timestamp;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::path;

/// Files are the owner's alone.
const FILE_MODE: Mode = Mode::RUSR.union(Mode::WUSR);
/// And so are folders.
const FOLDER_MODE: Mode = Mode::RWXU;
/// How often a folder that others fill or remove at the same time is tried again.
const RETRIES: usize = 100;

/// The opened folder.
pub(super) struct Tree {
    objects: OwnedFd,
    incoming: OwnedFd,
}

/// The handles from `objects/` down to the folder that a key's file lies in, with their names.
pub(super) struct Place {
    folders: Vec<OwnedFd>,
    names: Vec<String>,
    /// Which of the names were made just now.
    made: Vec<bool>,
    leaf: String,
}

impl Place {
    /// The folder and the file's name in it.
    pub(super) fn file(&self) -> (BorrowedFd<'_>, &str) {
        (self.folders[self.folders.len() - 1].as_fd(), &self.leaf)
    }

    /// Makes the file's name last, and those of the folders made for it. A folder that somebody else made a moment ago
    /// was made before the file came into it, and journals keep that order.
    pub(super) fn sync(&self) -> io::Result<()> {
        rustix::fs::fsync(self.file().0)?;
        for (above, _) in self.folders.iter().zip(&self.made).rev().filter(|(_, made)| **made) {
            rustix::fs::fsync(above)?;
        }
        Ok(())
    }
}

impl Tree {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        // The folder itself may be reached through a link of the operator's; nothing below it may.
        let root = rustix::fs::open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let (objects, _) = make_folder(root.as_fd(), "objects")?;
        let (incoming, _) = make_folder(root.as_fd(), "incoming")?;
        for folder in [&objects, &incoming] {
            rustix::fs::fchmod(folder, FOLDER_MODE)?;
        }
        rustix::fs::fsync(&root)?;
        if rustix::fs::fstat(&objects)?.st_dev != rustix::fs::fstat(&incoming)?.st_dev {
            return Err(io::Error::other(
                "objects/ and incoming/ must lie on one file system: mount the folder above them instead",
            ));
        }
        Ok(Tree { objects, incoming })
    }

    pub(super) fn objects(&self) -> BorrowedFd<'_> {
        self.objects.as_fd()
    }

    /// The place of a key, making the folders on the way.
    pub(super) fn make_place(&self, key: ObjectKey) -> io::Result<Place> {
        self.place(key, make_folder)
    }

    /// The place of a key, if the folders on the way are there.
    pub(super) fn find_place(&self, key: ObjectKey) -> io::Result<Place> {
        self.place(key, |above, name| Ok((open_folder(above, name)?, false)))
    }

    fn place(
        &self,
        key: ObjectKey,
        step: impl Fn(BorrowedFd<'_>, &str) -> io::Result<(OwnedFd, bool)>,
    ) -> io::Result<Place> {
        let mut names: Vec<String> = key.to_string().split('/').map(str::to_owned).collect();
        let leaf = names.pop().unwrap_or_default();
        let mut folders = vec![self.objects.try_clone()?];
        let mut made = Vec::new();
        for name in &names {
            let (folder, is_new) = step(folders[folders.len() - 1].as_fd(), name)?;
            folders.push(folder);
            made.push(is_new);
        }
        Ok(Place { folders, names, made, leaf })
    }

    /// A new file in `incoming/`, locked as long as it is open, so that others can tell it is alive.
    pub(super) fn create_incoming(&self, key: ObjectKey, now: Timestamp) -> io::Result<(File, String)> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let key = key.to_string().replace('/', ".");
        let name = format!("{}.{key}.{:016x}", now.millis(), u64::from_be_bytes(random));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.incoming, &name, flags, FILE_MODE)?);
        // Where the file system has no locks, age alone tells (see `clear_unfinished`).
        let _ = file.try_lock();
        Ok((file, name))
    }

    pub(super) fn remove_incoming(&self, name: impl path::Arg) -> io::Result<()> {
        gone(rustix::fs::unlinkat(&self.incoming, name, AtFlags::empty()))
    }

    /// Moves a finished file to its place. Answers `None` when the file was removed meanwhile: erased.
    pub(super) fn publish(&self, name: &str, key: ObjectKey) -> io::Result<Option<Place>> {
        for _ in 0..RETRIES {
            let place = match self.make_place(key) {
                // A folder was removed between its making and the making of the one in it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            let (folder, leaf) = place.file();
            match rustix::fs::renameat(&self.incoming, name, folder, leaf) {
                Ok(()) => return Ok(Some(place)),
                // The folder was emptied and removed since it was opened, or the file itself was.
                Err(Errno::NOENT) => {
                    match rustix::fs::statat(&self.incoming, name, AtFlags::SYMLINK_NOFOLLOW) {
                        Err(Errno::NOENT) => return Ok(None),
                        other => other?,
                    };
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::Error::other("the folder is removed as often as it is made"))
    }

    /// Opens the file of a key for reading.
    pub(super) fn open_object(&self, key: ObjectKey) -> io::Result<File> {
        let place = self.find_place(key)?;
        let (folder, leaf) = place.file();
        open_file(folder, leaf)
    }

    /// Deletes the file of a key, and the folders that it leaves empty.
    pub(super) fn delete(&self, key: ObjectKey) -> io::Result<()> {
        let place = match self.find_place(key) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let (folder, leaf) = place.file();
        gone(rustix::fs::unlinkat(folder, leaf, AtFlags::empty()))?;
        rustix::fs::fsync(folder)?;
        // The folder of the class stays; those of the account and the generation go when nothing is left in them.
        for depth in (1..place.names.len()).rev() {
            let above = &place.folders[depth];
            match rustix::fs::unlinkat(above, &place.names[depth], AtFlags::REMOVEDIR) {
                Ok(()) => rustix::fs::fsync(above)?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Deletes whatever lies under a prefix, ours or not, and answers how many objects there were.
    pub(super) fn delete_prefix(&self, prefix: ObjectPrefix) -> io::Result<u64> {
        let text = prefix.to_string();
        let mut names: Vec<&str> = text.trim_end_matches('/').split('/').collect();
        let last = names.pop().unwrap_or_default();
        let mut folder = self.objects.try_clone()?;
        for name in names {
            folder = match open_folder(folder.as_fd(), name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
                other => other?,
            };
        }
        let count = remove_all(folder.as_fd(), &CString::new(last)?)?;
        rustix::fs::fsync(&folder)?;
        Ok(count)
    }

    /// Deletes the uploads under way to a prefix; they fail at their end.
    pub(super) fn delete_incoming(&self, prefix: ObjectPrefix) -> io::Result<()> {
        for (name, _) in entries(self.incoming.as_fd())? {
            if incoming_key(&name).is_some_and(|(_, key)| prefix.contains(key)) {
                self.remove_incoming(&*name)?;
            }
        }
        Ok(rustix::fs::fsync(&self.incoming)?)
    }

    /// Deletes what killed uploads left. One that holds its lock is alive, however old.
    pub(super) fn clear_unfinished(&self, before: Timestamp) -> io::Result<u64> {
        let mut count = 0;
        for (name, _) in entries(self.incoming.as_fd())? {
            if incoming_key(&name).is_none_or(|(begun, _)| begun >= before) {
                continue;
            }
            let file = match open_file(self.incoming.as_fd(), &*name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            if !matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
                self.remove_incoming(&*name)?;
                count += 1;
            }
        }
        rustix::fs::fsync(&self.incoming)?;
        Ok(count)
    }

    /// Bytes that an unprivileged process may still write.
    pub(super) fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::fstatvfs(&self.incoming)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Fails as a full disk does when less than the reserve is free.
    pub(super) fn check_reserve(&self, reserve_bytes: u64) -> io::Result<()> {
        if self.free_bytes()? < reserve_bytes { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    /// Makes and removes a file.
    pub(super) fn check_writable(&self) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&self.incoming, "health", flags, FILE_MODE)?;
        self.remove_incoming("health")
    }
}

/// Names and kinds of a folder's entries, sorted by name.
pub(super) fn entries(folder: BorrowedFd<'_>) -> io::Result<Vec<(CString, FileType)>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(Errno::NOENT) => continue,
                    Err(error) => return Err(error.into()),
                },
                kind => kind,
            };
            names.push((name.to_owned(), kind));
        }
    }
    names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(names)
}

pub(super) fn open_folder(above: BorrowedFd<'_>, name: impl path::Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(above, name, flags, Mode::empty())?)
}

pub(super) fn open_file(folder: BorrowedFd<'_>, name: impl path::Arg) -> io::Result<File> {
    // Not blocking: a pipe put in a file's place must not hang whoever opens it.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(folder, name, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("what lies in an object's place is not a file"));
    }
    Ok(file)
}

/// Opens a folder, making it if it is not there; says whether it did.
fn make_folder(above: BorrowedFd<'_>, name: &str) -> io::Result<(OwnedFd, bool)> {
    let mut made = false;
    for _ in 0..RETRIES {
        match open_folder(above, name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return Ok((other?, made)),
        }
        match rustix::fs::mkdirat(above, name, FOLDER_MODE) {
            Ok(()) => made = true,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::other("the folder is removed as often as it is made"))
}

/// Removes a file or a folder with everything in it, and answers how many files there were. Links are removed, not
/// followed. What is put there meanwhile is removed as well.
fn remove_all(above: BorrowedFd<'_>, name: &CStr) -> io::Result<u64> {
    let folder = match open_folder(above, name) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        // Not a folder, or a link.
        Err(_) => return remove_file(above, name),
    };
    let mut count = 0;
    for _ in 0..RETRIES {
        for (entry, kind) in entries(folder.as_fd())? {
            count += match kind {
                FileType::RegularFile => remove_file(folder.as_fd(), &entry)?,
                _ => remove_all(folder.as_fd(), &entry)?,
            };
        }
        match rustix::fs::unlinkat(above, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => return Ok(count),
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::other("the folder is filled as often as it is emptied"))
}

fn remove_file(folder: BorrowedFd<'_>, name: &CStr) -> io::Result<u64> {
    gone(rustix::fs::unlinkat(folder, name, AtFlags::empty())).map(|()| 1)
}

/// When an upload was begun and for which key, by its name in `incoming/`.
fn incoming_key(name: &CStr) -> Option<(Timestamp, ObjectKey)> {
    let (millis, rest) = name.to_str().ok()?.split_once('.')?;
    let (key, _random) = rest.rsplit_once('.')?;
    Some((Timestamp::from_millis(millis.parse().ok()?), key.replace('.', "/").parse().ok()?))
}

/// What is gone already was removed.
fn gone(removed: rustix::io::Result<()>) -> io::Result<()> {
    match removed {
        Err(Errno::NOENT) => Ok(()),
        other => Ok(other?),
    }
}
