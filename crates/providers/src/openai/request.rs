//! What is sent: a form with the words and the pictures, in the order in which the words speak of them
//! ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)).

use std::fmt::Write as _;

use domain::ports::provider::{Background, Options, Outage, Picture, ProviderError, Request};

use super::models::{Model, Quality};
use crate::line::unavailable;

/// Characters of a prompt that the API takes.
const PROMPT: usize = 32_000;

/// A form in memory.
pub(super) struct Form {
    pub(super) media_type: String,
    pub(super) body: Vec<u8>,
}

/// The pictures that go along: the person's photos, and behind them the background of their own, if it is a picture.
pub(super) fn pictures(request: &Request, most: usize) -> Vec<Picture> {
    let mut pictures: Vec<_> = request.photos.iter().take(most).cloned().collect();
    if let Some(Background::Picture(background)) = &request.options.background {
        pictures.push(background.clone());
    }
    pictures
}

/// The request's body.
pub(super) fn form(
    prompt: &str,
    pictures: &[Picture],
    model: &Model,
    quality: Quality,
    options: &Options,
) -> Result<Form, ProviderError> {
    if prompt.chars().count() > PROMPT {
        return Err(ProviderError::Invalid {
            detail: format!("the prompt has more than {PROMPT} characters"),
        });
    }
    let mut form = Writer::new()?;
    let size = model.size(options.aspect, options.long_side);
    form.field("model", &model.name);
    form.field("prompt", prompt);
    form.field("n", "1");
    form.field("size", &format!("{}x{}", size.width, size.height));
    form.field("quality", quality.as_str());
    form.field("background", "opaque");
    form.field("output_format", "jpeg");
    form.field("output_compression", "95");
    if model.fidelity {
        form.field("input_fidelity", "high");
    }
    for (n, picture) in pictures.iter().enumerate() {
        form.file("image[]", n + 1, picture);
    }
    Ok(form.done())
}

struct Writer {
    boundary: String,
    body: Vec<u8>,
}

impl Writer {
    /// A form whose parts are told apart by a word that nobody can guess, so that no part can hold it.
    fn new() -> Result<Self, ProviderError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| unavailable(Outage::Down, "there is no randomness"))?;
        let mut boundary = String::from("covershots-");
        for byte in random {
            // Writing to a text does not fail.
            let _ = write!(boundary, "{byte:02x}");
        }
        Ok(Writer { boundary, body: Vec::new() })
    }

    fn field(&mut self, name: &str, value: &str) {
        self.head(&format!("Content-Disposition: form-data; name=\"{name}\""));
        self.body.extend_from_slice(value.as_bytes());
        self.body.extend_from_slice(b"\r\n");
    }

    fn file(&mut self, name: &str, number: usize, picture: &Picture) {
        let (kind, extension) = (picture.media_type.as_str(), picture.media_type.extension());
        self.head(&format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{number}.{extension}\"\r\nContent-Type: {kind}"
        ));
        self.body.extend_from_slice(picture.bytes());
        self.body.extend_from_slice(b"\r\n");
    }

    fn head(&mut self, headers: &str) {
        self.body.extend_from_slice(format!("--{}\r\n{headers}\r\n\r\n", self.boundary).as_bytes());
    }

    fn done(mut self) -> Form {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        Form { media_type: format!("multipart/form-data; boundary={}", self.boundary), body: self.body }
    }
}
