//! Works through photos one by one. A bad one is named and counted, and does not stop the others.

use serde::Serialize;

use crate::arguments::Common;
use crate::configuration::Limits;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::photo::Photo;

/// What came of one photo: the command's own findings and, where it failed, why.
#[derive(Serialize)]
struct PhotoReport<T> {
    photo: String,
    #[serde(flatten)]
    result: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The document of `--json`.
#[derive(Serialize)]
struct Report<'a, T> {
    command: &'a str,
    done: usize,
    failed: usize,
    photos: Vec<PhotoReport<T>>,
}

/// Why one photo failed, in words for people; the photo's name is put in front.
pub(crate) struct PhotoError(String);

impl PhotoError {
    /// The words.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl<E: std::fmt::Display> From<E> for PhotoError {
    fn from(error: E) -> Self {
        PhotoError(error.to_string())
    }
}

/// One photo's turn: its place in the list, its bytes, where to tell of progress, and the result to fill.
pub(crate) type Turn<'a, T> = dyn FnMut(usize, &[u8], &Console, &mut T) -> Result<(), PhotoError> + 'a;

/// Does `work` for every photo and reports. `steps` is how often `work` tells of a step, in all.
pub(crate) fn each<T: Default + Serialize>(
    command: &str,
    common: &Common,
    console: &Console,
    (photos, limits): (&[Photo], Limits),
    work: &mut Turn<'_, T>,
) -> Result<Exit, Failure> {
    let mut reports = Vec::new();
    for (place, photo) in photos.iter().enumerate() {
        let name = photo.name();
        console.working_on(&name);
        let mut result = T::default();
        let done = photo
            .read(limits.for_imaging().max_bytes)
            .map_err(PhotoError)
            .and_then(|bytes| work(place, &bytes, console, &mut result));
        let error = done.err().map(|PhotoError(text)| text);
        if let Some(error) = &error
            && !common.json
        {
            console.complain(format_args!("{name}: {error}"));
        }
        reports.push(PhotoReport { photo: name, result, error });
        console.reached(place + 1, photos.len());
    }
    let failed = reports.iter().filter(|report| report.error.is_some()).count();
    let done = reports.len() - failed;
    console.document(&Report { command, done, failed, photos: reports })?;
    if failed > 0 && photos.len() > 1 {
        console.note(format_args!("{failed} of {} photos failed", photos.len()));
    }
    Ok(Exit::of(done, failed))
}
