//! Files to pixels.
//!
//! A file is a stranger's. Reading one is a list of steps, each of which may refuse: how many bytes, what it
//! really is (the first bytes decide, never a name or a media type), how large it says it is, whether it is
//! whole. Only then are pixels allocated, made sRGB by the file's colour profile and turned upright. Whatever
//! else was in the file (place, time, camera, a preview of an uncropped picture) never leaves this module.

mod avif;
mod bmff;
mod bmff_items;
mod colour;
mod error;
#[cfg(feature = "heic")]
mod heic;
mod jpeg;
mod jpeg_baseline;
mod jpeg_entropy;
mod jpeg_idct;
mod jpeg_scan;
mod jpeg_segments;
mod kind;
mod limits;
mod orientation;
mod png;
mod webp;
mod ycc;
mod yuv;

use domain::Size;

pub use error::DecodeError;
pub use kind::{SourceFormat, media_type};
pub use limits::Limits;
pub use orientation::Orientation;

use crate::pixmap::{Gray8, Pixmap, Rgb8, Rgba8};
use crate::resize::{Resizable, fit_inside};
use colour::Profile;

/// What a file says about itself before any pixel is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the file is.
    pub format: SourceFormat,
    /// Width and height in pixels as the picture is meant to be seen, after [`Header::orientation`].
    pub size: Size,
    /// How the stored picture is turned to be upright.
    pub orientation: Orientation,
    /// Whether the file may have see-through pixels.
    pub alpha: bool,
}

/// Reads the header alone: format, size and orientation, checked against the limits.
///
/// # Errors
/// Everything that [`decode`] refuses without looking at pixels.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    let format = recognise(bytes, limits)?;
    let raw = match format {
        SourceFormat::Jpeg => jpeg::header(bytes)?,
        SourceFormat::Png => png::header(bytes)?,
        SourceFormat::WebP => webp::header(bytes)?,
        SourceFormat::Avif => avif::header(bytes)?,
        SourceFormat::Heic => heic_header(bytes)?,
    };
    limits.check_size(raw.size)?;
    Ok(Header { size: raw.orientation.upright(raw.size), ..raw })
}

/// Reads a picture: upright, sRGB, no metadata; what is see-through is laid on white.
///
/// # Errors
/// [`DecodeError`] when the file is too large, damaged, cut off or nothing that is read here.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Rgb8, DecodeError> {
    let source = read(bytes, limits, None)?;
    let orientation = source.orientation;
    Ok(orientation.apply(colour::to_rgb(source)))
}

/// Reads a picture and keeps what is see-through, for logos: upright, sRGB, no metadata.
///
/// # Errors
/// As [`decode`].
pub fn decode_with_alpha(bytes: &[u8], limits: &Limits) -> Result<Rgba8, DecodeError> {
    let source = read(bytes, limits, None)?;
    let orientation = source.orientation;
    Ok(orientation.apply(colour::to_rgba(source)))
}

/// As [`decode`], and refuses a file that is not what its sender says: `claimed` is a media type
/// (`image/jpeg`) or a file name's extension (`jpg`).
///
/// # Errors
/// [`DecodeError::Mismatch`] names both; otherwise as [`decode`].
pub fn decode_as(bytes: &[u8], claimed: &str, limits: &Limits) -> Result<Rgb8, DecodeError> {
    check_claim(bytes, claimed, limits)?;
    decode(bytes, limits)
}

/// Whether a file is what its sender says (a media type or an extension), without reading any pixel.
///
/// # Errors
/// As [`decode_as`].
pub fn check_claim(bytes: &[u8], claimed: &str, limits: &Limits) -> Result<SourceFormat, DecodeError> {
    let found = recognise(bytes, limits)?;
    match media_type(claimed) {
        Some(expected) if expected == found.media_type() => Ok(found),
        _ => Err(DecodeError::Mismatch { claimed: claimed.to_owned(), found: found.name() }),
    }
}

/// How large a picture is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Pixels of the longer side. A smaller picture is not enlarged.
    pub longest_side: u32,
}

impl Wanted {
    /// A picture whose longer side has at most so many pixels.
    pub const fn longest_side(pixels: u32) -> Self {
        Wanted { longest_side: pixels }
    }

    /// The size to make of a picture of `size`: its proportions kept, never enlarged.
    pub fn size_of(self, size: Size) -> Size {
        fit_inside(size, Size::new(self.longest_side, self.longest_side))
    }
}

/// Reads a picture no larger than is needed: as [`decode`] and a Lanczos 3 reduction, but without ever holding
/// the whole of a baseline JPEG, which is shrunk while it is read.
///
/// # Errors
/// As [`decode`].
pub fn decode_for(bytes: &[u8], limits: &Limits, wanted: Wanted) -> Result<Rgb8, DecodeError> {
    let source = read(bytes, limits, Some(wanted))?;
    let orientation = source.orientation;
    let picture = colour::to_rgb(source);
    let size = wanted.size_of(picture.size());
    if size == picture.size() {
        return Ok(orientation.apply(picture));
    }
    Ok(orientation.apply(picture.resized(size.width as usize, size.height as usize)))
}

/// What a file is, when it is something that is read here and not too large.
fn recognise(bytes: &[u8], limits: &Limits) -> Result<SourceFormat, DecodeError> {
    limits.check_bytes(bytes)?;
    kind::recognise(bytes)
}

/// A file's pixels as they are stored, and what is needed to make them right.
struct Source {
    samples: Samples,
    profile: Option<Profile>,
    orientation: Orientation,
}

/// Pixels as files have them.
enum Samples {
    Gray(Gray8),
    GrayAlpha(Pixmap<u8, 2>),
    Rgb(Rgb8),
    Rgba(Rgba8),
    /// Ink, 255 is all of it.
    Cmyk(Pixmap<u8, 4>),
}

fn read(bytes: &[u8], limits: &Limits, wanted: Option<Wanted>) -> Result<Source, DecodeError> {
    let header = probe(bytes, limits)?;
    match header.format {
        // Turning upright a second time swaps the sides back.
        SourceFormat::Jpeg => {
            jpeg::read(bytes, wanted.map(|w| header.orientation.upright(w.size_of(header.size))))
        }
        SourceFormat::Png => png::read(bytes),
        SourceFormat::WebP => webp::read(bytes),
        SourceFormat::Avif => avif::read(bytes, limits),
        SourceFormat::Heic => heic_read(bytes, limits),
    }
}

#[cfg(feature = "heic")]
use heic::{header as heic_header, read as heic_read};

#[cfg(not(feature = "heic"))]
fn heic_header(_bytes: &[u8]) -> Result<Header, DecodeError> {
    Err(kind::heic_refused())
}

#[cfg(not(feature = "heic"))]
fn heic_read(_bytes: &[u8], _limits: &Limits) -> Result<Source, DecodeError> {
    Err(kind::heic_refused())
}
