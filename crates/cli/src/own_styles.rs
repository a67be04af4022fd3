//! The catalogue as a command sees it: the project's styles, and a folder of the caller's own on top.

use std::fs;
use std::io::Read;
use std::path::Path;

use domain::style::Catalogue;
use domain::style::catalogue::MAX_STYLE_BYTES;

use crate::exit::Failure;

/// The project's styles with those of `folder`.
pub(crate) fn catalogue(folder: Option<&Path>) -> Result<Catalogue, Failure> {
    let mut catalogue = Catalogue::built_in().map_err(Failure::usage)?;
    if let Some(folder) = folder {
        let files = read(folder)?;
        if files.is_empty() {
            return Err(Failure::usage(format_args!(
                "{} holds no style: put TOML files into {0}/headshot or {0}/thumbnail",
                folder.display()
            )));
        }
        catalogue.add_folder_files(files).map_err(|errors| {
            let lines: Vec<_> = errors.0.iter().map(|e| format!("{}/{e}", folder.display())).collect();
            Failure::usage(lines.join("\ncovershots: "))
        })?;
    }
    Ok(catalogue)
}

/// The TOML files of a folder and of the folders in it, with their paths below it.
fn read(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            for inner in entries(&entry.path())? {
                let inner_name = inner.file_name().to_string_lossy().into_owned();
                add(&mut files, format!("{name}/{inner_name}"), &inner.path())?;
            }
        } else {
            add(&mut files, name, &entry.path())?;
        }
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, Failure> {
    fs::read_dir(folder).and_then(Iterator::collect).map_err(|error| {
        Failure::usage(format_args!(
            "the folder {} can't be read ({error}): check --styles-folder",
            folder.display()
        ))
    })
}

fn add(files: &mut Vec<(String, Vec<u8>)>, name: String, path: &Path) -> Result<(), Failure> {
    if !name.ends_with(".toml") || !path.is_file() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    // One byte more than is allowed is enough for the catalogue to refuse the file.
    fs::File::open(path)
        .and_then(|file| file.take(MAX_STYLE_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::usage(format_args!("{} can't be read: {error}", path.display())))?;
    files.push((name, bytes));
    Ok(())
}
