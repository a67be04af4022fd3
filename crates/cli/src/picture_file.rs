//! Pixels to a file that the place it goes to takes, marked as what it is: mostly a composite.

use clap::ValueEnum;
use domain::MediaType;
use imaging::provenance::{self, Source};
use imaging::{EncodeError, Rgb8, Rgba8, encode};

/// Qualities that are tried until the file is small enough: from no loss that is seen to what still serves.
const QUALITIES: [u8; 9] = [92, 88, 84, 80, 75, 68, 60, 50, 40];

/// What `--format` can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Small, and taken everywhere.
    Jpeg,
    /// Lossless and large.
    Png,
    /// Smaller than JPEG, for the web.
    Webp,
    /// The person alone on transparency, as PNG.
    Cutout,
}

impl Format {
    /// The file format.
    pub(crate) fn media_type(self) -> MediaType {
        match self {
            Format::Jpeg => MediaType::Jpeg,
            Format::Png | Format::Cutout => MediaType::Png,
            Format::Webp => MediaType::WebP,
        }
    }
}

impl From<MediaType> for Format {
    fn from(media: MediaType) -> Format {
        match media {
            MediaType::Jpeg => Format::Jpeg,
            MediaType::Png => Format::Png,
            MediaType::WebP => Format::Webp,
        }
    }
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// The encoder failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// It is too large, however hard it is pressed.
    #[error("the picture has {0} bytes and the platform takes {1}: choose a smaller --size or --format jpeg")]
    TooLarge(u64, u64),
}

/// An opaque picture as a file of at most `max_bytes`, at the best quality that fits, marked as a composite.
pub(crate) fn write(picture: &Rgb8, format: MediaType, max_bytes: Option<u64>) -> Result<Vec<u8>, FileError> {
    write_marked(picture, format, max_bytes, Source::Composite)
}

/// The same, marked as what it is.
pub(crate) fn write_marked(
    picture: &Rgb8,
    format: MediaType,
    max_bytes: Option<u64>,
    source: Source,
) -> Result<Vec<u8>, FileError> {
    let limit = max_bytes.unwrap_or(u64::MAX);
    let mut size = 0;
    for quality in QUALITIES {
        let file = match format {
            MediaType::Jpeg => encode::jpeg(picture, quality)?,
            MediaType::WebP => encode::webp(picture, quality)?,
            MediaType::Png => encode::png(picture)?,
        };
        let file = provenance::mark(file, source);
        size = file.bytes.len() as u64;
        if size <= limit {
            return Ok(file.bytes);
        }
        if format == MediaType::Png {
            break;
        }
    }
    Err(FileError::TooLarge(size, limit))
}

/// A picture with alpha as a PNG file.
pub(crate) fn write_with_alpha(picture: &Rgba8) -> Result<Vec<u8>, FileError> {
    Ok(provenance::mark(encode::png_with_alpha(picture)?, Source::Composite).bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise, the hardest thing to press.
    fn noise() -> Rgb8 {
        let mut state = 1_u32;
        Rgb8::from_fn(256, 256, |_, _| {
            std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
        })
    }

    #[test]
    fn quality_gives_way_to_the_limit_and_no_further() {
        let picture = noise();
        for format in [MediaType::Jpeg, MediaType::WebP] {
            let best = write(&picture, format, None).unwrap().len() as u64;
            let fitted = write(&picture, format, Some(best * 2 / 3)).unwrap().len() as u64;
            assert!(fitted <= best * 2 / 3 && fitted > best / 4, "{format}: {fitted} of {best}");
            assert!(matches!(write(&picture, format, Some(100)), Err(FileError::TooLarge(_, 100))));
        }
        assert!(write(&picture, MediaType::Png, Some(100_000)).is_err());
    }
}
