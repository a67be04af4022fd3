//! What is believed of a picture that comes back: nothing. It is read under limits, brought to the shape and size that was asked for,
//! written anew without whatever else was in the file, and marked as made by a model. A JPEG that is as it should be keeps its bytes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use domain::ports::provider::{Options, Outage, Picture, ProviderError};
use domain::{MediaType, Size};
use imaging::provenance::{self, Source};
use imaging::{Encoded, Format, Limits, Resizable, Rgb8, decode, encode};

use crate::line::unavailable;
use crate::photo;

/// JPEG quality of a finished picture: no loss that is seen.
const QUALITY: u8 = 94;
/// A picture with a shorter side than this is none.
const LEAST_SIDE: usize = 64;
/// No model makes a larger one.
const LIMITS: Limits = Limits { max_bytes: 64_000_000, max_pixels: 64_000_000, max_side: 16_384 };

/// Reads pictures as they stand in an answer, in base64. It computes for a while, so it is done off the threads that wait for answers.
pub(crate) async fn pictures(encoded: Vec<String>, options: &Options) -> Result<Vec<Picture>, ProviderError> {
    let size = options.aspect.size(options.long_side);
    let read = tokio::task::spawn_blocking(move || encoded.iter().map(|text| mend(text, size)).collect());
    read.await.unwrap_or_else(|_| Err(unavailable(Outage::Empty, "reading its picture broke off")))
}

fn mend(encoded: &str, size: Size) -> Result<Picture, ProviderError> {
    let empty = |why: &dyn ToString| {
        unavailable(Outage::Empty, format!("its picture can't be used: {}", why.to_string()))
    };
    let file = STANDARD
        .decode(encoded)
        .or_else(|_| URL_SAFE.decode(encoded))
        .map_err(|_| empty(&"it is no base64"))?;
    let pixels = decode(&file, &LIMITS).map_err(|error| empty(&error))?;
    if pixels.width().min(pixels.height()) < LEAST_SIDE {
        return Err(empty(&format!("it has {} pixels", pixels.size())));
    }
    if is_blank(&pixels) {
        return Err(empty(&"it is of one colour"));
    }
    let file = if is_as_asked(&file, &pixels, size) {
        // Writing it anew would only cost some of its quality.
        Encoded { format: Format::Jpeg, bytes: file }
    } else {
        encode::jpeg(&cover(pixels, size), QUALITY).map_err(|error| empty(&error))?
    };
    Ok(Picture::new(MediaType::Jpeg, provenance::mark(file, Source::TrainedAlgorithmicMedia).bytes))
}

/// Whether a file is a JPEG of the size that was asked for, with nothing in it or after it but its pixels.
fn is_as_asked(file: &[u8], pixels: &Rgb8, size: Size) -> bool {
    pixels.size() == size && photo::says_nothing(file) && file.ends_with(&[0xff, 0xd9])
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

    fn options(aspect: AspectRatio, long_side: u32) -> Options {
        Options {
            count: 1,
            first: 0,
            aspect,
            long_side,
            background: None,
            title: None,
            note: None,
            seed: 0,
            thumbnail: None,
        }
    }

    fn file(width: usize, height: usize) -> Vec<u8> {
        encode::png(&Rgb8::from_fn(width, height, |x, y| [x as u8, y as u8, 40])).unwrap().bytes
    }

    #[tokio::test]
    async fn a_picture_of_any_size_becomes_what_was_asked_for_and_is_marked() {
        let options = options(AspectRatio::Portrait4x5, 640);
        for (width, height) in [(512, 640), (640, 512), (1024, 1024), (100, 900), (300, 320)] {
            let made = pictures(vec![STANDARD.encode(file(width, height))], &options).await.unwrap();
            let read = decode(made[0].bytes(), &Limits::default()).unwrap();
            assert_eq!(read.size(), options.aspect.size(640), "{width}×{height}");
            assert_eq!(provenance::read(made[0].bytes()), Some(Source::TrainedAlgorithmicMedia));
        }
    }

    #[tokio::test]
    async fn a_jpeg_that_is_as_asked_keeps_its_bytes_and_one_that_says_more_does_not() {
        let options = options(AspectRatio::Square, 256);
        let picture = Rgb8::from_fn(256, 256, |x, y| [x as u8, y as u8, 40]);
        let good = encode::jpeg(&picture, 90).unwrap();
        let made = pictures(vec![STANDARD.encode(&good.bytes)], &options).await.unwrap();
        let marked = provenance::mark(good.clone(), Source::TrainedAlgorithmicMedia);
        assert!(made[0].bytes() == marked.bytes);
        let mut commented = good.bytes[..2].to_vec();
        commented.extend_from_slice(b"\xff\xfe\0\x08secret");
        commented.extend_from_slice(&good.bytes[2..]);
        let followed = [&good.bytes[..], b"secret"].concat();
        for file in [commented, followed] {
            let made = pictures(vec![STANDARD.encode(&file)], &options).await.unwrap();
            assert!(!made[0].bytes().windows(6).any(|part| part == b"secret"));
        }
    }

    #[tokio::test]
    async fn what_is_no_picture_is_a_failure() {
        let options = options(AspectRatio::Square, 256);
        let blank = encode::png(&Rgb8::filled(512, 512, [255; 3])).unwrap().bytes;
        let cut = file(512, 512)[..900].to_vec();
        let bombs = [
            STANDARD.encode(b"<html>"),
            STANDARD.encode(blank),
            STANDARD.encode(cut),
            STANDARD.encode(file(20, 20)),
            "%%%".into(),
            String::new(),
        ];
        for text in bombs {
            let error = pictures(vec![text], &options).await.err().unwrap();
            assert!(matches!(error, ProviderError::Unavailable { cause: Outage::Empty, .. }), "{error}");
        }
    }
}
