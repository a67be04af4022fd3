//! The file formats that pictures are asked for in and handed over as.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A picture file format that every browser shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaType {
    /// Lossy, everywhere.
    Jpeg,
    /// Lossless, with alpha.
    Png,
    /// Lossy and small, with alpha.
    WebP,
}

impl MediaType {
    /// The [IANA media type](https://www.iana.org/assignments/media-types/media-types.xhtml#image).
    pub const fn as_str(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Png => "image/png",
            MediaType::WebP => "image/webp",
        }
    }

    /// How file names end, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            MediaType::Jpeg => "jpg",
            MediaType::Png => "png",
            MediaType::WebP => "webp",
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A media type that is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a media type that is handled here: image/jpeg, image/png and image/webp are")]
pub struct MediaTypeError;

impl FromStr for MediaType {
    type Err = MediaTypeError;

    /// Reads a media type as in a `Content-Type` header; parameters after `;` are passed over.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.split(';').next().unwrap_or_default().trim();
        [MediaType::Jpeg, MediaType::Png, MediaType::WebP]
            .into_iter()
            .find(|media| media.as_str().eq_ignore_ascii_case(plain))
            .ok_or(MediaTypeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_reads_back_with_or_without_parameters() {
        assert_eq!("image/jpeg".parse(), Ok(MediaType::Jpeg));
        assert_eq!("Image/WebP; q=1".parse(), Ok(MediaType::WebP));
        assert_eq!("image/svg+xml".parse::<MediaType>(), Err(MediaTypeError));
    }
}
