//! Pixels to files.
//!
//! What is written is pixels and nothing else: no metadata, no profile (the pixels are sRGB, which is what a
//! file without a profile means), no time. The same picture gives the same bytes.

use jpeg_encoder::{ChromaSubsamplingMethod, SamplingFactor};

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

impl Format {
    /// The format's media type as registered with IANA.
    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::WebP => "image/webp",
        }
    }

    /// The usual end of a file's name, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::WebP => "webp",
        }
    }
}

/// A file in memory. Image bytes are private: it has no `Debug` that would print them.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    /// What the bytes are.
    pub format: Format,
    /// The file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Encoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Encoded({:?}, {} bytes)", self.format, self.bytes.len())
    }
}

/// Why a picture could not be written. The caller's turn: make it smaller, or choose another format.
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

/// How a JPEG is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JpegOptions {
    /// 1 to 100.
    pub quality: u8,
    /// Colour at full size (4:4:4) or at half of both sides (4:2:0).
    pub full_colour: bool,
    /// Scans of growing fineness: appears at once on a slow line and is some per cent smaller; three times the work.
    pub progressive: bool,
    /// Huffman codes made for this picture: some per cent smaller for a second pass.
    pub optimised: bool,
}

impl JpegOptions {
    /// The usual: baseline, plain codes, colour at half size below 90, where the eye cannot tell.
    pub const fn of_quality(quality: u8) -> Self {
        JpegOptions { quality, full_colour: quality >= 90, progressive: false, optimised: false }
    }
}

/// A JPEG of quality 1 to 100, 4:2:0 below 90 and 4:4:4 from there.
///
/// # Errors
/// A side of 0 or of more than 65,535 pixels.
pub fn jpeg(picture: &Rgb8, quality: u8) -> Result<Encoded, EncodeError> {
    jpeg_with(picture, JpegOptions::of_quality(quality))
}

/// A JPEG as one says.
///
/// # Errors
/// As [`jpeg`].
pub fn jpeg_with(picture: &Rgb8, options: JpegOptions) -> Result<Encoded, EncodeError> {
    let error = |e: &dyn ToString| EncodeError::new(Format::Jpeg, e.to_string());
    let side =
        |pixels: usize| u16::try_from(pixels).map_err(|_| error(&"a side has more than 65,535 pixels"));
    let (width, height) = (side(picture.width())?, side(picture.height())?);
    let mut bytes = Vec::with_capacity(picture.data().len() / 8);
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, options.quality.clamp(1, 100));
    encoder.set_sampling_factor(if options.full_colour {
        SamplingFactor::F_1_1
    } else {
        SamplingFactor::F_2_2
    });
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.set_progressive(options.progressive);
    encoder.set_optimized_huffman_tables(options.optimised);
    encoder.encode(picture.data(), width, height, jpeg_encoder::ColorType::Rgb).map_err(|e| error(&e))?;
    Ok(Encoded { format: Format::Jpeg, bytes })
}

/// The best quality at which [`jpeg_under`] stops: more adds bytes that nobody sees.
pub const BEST_QUALITY: u8 = 95;

/// The JPEG of the highest quality up to [`BEST_QUALITY`] that has at most `max_bytes`, and that quality.
///
/// # Errors
/// As [`jpeg`], and when not even quality 1 is small enough.
pub fn jpeg_under(picture: &Rgb8, max_bytes: usize) -> Result<(Encoded, u8), EncodeError> {
    // Nearly every picture fits at once.
    let best = jpeg(picture, BEST_QUALITY)?;
    if best.bytes.len() <= max_bytes {
        return Ok((best, BEST_QUALITY));
    }
    let mut fits = None;
    let (mut low, mut high) = (1, BEST_QUALITY - 1);
    while low <= high {
        let quality = low.midpoint(high);
        let file = jpeg(picture, quality)?;
        if file.bytes.len() <= max_bytes {
            fits = Some((file, quality));
            low = quality + 1;
        } else {
            high = quality - 1;
        }
    }
    fits.ok_or_else(|| {
        EncodeError::new(Format::Jpeg, format!("it does not fit into {max_bytes} bytes: make it smaller"))
    })
}

/// A PNG without alpha.
///
/// # Errors
/// A side of 0 pixels.
pub fn png(picture: &Rgb8) -> Result<Encoded, EncodeError> {
    write_png(picture.width(), picture.height(), picture.data(), png::ColorType::Rgb)
}

/// A PNG with alpha.
///
/// # Errors
/// A side of 0 pixels.
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
///
/// # Errors
/// A side of 0 or of more than 16,383 pixels.
pub fn webp(picture: &Rgb8, quality: u8) -> Result<Encoded, EncodeError> {
    webp_by(picture, quality, WEBP_METHOD)
}

