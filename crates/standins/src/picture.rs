//! Pictures that stand-ins answer with: something to see, of any size, at no cost worth measuring.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// The formats that vendors answer in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Png,
    Jpeg,
}

/// Those that were made before, by format, sides and number.
type Made = HashMap<(Kind, u16, u16, u8), Bytes>;

static MADE: Mutex<Option<Made>> = Mutex::new(None);

/// A picture of this size. Of each size there are sixteen, which `which` tells apart.
pub(crate) fn picture(kind: Kind, width: u16, height: u16, which: u64) -> Bytes {
    let which = (which % 16) as u8;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.get_or_insert_default();
    made.entry((kind, width, height, which))
        .or_insert_with(|| make(kind, width, height, which).into())
        .clone()
}

fn make(kind: Kind, width: u16, height: u16, which: u8) -> Vec<u8> {
    let (w, h) = (usize::from(width), usize::from(height));
    let mut pixels = Vec::with_capacity(w * h * 3);
    for y in 0..h {
        for x in 0..w {
            // A head before a wall, by which sides and proportions are seen.
            let (dx, dy) = ((x as f32 / w as f32 - 0.5) * 2.0, (y as f32 / h as f32 - 0.45) * 2.2);
            let head = dx * dx * 4.0 + dy * dy < 0.5;
            let wall = [(60 + which * 8), (90 + (x * 90 / w) as u8), (120 + (y * 90 / h) as u8)];
            pixels.extend_from_slice(&if head { [214, 170, 140] } else { wall });
        }
    }
    let mut file = Vec::new();
    match kind {
        Kind::Png => {
            let mut encoder = png::Encoder::new(&mut file, u32::from(width), u32::from(height));
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_compression(png::Compression::Fast);
            encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        }
        Kind::Jpeg => {
            let encoder = jpeg_encoder::Encoder::new(&mut file, 90);
            encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
        }
    }
    file
}

/// Whether bytes begin as a picture of this media type does.
pub(crate) fn begins_as(bytes: &[u8], media_type: &str) -> bool {
    match media_type {
        "image/jpeg" => bytes.starts_with(&[0xff, 0xd8, 0xff]),
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        _ => false,
    }
}
