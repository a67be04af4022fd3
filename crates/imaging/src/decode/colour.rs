//! A file's colours to sRGB, by moxcms.
//!
//! A profile that cannot be read or does not fit the picture is ignored, as viewers do: the picture is then
//! taken as sRGB. Without a profile, four inks are mixed by the plain formula.

use std::sync::Arc;

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients,
    TransferCharacteristics, Transform8BitExecutor, TransformOptions,
};
use rayon::prelude::*;

use super::{Samples, Source};
use crate::pixmap::{Pixmap, Rgb8, Rgba8};

/// How a file says what its numbers mean.
pub(super) enum Profile {
    /// An ICC profile's bytes.
    Icc(Vec<u8>),
    /// Coding-independent code points (ITU-T H.273) other than sRGB's.
    CodePoints(Box<ColorProfile>),
}

impl Profile {
    /// The profile of H.273 colour primaries and transfer function; `None` for sRGB and what is not known.
    pub(super) fn from_code_points(primaries: u8, transfer: u8) -> Option<Self> {
        const SRGB: (u8, u8) = (1, 13);
        const UNSPECIFIED: u8 = 2;
        // The camera curves of BT.709, BT.601 and BT.2020 stand for a display's: everyone shows them as sRGB.
        let transfer = if matches!(transfer, 1 | 6 | 14 | 15 | UNSPECIFIED) { SRGB.1 } else { transfer };
        let primaries = if primaries == UNSPECIFIED { SRGB.0 } else { primaries };
        if (primaries, transfer) == SRGB {
            return None;
        }
        let code = CicpProfile {
            color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
            transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        };
        let mut profile = ColorProfile::new_srgb();
        profile.update_rgb_colorimetry_from_cicp(code).then(|| Profile::CodePoints(Box::new(profile)))
    }

    fn parse(self) -> Option<ColorProfile> {
        match self {
            Profile::Icc(bytes) => ColorProfile::new_from_slice(&bytes).ok(),
            Profile::CodePoints(profile) => Some(*profile),
        }
    }
}

/// The stored pixels as sRGB; what is see-through is laid on white.
pub(super) fn to_rgb(source: Source) -> Rgb8 {
    let profile = source.profile.and_then(Profile::parse);
    let profile = profile.as_ref();
    match source.samples {
        Samples::Rgb(mut picture) => {
            if let Some(convert) = Conversion::new(profile, DataColorSpace::Rgb, Layout::Rgb, Layout::Rgb) {
                convert.in_place(&mut picture);
            }
            picture
        }
        Samples::Gray(picture) => {
            match Conversion::new(profile, DataColorSpace::Gray, Layout::Gray, Layout::Rgb) {
                Some(convert) => convert.run(&picture),
                None => picture.map(|[v]| [v; 3]),
            }
        }
        Samples::Cmyk(picture) => {
            match Conversion::new(profile, DataColorSpace::Cmyk, Layout::Rgba, Layout::Rgb) {
                Some(convert) => convert.run(&picture),
                None => picture.map(mix_inks),
            }
        }
        samples @ (Samples::Rgba(_) | Samples::GrayAlpha(_)) => on_white(&with_alpha(samples, profile)),
    }
}

/// The stored pixels as sRGB with alpha.
pub(super) fn to_rgba(source: Source) -> Rgba8 {
    match source.samples {
        Samples::Rgba(_) | Samples::GrayAlpha(_) => {
            let profile = source.profile.and_then(Profile::parse);
            with_alpha(source.samples, profile.as_ref())
        }
        _ => to_rgb(source).map(|[r, g, b]| [r, g, b, 255]),
    }
}

fn with_alpha(samples: Samples, profile: Option<&ColorProfile>) -> Rgba8 {
    match samples {
        Samples::Rgba(mut picture) => {
            if let Some(convert) = Conversion::new(profile, DataColorSpace::Rgb, Layout::Rgba, Layout::Rgba) {
                convert.in_place(&mut picture);
            }
            picture
        }
        Samples::GrayAlpha(picture) => {
            match Conversion::new(profile, DataColorSpace::Gray, Layout::GrayAlpha, Layout::Rgba) {
                Some(convert) => convert.run(&picture),
                None => picture.map(|[v, a]| [v, v, v, a]),
            }
        }
        Samples::Gray(picture) => picture.map(|[v]| [v, v, v, 255]),
        Samples::Rgb(picture) => picture.map(|[r, g, b]| [r, g, b, 255]),
        Samples::Cmyk(picture) => picture.map(|p| {
            let [r, g, b] = mix_inks(p);
            [r, g, b, 255]
        }),
    }
}

