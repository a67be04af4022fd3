//! WebP: lossy and lossless, with alpha; of an animation the first picture.

use std::io::Cursor;

use domain::Size;
use image_webp::{DecodingError, WebPDecoder};

use super::colour::Profile;
use super::{DecodeError, Header, Orientation, Samples, Source, SourceFormat};
use crate::pixmap::Pixmap;

/// The largest metadata chunk that is looked at.
const MAX_CHUNK_BYTES: usize = 4 << 20;

fn damaged(reason: impl ToString) -> DecodeError {
    DecodeError::damaged(SourceFormat::WebP, reason)
}

fn describe(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(_) => damaged("its end is missing"),
        other => damaged(other),
    }
}

fn open(bytes: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, DecodeError> {
    // The container says how long it is (RFC 9649, 2.4); a decoder alone reads on to whatever there is.
    let length = bytes.get(4..8).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    if (bytes.len() as u64) < u64::from(length) + 8 {
        return Err(damaged("its end is missing"));
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(describe)?;
    decoder.set_memory_limit(MAX_CHUNK_BYTES);
    Ok(decoder)
}

fn orientation(decoder: &mut WebPDecoder<Cursor<&[u8]>>) -> Orientation {
    match decoder.exif_metadata() {
        Ok(Some(block)) => Orientation::from_exif(&block),
        _ => Orientation::Upright,
    }
}

pub(super) fn header(bytes: &[u8]) -> Result<Header, DecodeError> {
    let mut decoder = open(bytes)?;
    let (width, height) = decoder.dimensions();
    Ok(Header {
        format: SourceFormat::WebP,
        size: Size::new(width, height),
        orientation: orientation(&mut decoder),
        alpha: decoder.has_alpha(),
    })
}

pub(super) fn read(bytes: &[u8]) -> Result<Source, DecodeError> {
    let mut decoder = open(bytes)?;
    let orientation = orientation(&mut decoder);
    let profile = decoder.icc_profile().ok().flatten().map(Profile::Icc);
    let (width, height) = decoder.dimensions();
    let mut data = vec![0; decoder.output_buffer_size().ok_or_else(|| damaged("it is too large"))?];
    decoder.read_image(&mut data).map_err(describe)?;
    let (width, height) = (width as usize, height as usize);
    let samples = if decoder.has_alpha() {
        Samples::Rgba(whole(width, height, data)?)
    } else {
        Samples::Rgb(whole(width, height, data)?)
    };
    Ok(Source { samples, profile, orientation })
}

fn whole<const C: usize>(width: usize, height: usize, data: Vec<u8>) -> Result<Pixmap<u8, C>, DecodeError> {
    Pixmap::from_vec(width, height, data).ok_or_else(|| damaged("its headers contradict each other"))
}
