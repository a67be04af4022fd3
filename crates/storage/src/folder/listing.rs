//! Listing: a walk in the byte order of the keys, from any key on.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use domain::object_key::ObjectKey;
use domain::ports::objects::{LIST_LIMIT, Listed, ObjectPrefix, Page};
use domain::time::Timestamp;
use rustix::fs::FileType;

use super::record;
use super::tree::{Tree, entries, open_file, open_folder};

/// One page of the objects under a prefix.
pub(super) fn list(
    tree: &Tree,
    prefix: ObjectPrefix,
    after: Option<ObjectKey>,
    limit: usize,
) -> io::Result<Page> {
    let path = prefix.to_string();
    let mut folder = tree.objects().try_clone_to_owned()?;
    for name in path.trim_end_matches('/').split('/') {
        folder = match open_folder(folder.as_fd(), name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Page::default()),
            other => other?,
        };
    }
    let limit = limit.clamp(1, LIST_LIMIT);
    let after = after.map(|key| key.to_string());
    let mut walk = Walk { after: after.as_deref().unwrap_or_default(), limit, objects: Vec::new() };
    walk.folder(folder.as_fd(), &path)?;
    let full = walk.objects.len() == limit;
    let next = walk.objects.last().filter(|_| full).map(|last| last.key);
    Ok(Page { objects: walk.objects, next })
}

struct Walk<'a> {
    after: &'a str,
    limit: usize,
    objects: Vec<Listed>,
}

impl Walk<'_> {
    /// Visits what lies in a folder whose path is given with its final slash. Siblings are all files or all folders
    /// with names of one length, so the order of names is the order of keys.
    fn folder(&mut self, folder: BorrowedFd<'_>, path: &str) -> io::Result<()> {
        for (name, kind) in entries(folder)? {
            if self.objects.len() == self.limit {
                return Ok(());
            }
            // What is no text is no key of ours.
            let Ok(text) = name.to_str() else { continue };
            let path = format!("{path}{text}");
            if kind == FileType::Directory {
                let path = path + "/";
                if *path > *self.after || self.after.starts_with(&path) {
                    match open_folder(folder, &*name) {
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        other => self.folder(other?.as_fd(), &path)?,
                    }
                }
            } else if *path > *self.after
                && let Ok(key) = path.parse()
            {
                self.objects.extend(look(folder, &name, key)?);
            }
        }
        Ok(())
    }
}

/// What is known about one object, or `None` when it was deleted meanwhile.
fn look(folder: BorrowedFd<'_>, name: &CStr, key: ObjectKey) -> io::Result<Option<Listed>> {
    let file = match open_file(folder, name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    Ok(Some(match record::read(&file, key)? {
        Some(object) => Listed {
            key,
            bytes: object.bytes,
            created_at: object.created_at,
            expires_at: object.expires_at,
            damaged: false,
        },
        None => {
            let on_disk = file.metadata()?;
            let changed = on_disk.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let created_at = Timestamp::EPOCH + changed;
            Listed { key, bytes: on_disk.len(), created_at, expires_at: None, damaged: true }
        }
    }))
}