/// Each ink takes its part of the light and black takes of all.
fn mix_inks([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    [c, m, y].map(|ink| {
        let light = (255 - u32::from(ink)) * (255 - u32::from(k));
        ((light + 127) / 255) as u8
    })
}

/// Alpha over white, on the encoded values as browsers do it.
fn on_white(picture: &Rgba8) -> Rgb8 {
    picture.map(|[r, g, b, a]| {
        let a = u32::from(a);
        [r, g, b].map(|v| ((u32::from(v) * a + 255 * (255 - a) + 127) / 255) as u8)
    })
}

/// A conversion to sRGB that changes something.
struct Conversion(Arc<Transform8BitExecutor>);

/// Pixels that are converted at once by one thread.
const CHUNK: usize = 1 << 14;

impl Conversion {
    /// `None` when there is no profile, it is for other colours than the picture's, or it is sRGB.
    fn new(profile: Option<&ColorProfile>, space: DataColorSpace, from: Layout, to: Layout) -> Option<Self> {
        let profile = profile.filter(|p| p.color_space == space)?;
        let options = TransformOptions::default();
        let convert = profile.create_transform_8bit(from, &ColorProfile::new_srgb(), to, options).ok()?;
        if from == to && changes_nothing(&*convert, from) {
            return None;
        }
        Some(Conversion(convert))
    }

    fn run<const C: usize, const D: usize>(&self, picture: &Pixmap<u8, C>) -> Pixmap<u8, D> {
        let mut converted = Pixmap::<u8, D>::new(picture.width(), picture.height());
        let from = picture.data().par_chunks(CHUNK * C);
        // Both sides hold whole pixels, which is all that the transform asks for.
        converted.data_mut().par_chunks_mut(CHUNK * D).zip(from).for_each(|(to, from)| {
            let _ = self.0.transform(from, to);
        });
        converted
    }

    fn in_place<const C: usize>(&self, picture: &mut Pixmap<u8, C>) {
        picture.data_mut().par_chunks_mut(CHUNK * C).for_each_init(
            || vec![0; CHUNK * C],
            |copy, pixels| {
                let copy = &mut copy[..pixels.len()];
                copy.copy_from_slice(pixels);
                let _ = self.0.transform(copy, pixels);
            },
        );
    }
}

/// Whether a conversion moves no colour of a 9×9×9 grid by more than one step: most files' profile is sRGB.
fn changes_nothing(convert: &Transform8BitExecutor, layout: Layout) -> bool {
    let channels = if layout == Layout::Rgba { 4 } else { 3 };
    let level = |i: usize| (i * 255 / 8) as u8;
    let colours: Vec<u8> = (0..729)
        .flat_map(|i| [level(i % 9), level(i / 9 % 9), level(i / 81), 255].into_iter().take(channels))
        .collect();
    let mut converted = vec![0; colours.len()];
    convert.transform(&colours, &mut converted).is_ok()
        && colours.iter().zip(&converted).all(|(a, b)| a.abs_diff(*b) <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_mix_to_the_corners_of_the_cube() {
        assert_eq!(mix_inks([0, 0, 0, 0]), [255; 3]);
        assert_eq!(mix_inks([0, 0, 0, 255]), [0; 3]);
        assert_eq!(mix_inks([255, 0, 0, 0]), [0, 255, 255]);
        assert_eq!(mix_inks([0, 255, 255, 128]), [127, 0, 0]);
    }

    #[test]
    fn what_is_see_through_shows_white() {
        let picture = Rgba8::from_vec(3, 1, vec![9, 9, 9, 0, 10, 20, 30, 255, 0, 0, 0, 128]).unwrap();
        assert_eq!(on_white(&picture).data(), [255, 255, 255, 10, 20, 30, 127, 127, 127]);
    }

    #[test]
    fn an_srgb_profile_changes_nothing() {
        let profile = ColorProfile::new_srgb();
        assert!(Conversion::new(Some(&profile), DataColorSpace::Rgb, Layout::Rgb, Layout::Rgb).is_none());
        let other = ColorProfile::new_display_p3();
        assert!(Conversion::new(Some(&other), DataColorSpace::Rgb, Layout::Rgb, Layout::Rgb).is_some());
        // For another kind of picture it is ignored.
        assert!(Conversion::new(Some(&other), DataColorSpace::Gray, Layout::Gray, Layout::Rgb).is_none());
    }
}
