//! What is believed of a picture that comes back: nothing. It is read under limits, brought to the shape and size that was asked for,
//! written anew without whatever else was in the file, and marked as made by a model. A JPEG that is as it should be keeps its bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use domain::ports::provider::{Outage, Picture, ProviderError};
use domain::{MediaType, Size};
use imaging::provenance::{self, Source};
use imaging::{Encoded, Format, Limits, Resizable, Rgb8, Wanted, decode, decode_for, encode};

use crate::line::unavailable;
use crate::photo;

/// JPEG quality of a finished picture: no loss that is seen.
const QUALITY: u8 = 94;
/// A picture with a shorter side than this is none.
const LEAST_SIDE: u32 = 64;
/// No model makes a larger one.
const LIMITS: Limits = Limits { max_bytes: 64_000_000, max_pixels: 64_000_000, max_side: 16_384 };

/// A picture that is only looked at, whether it is whole and not blank, is read so many times smaller.
const GLANCE: u32 = 8;

/// Reads pictures as they stand in an answer, in base64, and makes each what was asked for.
pub(crate) fn pictures(encoded: &[impl AsRef<str>], size: Size) -> Result<Vec<Picture>, ProviderError> {
    let mend = AssertUnwindSafe(|| encoded.iter().map(|text| mend(text.as_ref(), size)).collect());
    // A picture that breaks a decoder was paid for all the same, which whoever asked has to hear.
    catch_unwind(mend).unwrap_or_else(|_| Err(broken_off()))
}

/// What is said when reading an answer ends in the middle.
pub(crate) fn broken_off() -> ProviderError {
    unavailable(Outage::Empty, "reading its picture broke off")
}

fn mend(encoded: &str, size: Size) -> Result<Picture, ProviderError> {
    let empty = |why: &dyn ToString| {
        unavailable(Outage::Empty, format!("its picture can't be used: {}", why.to_string()))
    };
    let file = STANDARD
        .decode(encoded)
        .or_else(|_| URL_SAFE.decode(encoded))
        .map_err(|_| empty(&"it is no base64"))?;
    let head = decode::probe(&file, &LIMITS).map_err(|error| empty(&error))?;
    if head.size.width.min(head.size.height) < LEAST_SIDE {
        return Err(empty(&format!("it has {} pixels", head.size)));
    }
    let as_asked = head.size == size && is_bare(&file);
    let pixels = if as_asked {
        decode_for(&file, &LIMITS, Wanted::longest_side(size.width.max(size.height) / GLANCE))
    } else {
        decode(&file, &LIMITS)
    };
    let pixels = pixels.map_err(|error| empty(&error))?;
    if is_blank(&pixels) {
        return Err(empty(&"it is of one colour"));
    }
    let file = if as_asked {
        // Writing it anew would only cost some of its quality.
        Encoded { format: Format::Jpeg, bytes: file }
    } else {
        encode::jpeg(&cover(pixels, size), QUALITY).map_err(|error| empty(&error))?
    };
    Ok(Picture::new(MediaType::Jpeg, provenance::mark(file, Source::TrainedAlgorithmicMedia).bytes))
}

/// Whether a file is a JPEG with nothing in it or after it but its pixels.
fn is_bare(file: &[u8]) -> bool {
    photo::says_nothing(file) && file.ends_with(&[0xff, 0xd9])
}

/// Whether nothing is in a picture: every pixel of a coarse grid is nearly the same.
fn is_blank(pixels: &Rgb8) -> bool {
    let first = pixels.get(0, 0);
    let (across, down) = (pixels.width() / 32, pixels.height() / 32);
    let mut grid = (0..32).flat_map(|y| (0..32).map(move |x| (x * across.max(1), y * down.max(1))));
    grid.all(|(x, y)| {
        let pixel = pixels.get(x.min(pixels.width() - 1), y.min(pixels.height() - 1));
        pixel.iter().zip(first).all(|(a, b)| a.abs_diff(b) <= 3)
    })
}

