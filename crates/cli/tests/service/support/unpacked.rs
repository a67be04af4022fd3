//! What is in a ZIP, read by another implementation than the one that writes it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use reqwest::header::CONTENT_TYPE;
use zip::ZipArchive;

use super::Answer;

/// The files of a ZIP, each checked against its sum.
pub(crate) fn unpacked(answer: &Answer) -> BTreeMap<String, Vec<u8>> {
    assert_eq!(answer.headers[CONTENT_TYPE], "application/zip");
    let mut zip = ZipArchive::new(Cursor::new(&answer.body)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..zip.len() {
        let (mut bytes, mut file) = (Vec::new(), zip.by_index(index).unwrap());
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().into_owned(), bytes);
    }
    files
}
