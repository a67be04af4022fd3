//! Where pictures are written: names are planned, and checked, before any work starts.
//!
//! The promises: nothing is overwritten without `--force`, a file is there as a whole or not at all, and two photos of
//! the same name never share one.

use std::collections::HashSet;
use std::fs::{self, Permissions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use domain::MediaType;

use crate::arguments::Output;
use crate::exit::Failure;
use crate::photo::Photo;
use crate::{console, interrupt};

/// What `--output` means.
enum Destination {
    Folder(PathBuf),
    File(PathBuf),
    Stdout,
}

/// The files of a command: one list a photo, each with the same number of pictures.
pub(crate) struct Plan {
    destination: Destination,
    force: bool,
    files: Vec<Vec<PathBuf>>,
}

/// The format that the output's name asks for, where it names a picture file.
pub(crate) fn format_of_name(output: &Output) -> Option<MediaType> {
    if output.output.is_dir() {
        return None;
    }
    match output.output.extension()?.to_string_lossy().to_lowercase().as_str() {
        "jpg" | "jpeg" => Some(MediaType::Jpeg),
        "png" => Some(MediaType::Png),
        "webp" => Some(MediaType::WebP),
        _ => None,
    }
}

impl Plan {
    /// Plans a file for every photo and every one of `pictures` (such as `corporate-1`). Refuses what can't be written and
    /// what is there already; makes the output folder.
    pub(crate) fn new(
        output: &Output,
        photos: &[Photo],
        pictures: &[String],
        format: MediaType,
    ) -> Result<Plan, Failure> {
        let count = photos.len() * pictures.len();
        let destination = destination(output, format)?;
        let files = match &destination {
            Destination::Folder(folder) => {
                let stems: Vec<_> = photos.iter().map(Photo::stem).collect();
                named(folder, &stems, pictures, format.extension())
            }
            _ if count != 1 => {
                return Err(Failure::usage(format_args!(
                    "{} can hold one picture only, and {count} were asked for: name a folder after -o, or use one \
                     photo, one style and --count 1",
                    output.output.display()
                )));
            }
            _ => vec![vec![output.output.clone()]],
        };
        let plan = Plan { destination, force: output.force, files };
        plan.refuse_to_overwrite()?;
        plan.make_folder()?;
        Ok(plan)
    }

    /// Whether pictures go to standard output.
    pub(crate) fn to_stdout(&self) -> bool {
        matches!(self.destination, Destination::Stdout)
    }

    /// Writes one picture of one photo, by their places in the plan, and returns its path.
    pub(crate) fn write(&self, photo: usize, picture: usize, bytes: &[u8]) -> Result<&Path, Failure> {
        let path =
            self.files.get(photo).and_then(|files| files.get(picture)).ok_or_else(|| {
                Failure::machine("more pictures were made than planned: please report this")
            })?;
        if self.to_stdout() {
            console::print_bytes(bytes)?;
        } else {
            write_whole(path, bytes, self.force)?;
        }
        Ok(path)
    }

    fn refuse_to_overwrite(&self) -> Result<(), Failure> {
        if self.force || self.to_stdout() {
            return Ok(());
        }
        let there: Vec<_> =
            self.files.iter().flatten().filter(|path| path.symlink_metadata().is_ok()).collect();
        let Some(first) = there.first() else { return Ok(()) };
        let more = if there.len() > 1 { format!(" (and {} more)", there.len() - 1) } else { String::new() };
        Err(Failure::usage(format_args!(
            "{}{more} is there already: add --force to overwrite, or name another place after -o",
            first.display()
        )))
    }

    fn make_folder(&self) -> Result<(), Failure> {
        let folder = match &self.destination {
            Destination::Folder(folder) => folder.as_path(),
            Destination::File(file) => match file.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => return Ok(()),
            },
            Destination::Stdout => return Ok(()),
        };
        fs::create_dir_all(folder).map_err(|error| {
            Failure::usage(format_args!(
                "the folder {} can't be made ({error}): name another place after -o",
                folder.display()
            ))
        })
    }
}