/// The picture in the size that was asked for: the whole of it is covered, what sticks out is cropped, a little more below than
/// above, since faces are above the middle.
fn cover(pixels: Rgb8, size: Size) -> Rgb8 {
    let (width, height) = (pixels.width(), pixels.height());
    let (wide, high) = (size.width as usize, size.height as usize);
    if (width, height) == (wide, high) {
        return pixels;
    }
    let (w, h) = if width * high > wide * height {
        ((height * wide).div_ceil(high).clamp(1, width), height)
    } else {
        (width, (width * high).div_ceil(wide).clamp(1, height))
    };
    let (x, y) = ((width - w) / 2, (height - h) * 2 / 5);
    pixels.crop(x, y, w, h).resized(wide, high)
}

#[cfg(test)]
mod tests {
    use domain::AspectRatio;

    use super::*;

    fn file(width: usize, height: usize) -> Vec<u8> {
        encode::png(&Rgb8::from_fn(width, height, |x, y| [x as u8, y as u8, 40])).unwrap().bytes
    }

    #[test]
    fn a_picture_of_any_size_becomes_what_was_asked_for_and_is_marked() {
        let size = AspectRatio::Portrait4x5.size(640);
        for (width, height) in [(512, 640), (640, 512), (1024, 1024), (100, 900), (300, 320)] {
            let made = pictures(&[STANDARD.encode(file(width, height))], size).unwrap();
            let read = decode(made[0].bytes(), &Limits::default()).unwrap();
            assert_eq!(read.size(), size, "{width}×{height}");
            assert_eq!(provenance::read(made[0].bytes()), Some(Source::TrainedAlgorithmicMedia));
        }
    }

    #[test]
    fn a_jpeg_that_is_as_asked_keeps_its_bytes_and_one_that_says_more_does_not() {
        let size = AspectRatio::Square.size(256);
        let picture = Rgb8::from_fn(256, 256, |x, y| [x as u8, y as u8, 40]);
        let good = encode::jpeg(&picture, 90).unwrap();
        let made = pictures(&[STANDARD.encode(&good.bytes)], size).unwrap();
        let marked = provenance::mark(good.clone(), Source::TrainedAlgorithmicMedia);
        assert!(made[0].bytes() == marked.bytes);
        let mut commented = good.bytes[..2].to_vec();
        commented.extend_from_slice(b"\xff\xfe\0\x08secret");
        commented.extend_from_slice(&good.bytes[2..]);
        let followed = [&good.bytes[..], b"secret"].concat();
        for file in [commented, followed] {
            let made = pictures(&[STANDARD.encode(&file)], size).unwrap();
            assert!(!made[0].bytes().windows(6).any(|part| part == b"secret"));
        }
    }

    #[test]
    fn what_is_no_picture_is_a_failure() {
        let size = AspectRatio::Square.size(256);
        let blank = encode::png(&Rgb8::filled(512, 512, [255; 3])).unwrap().bytes;
        let cut = file(512, 512)[..900].to_vec();
        let whole = encode::jpeg(&Rgb8::from_fn(256, 256, |x, y| [x as u8, y as u8, 40]), 90).unwrap().bytes;
        let torn = [&whole[..whole.len() / 2], &[0xff, 0xd9]].concat();
        let white = encode::jpeg(&Rgb8::filled(256, 256, [255; 3]), 90).unwrap().bytes;
        let bombs = [
            STANDARD.encode(torn),
            STANDARD.encode(white),
            STANDARD.encode(b"<html>"),
            STANDARD.encode(blank),
            STANDARD.encode(cut),
            STANDARD.encode(file(20, 20)),
            "%%%".into(),
            String::new(),
        ];
        for text in bombs {
            let error = pictures(&[text], size).err().unwrap();
            assert!(matches!(error, ProviderError::Unavailable { cause: Outage::Empty, .. }), "{error}");
        }
    }
}
