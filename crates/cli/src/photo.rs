//! The photos of a command: files, the pictures of a folder, and standard input, in a fixed order.
//!
//! What is named on the command line is taken at its word, whatever its ending; from a folder only what looks like
//! a picture is taken, so that a stray text file is not an error. A photo is read when its turn comes, not before.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// How the names of pictures end.
const ENDINGS: [&str; 9] = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "avif", "heic", "heif"];

/// Where one photo comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Photo {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Photo {
    /// How it is called in messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Photo::File(path) => path.display().to_string(),
            Photo::Stdin => "standard input".to_owned(),
        }
    }

    /// What the names of its pictures begin with.
    pub(crate) fn stem(&self) -> String {
        let stem = match self {
            Photo::File(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
            Photo::Stdin => None,
        };
        stem.unwrap_or_else(|| "photo".to_owned())
    }

    /// The file's bytes, at most `max_bytes` of them.
    pub(crate) fn read(&self, max_bytes: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = match self {
            Photo::File(path) => {
                File::open(path).and_then(|file| file.take(max_bytes + 1).read_to_end(&mut bytes))
            }
            Photo::Stdin => io::stdin().lock().take(max_bytes + 1).read_to_end(&mut bytes),
        };
        match read {
            Err(error) => Err(format!("can't be read: {error}")),
            Ok(0) => Err("is empty: choose a photo".to_owned()),
            Ok(_) if bytes.len() as u64 > max_bytes => Err(format!(
                "is larger than {} MB: choose a smaller file, or raise limits.max_megabytes in covershots.toml",
                max_bytes / 1_000_000
            )),
            Ok(_) => Ok(bytes),
        }
    }
}

/// The photos that the arguments name, each once: files and folders in the order given, a folder's by name.
pub(crate) fn gather(arguments: &[PathBuf]) -> Result<Vec<Photo>, Failure> {
    let mut photos = Vec::new();
    for argument in arguments {
        let found = if argument.as_os_str() == "-" {
            vec![Photo::Stdin]
        } else if argument.is_dir() {
            in_folder(argument)?
        } else {
            // A file that is not there is one bad photo among others, so it is left to `read`.
            vec![Photo::File(argument.clone())]
        };
        for photo in found {
            if !photos.contains(&photo) {
                photos.push(photo);
            }
        }
    }
    Ok(photos)
}

fn in_folder(folder: &Path) -> Result<Vec<Photo>, Failure> {
    let entries =
        fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(|error| {
            Failure::usage(format_args!("the folder {} can't be read: {error}", folder.display()))
        })?;
    let mut paths: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(|path| is_picture(path)).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::usage(format_args!(
            "the folder {} holds no photo (a file ending in {}); folders in it are not looked into",
            folder.display(),
            ENDINGS.join(", ")
        )));
    }
    Ok(paths.into_iter().map(Photo::File).collect())
}

fn is_picture(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    !hidden && path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_pictures_by_name_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.JPG", "a.png", "notes.txt", ".hidden.jpg"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("inner.jpg")).unwrap();
        let photos = gather(&[folder.path().to_owned(), folder.path().join("a.png")]).unwrap();
        let stems: Vec<_> = photos.iter().map(Photo::stem).collect();
        assert_eq!(stems, ["a", "b"], "sorted, each once");
    }

    #[test]
    fn a_folder_without_photos_is_the_callers_mistake() {
        let folder = tempfile::tempdir().unwrap();
        assert!(gather(&[folder.path().to_owned()]).is_err());
    }

    #[test]
    fn a_photo_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        fs::write(&path, [7; 10]).unwrap();
        assert_eq!(Photo::File(path.clone()).read(10).unwrap().len(), 10);
        assert!(Photo::File(path).read(9).unwrap_err().contains("max_megabytes"));
        assert!(Photo::File(folder.path().join("no.jpg")).read(9).unwrap_err().contains("can't be read"));
    }
}
