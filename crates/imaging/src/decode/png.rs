//! PNG: every colour type, depth and interlacing. 16-bit samples are rounded to 8, palettes looked up.

use std::io::Cursor;

use domain::Size;
use png::{BitDepth, ColorType, DecodingError, Info, Reader, Transformations};

use super::colour::Profile;
use super::{DecodeError, Header, Orientation, Samples, Source, SourceFormat};
use crate::pixmap::Pixmap;

/// What the decoder may hold besides the picture: rows, text and a packed colour profile.
const WORKING_BYTES: usize = 16 << 20;

/// Deflate packs at most 1032 bytes into one (RFC 1951: 258 bytes for two bits of code).
const MOST_PACKED: u64 = 1032;

fn damaged(reason: impl ToString) -> DecodeError {
    DecodeError::damaged(SourceFormat::Png, reason)
}

fn open(bytes: &[u8]) -> Result<Reader<Cursor<&[u8]>>, DecodeError> {
    let limits = png::Limits { bytes: WORKING_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    decoder.read_info().map_err(describe)
}

fn describe(error: DecodingError) -> DecodeError {
    damaged(match error {
        DecodingError::IoError(_) => "its end is missing".to_owned(),
        DecodingError::Format(e) => e.to_string(),
        DecodingError::LimitsExceeded => "its headers are too large".to_owned(),
        DecodingError::Parameter(e) => e.to_string(),
    })
}

pub(super) fn header(bytes: &[u8]) -> Result<Header, DecodeError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: WORKING_BYTES });
    let size = decoder.read_header_info().map_err(describe).map(|info| Size::new(info.width, info.height))?;
    // The rest of the headers is read only for a size that fits: `read_info` makes room for a row.
    if u64::from(size.width) * u64::from(size.height) > u64::from(u32::MAX) {
        return Ok(Header {
            format: SourceFormat::Png,
            size,
            orientation: Orientation::Upright,
            alpha: false,
        });
    }
    let reader = open(bytes)?;
    let (colour, _) = reader.output_color_type();
    Ok(Header {
        format: SourceFormat::Png,
        size,
        orientation: orientation(reader.info()),
        alpha: matches!(colour, ColorType::Rgba | ColorType::GrayscaleAlpha),
    })
}

fn orientation(info: &Info<'_>) -> Orientation {
    info.exif_metadata.as_ref().map_or(Orientation::Upright, |block| Orientation::from_exif(block))
}

pub(super) fn read(bytes: &[u8]) -> Result<Source, DecodeError> {
    let mut reader = open(bytes)?;
    let length = reader.output_buffer_size().ok_or_else(|| damaged("it is too large"))?;
    let info = reader.info();
    let stored = info.raw_bytes() as u64;
    if stored / MOST_PACKED > bytes.len() as u64 {
        return Err(damaged("it holds far too few bytes for its size"));
    }
    let (width, height) = (info.width as usize, info.height as usize);
    let (orientation, profile) = (orientation(info), profile(info));
    let mut data = vec![0; length];
    let frame = reader.next_frame(&mut data).map_err(describe)?;
    if (frame.width as usize, frame.height as usize) != (width, height) {
        return Err(damaged("its first frame is not the whole picture"));
    }
    // An animation's further pictures may be broken; a still must have its end.
    if reader.info().animation_control.is_none() {
        reader.finish().map_err(describe)?;
    }
    let data = match frame.bit_depth {
        BitDepth::Sixteen => to_8_bits(data),
        _ => data,
    };
    let samples = match frame.color_type {
        ColorType::Grayscale => Samples::Gray(whole(width, height, data)?),
        ColorType::GrayscaleAlpha => Samples::GrayAlpha(whole(width, height, data)?),
        ColorType::Rgb => Samples::Rgb(whole(width, height, data)?),
        ColorType::Rgba => Samples::Rgba(whole(width, height, data)?),
        ColorType::Indexed => return Err(damaged("its palette is missing")),
    };
    Ok(Source { samples, profile, orientation })
}

/// By the PNG specification's order: `cICP`, then `iCCP`; without either it is taken as sRGB.
fn profile(info: &Info<'_>) -> Option<Profile> {
    if let Some(code) = info.coding_independent_code_points {
        return Profile::from_code_points(code.color_primaries, code.transfer_function);
    }
    info.icc_profile.as_ref().map(|icc| Profile::Icc(icc.to_vec()))
}

fn whole<const C: usize>(width: usize, height: usize, data: Vec<u8>) -> Result<Pixmap<u8, C>, DecodeError> {
    Pixmap::from_vec(width, height, data).ok_or_else(|| damaged("its headers contradict each other"))
}

/// Big-endian 16-bit samples, each rounded to the nearest of 8 bits, in place.
fn to_8_bits(mut data: Vec<u8>) -> Vec<u8> {
    let count = data.len() / 2;
    for i in 0..count {
        let value = u32::from(u16::from_be_bytes([data[2 * i], data[2 * i + 1]]));
        data[i] = ((value * 255 + 32_767) / 65_535) as u8;
    }
    data.truncate(count);
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_rounded_not_cut() {
        assert_eq!(to_8_bits(vec![0xFF, 0xFF, 0, 0, 0x80, 0x80, 0x00, 0x81]), [255, 0, 128, 1]);
    }
}
