//! What leaves this machine of a photo: pixels, no larger than a vendor has use for, and nothing that was said of them.

use domain::MediaType;
use domain::ports::provider::{Outage, Picture, ProviderError};
use imaging::{Limits, Wanted, decode, decode_for, encode};

use crate::apart::apart;
use crate::line::unavailable;

/// JPEG quality of what is sent: no loss that a model sees.
const QUALITY: u8 = 92;

/// Each of the photos as a JPEG whose longer side has at most so many pixels. It computes for a while, so it is done apart.
pub(crate) async fn prepare(photos: Vec<Picture>, side: u32) -> Result<Vec<Picture>, ProviderError> {
    if photos.iter().all(|photo| is_ready(photo, side)) {
        return Ok(photos);
    }
    let prepared = apart(move || photos.iter().map(|photo| smaller(photo, side)).collect());
    prepared.await.unwrap_or_else(|| Err(unavailable(Outage::Down, "making a photo smaller broke off")))
}

fn smaller(photo: &Picture, side: u32) -> Result<Picture, ProviderError> {
    if is_ready(photo, side) {
        return Ok(photo.clone());
    }
    let invalid = |error: &dyn ToString| ProviderError::Invalid {
        detail: format!("a photo of ours: {}", error.to_string()),
    };
    let small = decode_for(photo.bytes(), &Limits::default(), Wanted::longest_side(side));
    let small = small.map_err(|error| invalid(&error))?;
    let file = encode::jpeg(&small, QUALITY).map_err(|error| invalid(&error))?;
    Ok(Picture::new(MediaType::Jpeg, file.bytes))
}

/// Whether a photo can go as it is: a JPEG that is small enough and says nothing but its pixels.
fn is_ready(photo: &Picture, side: u32) -> bool {
    let small = || {
        decode::probe(photo.bytes(), &Limits::default())
            .is_ok_and(|head| head.size.width.max(head.size.height) <= side)
    };
    photo.media_type == MediaType::Jpeg && says_nothing(photo.bytes()) && small()
}

/// Whether a JPEG holds no segment that could say something: no application's but JFIF's own, which has a resolution and no more, and
/// no comment ([ITU-T T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf), B.1.1.3). A preview in JFIF's would be a picture too.
pub(crate) fn says_nothing(file: &[u8]) -> bool {
    const JFIF: usize = 16;
    let Some(mut rest) = file.strip_prefix(&[0xff, 0xd8]) else { return false };
    loop {
        let &[0xff, marker, high, low, ..] = rest else { return false };
        let length = usize::from(u16::from_be_bytes([high, low]));
        match marker {
            0xda => return true,
            0xe0 if length > JFIF => return false,
            0xe1..=0xef | 0xfe => return false,
            0xc0..=0xcf | 0xdb..=0xdd | 0xe0 => {}
            _ => return false,
        }
        let Some(next) = rest.get(2 + length..) else { return false };
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use domain::Size;
    use imaging::{Rgb8, provenance};

    use super::*;

    fn jpeg(width: usize, height: usize) -> Picture {
        let pixels = Rgb8::from_fn(width, height, |x, y| [x as u8, y as u8, 90]);
        Picture::new(MediaType::Jpeg, encode::jpeg(&pixels, 90).unwrap().bytes)
    }

    #[tokio::test]
    async fn a_large_photo_is_made_smaller_and_a_small_one_goes_as_it_is() {
        let (large, small) = (jpeg(2000, 1000), jpeg(300, 400));
        let ready = prepare(vec![large, small.clone()], 1024).await.unwrap();
        let size = |photo: &Picture| decode::probe(photo.bytes(), &Limits::default()).unwrap().size;
        assert_eq!(size(&ready[0]), Size::new(1024, 512));
        assert!(ready[1] == small);
    }

    #[tokio::test]
    async fn what_a_file_says_beside_its_pixels_does_not_leave() {
        let pixels = Rgb8::filled(64, 64, [9, 9, 9]);
        let marked = provenance::mark(encode::jpeg(&pixels, 90).unwrap(), provenance::Source::Composite);
        assert!(provenance::read(&marked.bytes).is_some());
        let mut commented = encode::jpeg(&pixels, 90).unwrap().bytes;
        commented.splice(2..2, *b"\xff\xfe\x00\x06Anna");
        let png = encode::png(&pixels).unwrap().bytes;
        let files = [(MediaType::Jpeg, marked.bytes), (MediaType::Jpeg, commented), (MediaType::Png, png)];
        let photos = files.map(|(kind, bytes)| Picture::new(kind, bytes)).to_vec();
        for photo in prepare(photos, 1024).await.unwrap() {
            assert!(photo.media_type == MediaType::Jpeg && says_nothing(photo.bytes()));
            assert!(!photo.bytes().windows(4).any(|word| word == b"Anna" || word == b"http"));
        }
    }

    #[tokio::test]
    async fn what_is_no_photo_is_our_mistake() {
        let broken = Picture::new(MediaType::Jpeg, b"no photo".to_vec());
        assert!(matches!(prepare(vec![broken], 512).await, Err(ProviderError::Invalid { .. })));
    }
}
