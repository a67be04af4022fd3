//! Pixels to files.

use crate::pixmap::{Rgb8, Rgba8};

/// The formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lossy, everywhere.
    Jpeg,
    /// Lossless, with alpha.
    Png,
    /// Lossy and small, with alpha.
    WebP,
}

/// A file in memory. Image bytes are private: it has no `Debug` that would print them.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    /// What the bytes are.
    pub format: Format,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why a picture could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the picture could not be written as {format:?}: {reason}")]
pub struct EncodeError {
    /// What was to be written.
    pub format: Format,
    /// What the encoder said.
    pub reason: String,
}

impl EncodeError {
    fn new(format: Format, reason: impl ToString) -> Self {
        EncodeError { format, reason: reason.to_string() }
    }
}

/// A JPEG of quality 1 to 100, 4:2:0 below 90 and 4:4:4 from there.
pub fn jpeg(picture: &Rgb8, quality: u8) -> Result<Encoded, EncodeError> {
    let error = |e: &dyn ToString| EncodeError::new(Format::Jpeg, e.to_string());
    let mut bytes = Vec::new();
    let (w, h) = (
        u16::try_from(picture.width()).map_err(|e| error(&e))?,
        u16::try_from(picture.height()).map_err(|e| error(&e))?,
    );
    jpeg_encoder::Encoder::new(&mut bytes, quality)
        .encode(picture.data(), w, h, jpeg_encoder::ColorType::Rgb)
        .map_err(|e| error(&e))?;
    Ok(Encoded { format: Format::Jpeg, bytes })
}

/// A PNG without alpha.
pub fn png(picture: &Rgb8) -> Result<Encoded, EncodeError> {
    write_png(picture.width(), picture.height(), picture.data(), png::ColorType::Rgb)
}

/// A PNG with alpha.
pub fn png_with_alpha(picture: &Rgba8) -> Result<Encoded, EncodeError> {
    write_png(picture.width(), picture.height(), picture.data(), png::ColorType::Rgba)
}

fn write_png(
    width: usize,
    height: usize,
    data: &[u8],
    colour: png::ColorType,
) -> Result<Encoded, EncodeError> {
    let error = |e: png::EncodingError| EncodeError::new(Format::Png, e);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(error)?;
    writer.write_image_data(data).map_err(error)?;
    writer.finish().map_err(error)?;
    Ok(Encoded { format: Format::Png, bytes })
}

/// A lossy WebP of quality 0 to 100.
pub fn webp(picture: &Rgb8, quality: u8) -> Result<Encoded, EncodeError> {
    let encoder = webp::Encoder::from_rgb(picture.data(), picture.width() as u32, picture.height() as u32);
    Ok(Encoded { format: Format::WebP, bytes: encoder.encode(f32::from(quality)).to_vec() })
}
