//! The eye of the service: reads what comes in, makes previews, fits pictures to platforms.

use domain::brand::{LOGO_BYTES, LOGO_SIDE};
use domain::check::PhotoCheck;
use domain::platform::Platform;
use domain::ports::pictures::{CheckedPhoto, Logo, PictureError, Pictures, Previewed};
use domain::ports::provider::Picture;
use domain::{MediaType, Size};
use engine::{Engine, EngineError};
use imaging::credentials::Signer;
use imaging::provenance::{self, Source};
use imaging::{Limits, Resizable, Rgb8, decode, encode, preview};

use crate::picture_file;

/// JPEG quality of a photo that is kept: no loss that a later step would see.
const KEPT_QUALITY: u8 = 93;

/// WebP quality of a photo that is laid beneath a picture: it is only looked at.
const BESIDE_QUALITY: u8 = 82;

/// By imaging and the engine.
pub(super) struct ImagingPictures {
    engine: Engine,
    limits: Limits,
    /// Who signs where pictures come from.
    signer: Option<Signer>,
}

impl ImagingPictures {
    pub(super) fn new(engine: Engine, limits: Limits, signer: Option<Signer>) -> Self {
        ImagingPictures { engine, limits, signer }
    }

    fn read(&self, file: &[u8]) -> Result<Rgb8, PictureError> {
        decode(file, &self.limits).map_err(|error| PictureError::Unreadable(error.to_string()))
    }
}

impl Pictures for ImagingPictures {
    fn check(&self, photo: &[u8]) -> Result<CheckedPhoto, PictureError> {
        let pixels = self.read(photo)?;
        let check: PhotoCheck = self.engine.check_pixels(&pixels).map_err(|error| match error {
            EngineError::Photo(error) => PictureError::Unreadable(error.to_string()),
            error => PictureError::Failed(error.to_string()),
        })?;
        let kept = encode::jpeg(&pixels, KEPT_QUALITY).map_err(failed)?;
        Ok(CheckedPhoto { check, photo: Picture::new(MediaType::Jpeg, kept.bytes), size: pixels.size() })
    }

    fn preview(&self, picture: &[u8]) -> Result<Previewed, PictureError> {
        let full = self.read(picture)?;
        let small = preview::preview(&full).map_err(failed)?;
        let bounds = Size::new(preview::PREVIEW_SIDE, preview::PREVIEW_SIDE);
        let size = imaging::resize::fit_inside(full.size(), bounds);
        Ok(Previewed { full_size: full.size(), preview: Picture::new(MediaType::WebP, small.bytes), size })
    }

    fn likeness(&self, photos: &[Picture], picture: &[u8]) -> Result<Option<f32>, PictureError> {
        let photos = photos.iter().map(Picture::bytes);
        self.engine.likeness(photos, picture).map_err(|error| match error {
            EngineError::Photo(error) => PictureError::Unreadable(error.to_string()),
            error => PictureError::Failed(error.to_string()),
        })
    }

    fn signed(&self, picture: Picture) -> Picture {
        let source = provenance::read(picture.bytes());
        match self.signer.as_ref().zip(source) {
            Some((signer, source)) => {
                Picture::new(picture.media_type, signer.sign(picture.bytes().to_vec(), source))
            }
            None => picture,
        }
    }

    fn beside(&self, photo: &[u8], picture: &[u8]) -> Result<Picture, PictureError> {
        let beneath = self.engine.beside(photo, picture).map_err(|error| match error {
            EngineError::Photo(_) | EngineError::NoFace => PictureError::Unreadable(error.to_string()),
            error => PictureError::Failed(error.to_string()),
        })?;
        let file = encode::webp(&beneath, BESIDE_QUALITY).map_err(failed)?;
        Ok(Picture::new(MediaType::WebP, file.bytes))
    }

    fn fit(&self, picture: &[u8], platform: &Platform) -> Result<Picture, PictureError> {
        let fitted = cover(&self.read(picture)?, platform.size());
        // It is what it was before it was cropped.
        let source = provenance::read(picture).unwrap_or(Source::Composite);
        let most = self.signer.as_ref().map_or(0, Signer::most_bytes);
        let room = Some(platform.max_bytes.saturating_sub(most));
        let file = picture_file::write_marked(&fitted, platform.format, room, source).map_err(failed)?;
        Ok(self.signed(Picture::new(platform.format, file)))
    }