/// A lossy WebP by a method of libwebp, 0 (fast) to 6 (small).
pub(crate) fn webp_by(picture: &Rgb8, quality: u8, method: i32) -> Result<Encoded, EncodeError> {
    let (width, height) = (picture.width(), picture.height());
    write_webp(picture.data(), webp::PixelLayout::Rgb, width, height, quality, method)
}

/// A WebP of quality 0 to 100 with alpha, which is kept without loss.
///
/// # Errors
/// As [`webp()`].
pub fn webp_with_alpha(picture: &Rgba8, quality: u8) -> Result<Encoded, EncodeError> {
    let (width, height) = (picture.width(), picture.height());
    write_webp(picture.data(), webp::PixelLayout::Rgba, width, height, quality, WEBP_METHOD)
}

/// The longest side of a WebP (RFC 9649, 2.5).
const WEBP_MAX_SIDE: usize = 16_383;

/// How hard libwebp tries, 0 to 6; 4 is its default and sharp's.
const WEBP_METHOD: i32 = 4;

fn write_webp(
    data: &[u8],
    layout: webp::PixelLayout,
    width: usize,
    height: usize,
    quality: u8,
    method: i32,
) -> Result<Encoded, EncodeError> {
    let error = |reason: &str| EncodeError::new(Format::WebP, reason);
    if width == 0 || height == 0 {
        return Err(error("it has no pixels"));
    }
    if width.max(height) > WEBP_MAX_SIDE {
        return Err(error("a side has more than 16,383 pixels"));
    }
    let mut config = webp::WebPConfig::new().map_err(|()| error("libwebp is of another version"))?;
    config.quality = f32::from(quality.min(100));
    config.method = method;
    let encoder = webp::Encoder::new(data, layout, width as u32, height as u32);
    let memory = encoder.encode_advanced(&config).map_err(|e| error(&format!("{e:?}")))?;
    Ok(Encoded { format: Format::WebP, bytes: memory.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waves with some grain, so that quality matters.
    fn waves(width: usize, height: usize) -> Rgb8 {
        Rgb8::from_fn(width, height, |x, y| {
            let wave = |n: usize| (128.0 + 90.0 * ((x * n + y * y / 40) as f32 / 17.0).sin()) as u8;
            let grain = ((x * 7919 + y * 104_729) % 31) as u8;
            [wave(1).wrapping_add(grain), wave(2), wave(3).wrapping_add(grain)]
        })
    }

    #[test]
    fn a_jpeg_under_a_limit_is_the_best_that_fits() {
        let picture = waves(320, 240);
        let (small, quality) = jpeg_under(&picture, 20_000).unwrap();
        assert!(small.bytes.len() <= 20_000);
        assert!(jpeg(&picture, quality + 1).unwrap().bytes.len() > 20_000, "{quality}");
        assert_eq!(jpeg_under(&picture, usize::MAX).unwrap().1, BEST_QUALITY);
        let error = jpeg_under(&picture, 100).unwrap_err();
        assert!(error.to_string().contains("100 bytes"), "{error}");
    }

    #[test]
    fn colour_is_at_half_size_below_90() {
        let sampling = |quality| {
            let bytes = jpeg(&waves(64, 64), quality).unwrap().bytes;
            let frame = bytes.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
            bytes[frame + 11]
        };
        assert_eq!((sampling(89), sampling(90)), (0x22, 0x11));
    }

    #[test]
    fn progressive_and_optimised_are_smaller() {
        let picture = waves(320, 240);
        let plain = JpegOptions::of_quality(85);
        let size = |options| jpeg_with(&picture, options).unwrap().bytes.len();
        assert!(size(JpegOptions { optimised: true, ..plain }) < size(plain));
        assert!(size(JpegOptions { progressive: true, optimised: true, ..plain }) < size(plain));
    }

    #[test]
    fn impossible_sizes_are_errors() {
        assert!(jpeg(&Rgb8::new(0, 4), 90).is_err());
        assert!(jpeg(&Rgb8::new(65_536, 1), 90).is_err());
        assert!(png(&Rgb8::new(4, 0)).is_err());
        assert!(webp(&Rgb8::new(0, 0), 80).is_err());
        assert!(webp(&Rgb8::new(16_384, 1), 80).is_err());
    }

    #[test]
    fn the_same_picture_gives_the_same_bytes() {
        let picture = waves(100, 80);
        assert!(webp(&picture, 80).unwrap() == webp(&picture, 80).unwrap());
        assert!(jpeg(&picture, 90).unwrap() == jpeg(&picture, 90).unwrap());
        assert!(png(&picture).unwrap() == png(&picture).unwrap());
    }

    #[test]
    fn debug_prints_no_bytes() {
        assert_eq!(
            format!("{:?}", Encoded { format: Format::Png, bytes: vec![7; 9] }),
            "Encoded(Png, 9 bytes)"
        );
    }
}