fn destination(output: &Output, format: MediaType) -> Result<Destination, Failure> {
    let path = &output.output;
    if path.as_os_str() == "-" {
        if io::stdout().is_terminal() {
            return Err(Failure::usage(
                "a picture is of no use on a terminal: add > picture.jpg, or leave -o - out",
            ));
        }
        return Ok(Destination::Stdout);
    }
    match format_of_name(output) {
        Some(named) if named != format => Err(Failure::usage(format_args!(
            "{} does not fit the format {}: give the file the ending .{}",
            path.display(),
            format.extension(),
            format.extension()
        ))),
        Some(_) => Ok(Destination::File(path.clone())),
        None => Ok(Destination::Folder(path.clone())),
    }
}

/// The files `{stem}-{picture}.{extension}`. A photo whose files would meet another's gets a number after its stem.
/// Names that differ in case only are the same file on some systems, so they count as the same.
fn named(folder: &Path, stems: &[String], pictures: &[String], extension: &str) -> Vec<Vec<PathBuf>> {
    let mut taken = HashSet::new();
    let mut all = Vec::new();
    for stem in stems {
        let stem = stem.replace(|c: char| c.is_control(), "_");
        let names_of = |number: usize| -> Vec<String> {
            let number = if number > 1 { format!("-{number}") } else { String::new() };
            pictures.iter().map(|picture| format!("{stem}{number}-{picture}.{extension}")).collect()
        };
        let free = |names: &[String]| names.iter().all(|name| !taken.contains(&name.to_lowercase()));
        // Among one more number than there are photos one is free.
        let names = (1..=stems.len() + 1).map(names_of).find(|names| free(names)).unwrap_or_default();
        taken.extend(names.iter().map(|name| name.to_lowercase()));
        all.push(names.into_iter().map(|name| folder.join(name)).collect());
    }
    all
}

/// Writes to a temporary file beside `path` and then renames it. Without `force` a file that appeared there
/// in the meantime stays.
fn write_whole(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let _writing = interrupt::while_writing();
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let error =
        |error: io::Error| Failure::machine(format_args!("{} can't be written: {error}", path.display()));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".covershots-").suffix(".part");
    let permissions = ordinary_permissions();
    if let Some(permissions) = &permissions {
        builder.permissions(permissions.clone());
    }
    let mut file = builder.tempfile_in(folder).map_err(error)?;
    file.write_all(bytes).map_err(error)?;
    let kept = if force { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map(drop).map_err(|kept| error(kept.error))
}

/// Those of any new file: temporary files are for their owner alone otherwise. The system's mask still applies.
#[cfg(unix)]
fn ordinary_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn ordinary_permissions() -> Option<Permissions> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(stems: &[&str], pictures: &[&str]) -> Vec<String> {
        let owned = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        let files = named(Path::new("out"), &owned(stems), &owned(pictures), "jpg");
        files.iter().flatten().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn photos_of_the_same_name_do_not_meet() {
        assert_eq!(plan(&["a", "b"], &["x-1"]), ["out/a-x-1.jpg", "out/b-x-1.jpg"]);
        assert_eq!(
            plan(&["a", "A", "a-2"], &["x-1"]),
            ["out/a-x-1.jpg", "out/A-2-x-1.jpg", "out/a-2-2-x-1.jpg"]
        );
        assert_eq!(plan(&["a", "a-b"], &["b-c", "c"])[2..], ["out/a-b-2-b-c.jpg", "out/a-b-2-c.jpg"]);
    }

    #[test]
    fn a_file_that_appeared_in_the_meantime_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        write_whole(&path, b"first", false).unwrap();
        assert!(write_whole(&path, b"second", false).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        write_whole(&path, b"third", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