    fn logo(&self, file: &[u8]) -> Result<Logo, PictureError> {
        let logo = imaging::decode::decode_with_alpha(file, &self.limits)
            .map_err(|error| PictureError::Unreadable(error.to_string()))?;
        // A photograph for a logo makes a large PNG: smaller, it fits whatever is in it.
        for side in [LOGO_SIDE, LOGO_SIDE / 2] {
            let size = imaging::resize::fit_inside(logo.size(), Size::new(side, side));
            let small = logo.resized(size.width as usize, size.height as usize);
            let png = encode::png_with_alpha(&small).map_err(failed)?.bytes;
            if png.len() <= LOGO_BYTES {
                return Ok(Logo { picture: Picture::new(MediaType::Png, png), size });
            }
        }
        Err(failed("a logo of 256 pixels a side is larger than it can be"))
    }
}

fn failed(error: impl std::fmt::Display) -> PictureError {
    PictureError::Failed(error.to_string())
}

/// The middle of a picture in another size: the whole of it is covered, what sticks out is cropped.
fn cover(picture: &Rgb8, size: Size) -> Rgb8 {
    let (from, to) = (picture.size(), size);
    let wider = u64::from(from.width) * u64::from(to.height) > u64::from(to.width) * u64::from(from.height);
    let scaled = |side: u32, by: u32, of: u32| {
        (u64::from(side) * u64::from(by) / u64::from(of.max(1))).max(1) as usize
    };
    let (width, height) = if wider {
        (scaled(from.height, to.width, to.height), from.height as usize)
    } else {
        (from.width as usize, scaled(from.width, to.height, to.width))
    };
    let (x, y) = ((from.width as usize - width) / 2, (from.height as usize - height) / 2);
    picture.crop(x, y, width, height).resized(to.width as usize, to.height as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eye() -> ImagingPictures {
        ImagingPictures::new(Engine::default(), Limits::default(), None)
    }

    #[test]
    fn a_real_photo_is_kept_without_what_it_said_of_its_taker() {
        let file = include_bytes!("../../../../examples/photos/obama.jpg");
        let checked = eye().check(file).unwrap();
        assert_ne!(checked.check.verdict, domain::Verdict::Unusable);
        let kept = checked.photo.bytes();
        assert!(!kept.windows(4).any(|bytes| bytes == b"Exif"));
        assert_eq!(eye().read(kept).unwrap().size(), checked.size);
        assert!(matches!(eye().check(b"no picture"), Err(PictureError::Unreadable(_))));
    }

    #[test]
    fn a_picture_fits_a_platform_to_the_pixel_and_the_byte() {
        let file = encode::jpeg(&Rgb8::filled(1000, 700, [90, 120, 30]), 95).unwrap().bytes;
        for platform in Platform::all() {
            let fitted = eye().fit(&file, platform).unwrap();
            assert_eq!(eye().read(fitted.bytes()).unwrap().size(), platform.size(), "{}", platform.id);
            assert!(fitted.bytes().len() as u64 <= platform.max_bytes, "{}", platform.id);
        }
    }

    #[test]
    fn a_logo_keeps_its_transparency_and_no_logo_is_too_large_to_keep() {
        let mut mark = imaging::Rgba8::filled(900, 300, [200, 30, 30, 255]);
        for y in 0..300 {
            (0..450).for_each(|x| mark.set(x, y, [0, 0, 0, 0]));
        }
        let file = encode::png_with_alpha(&mark).unwrap().bytes;
        let logo = eye().logo(&file).unwrap();
        assert_eq!(logo.size, Size::new(512, 171));
        let kept = imaging::decode::decode_with_alpha(logo.picture.bytes(), &Limits::default()).unwrap();
        assert_eq!(kept.get(100, 100)[3], 0, "what was see-through is");
        let [r, g, b, a] = kept.get(400, 100);
        assert!(
            r.abs_diff(200) < 3 && g.abs_diff(30) < 3 && b.abs_diff(30) < 3 && a == 255,
            "{r} {g} {b} {a}"
        );

        // Nothing can be saved on noise.
        let mut state = 1_u32;
        let noise = imaging::Rgba8::from_fn(600, 600, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()
        });
        let file = encode::png_with_alpha(&noise).unwrap().bytes;
        let logo = eye().logo(&file).unwrap();
        assert_eq!(logo.size, Size::new(256, 256));
        assert!(logo.picture.bytes().len() <= LOGO_BYTES);
        assert!(matches!(eye().logo(b"no picture"), Err(PictureError::Unreadable(_))));
    }

    #[test]
    fn the_middle_stays_when_shapes_differ() {
        let mut picture = Rgb8::filled(300, 100, [0; 3]);
        for y in 0..100 {
            picture.row_mut(y)[100..200].fill([255; 3]);
        }
        let square = cover(&picture, Size::new(50, 50));
        assert!(square.pixels().iter().all(|pixel| pixel[0] > 200));
        assert_eq!(cover(&picture, Size::new(10, 100)).size(), Size::new(10, 100));
    }
}
