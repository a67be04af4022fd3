//! Resizing, by SIMD.
//!
//! 8-bit pictures are resized as they are encoded, not in linear light: the difference shows on one-pixel
//! patterns of black and white alone, and it is what every viewer and sharp do. Pictures in linear light
//! ([`crate::RgbF`]) are resized in linear light.

use std::fmt::Debug;

use domain::Size;
use pic_scale::{
    ImageSize, ImageStore, ImageStoreMut, PicScaleError, Resampling, ResamplingFunction, Scaler,
};

use crate::pixmap::{Gray8, Pixmap};

/// The largest size of the same proportions that fits into a box; never larger than the picture itself and
/// never without pixels.
pub fn fit_inside(size: Size, bounds: Size) -> Size {
    let factor = f64::min(
        f64::from(bounds.width) / f64::from(size.width.max(1)),
        f64::from(bounds.height) / f64::from(size.height.max(1)),
    );
    if factor >= 1.0 {
        return size;
    }
    let scaled = |side: u32| ((f64::from(side) * factor).round() as u32).max(1);
    Size::new(scaled(size.width), scaled(size.height))
}

/// A pixel layout that can be resized.
pub trait Resizable: Sized {
    /// The picture at another size, sharp (Lanczos 3) when made smaller or larger. Sides of 0 are taken as 1;
    /// a picture without pixels becomes a black one.
    fn resized(&self, width: usize, height: usize) -> Self;
}

macro_rules! resizable {
    ($t:ty, $c:literal, $plan:expr) => {
        impl Resizable for Pixmap<$t, $c> {
            fn resized(&self, width: usize, height: usize) -> Self {
                resize(self, width, height, 0, ResamplingFunction::Lanczos3, $plan)
            }
        }
    };
}

resizable!(u8, 1, Scaler::plan_planar_resampling);
resizable!(u8, 3, Scaler::plan_rgb_resampling);
// Alpha is straight: colour is weighted by it, or what is see-through would leak in.
resizable!(u8, 4, |s, from, to| s.plan_rgba_resampling(from, to, true));
resizable!(f32, 1, Scaler::plan_planar_resampling_f32);
resizable!(f32, 3, Scaler::plan_rgb_resampling_f32);

impl Pixmap<u16, 1> {
    /// The plane made larger by straight lines between its samples of `bits` bits.
    pub(crate) fn interpolated(&self, width: usize, height: usize, bits: u32) -> Self {
        resize(self, width, height, bits as usize, ResamplingFunction::Bilinear, |s, from, to| {
            s.plan_planar_resampling16(from, to, bits as usize)
        })
    }
}

/// A plane whose rows are `stride` samples apart, at another size by Lanczos 3.
pub(crate) fn resized_plane(samples: &[u8], stride: usize, size: Size, width: usize, height: usize) -> Gray8 {
    let mut to = Gray8::new(width, height);
    let mut run = || {
        let from_size = ImageSize::new(size.width as usize, size.height as usize);
        let plan = Scaler::new(ResamplingFunction::Lanczos3)
            .plan_planar_resampling(from_size, ImageSize::new(width, height))?;
        let source = ImageStore {
            buffer: std::borrow::Cow::Borrowed(samples),
            channels: 1,
            width: from_size.width,
            height: from_size.height,
            stride,
            bit_depth: 0,
        };
        plan.resample(&source, &mut ImageStoreMut::borrow(to.data_mut(), width, height)?)
    };
    let done: Result<(), PicScaleError> = run();
    debug_assert!(done.is_ok(), "{done:?}");
    to
}

/// A plan made for two sizes, or why there is none.
type Plan<T, const C: usize> = Result<std::sync::Arc<Resampling<T, C>>, PicScaleError>;

fn resize<T, const C: usize>(
    from: &Pixmap<T, C>,
    width: usize,
    height: usize,
    bits: usize,
    filter: ResamplingFunction,
    plan: impl Fn(&Scaler, ImageSize, ImageSize) -> Plan<T, C>,
) -> Pixmap<T, C>
where
    T: Copy + Clone + Debug + Default,
{
    let mut to = Pixmap::<T, C>::new(width.max(1), height.max(1));
    if from.data().is_empty() {
        return to;
    }
    let size = |p: &Pixmap<T, C>| ImageSize::new(p.width(), p.height());
    let (from_size, to_size) = (size(from), size(&to));
    let mut run = || {
        let plan = plan(&Scaler::new(filter), from_size, to_size)?;
        let source = ImageStore::borrow(from.data(), from_size.width, from_size.height)?;
        let mut target = ImageStoreMut::borrow(to.data_mut(), to_size.width, to_size.height)?;
        // Only 16-bit samples may have fewer bits than they have room for.
        target.bit_depth = bits;
        plan.resample(&source, &mut target)
    };
    // The buffers have the sizes they say; what is left is a lack of memory, which ends the program elsewhere.
    let done: Result<(), PicScaleError> = run();
    debug_assert!(done.is_ok(), "{done:?}");
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixmap::{Plane, Rgb8, RgbF, Rgba8};

    #[test]
    fn a_flat_picture_stays_flat() {
        let small = Rgb8::filled(301, 203, [10, 130, 250]).resized(100, 67);
        assert!(small.pixels().iter().all(|p| *p == [10, 130, 250]));
        let large = RgbF::filled(3, 3, [0.25, 1.0, 4.0]).resized(40, 40);
        assert!(
            large
                .pixels()
                .iter()
                .flatten()
                .zip([0.25, 1.0, 4.0].iter().cycle())
                .all(|(a, b)| { (a - b).abs() < 1e-4 })
        );
    }

    #[test]
    fn a_ramp_stays_a_ramp() {
        let picture = Gray8::from_fn(256, 4, |x, _| [x as u8]);
        let small = picture.resized(64, 2);
        for x in 4..60 {
            assert!(small.get(x, 0)[0].abs_diff((4 * x + 2) as u8) <= 1, "{x}");
        }
    }

    #[test]
    fn colour_does_not_leak_out_of_what_is_see_through() {
        let picture = Rgba8::from_fn(64, 64, |x, _| if x < 32 { [255, 0, 0, 0] } else { [0, 0, 255, 255] });
        let small = picture.resized(16, 16);
        assert!(small.pixels().iter().all(|[r, .., a]| *a < 8 || *r < 8));
    }

    #[test]
    fn odd_sizes_do_not_panic() {
        assert_eq!(Gray8::new(0, 0).resized(2, 3).data(), [0; 6]);
        assert_eq!(Plane::filled(1, 1, [0.5]).resized(0, 3).size(), Size::new(1, 3));
    }

    #[test]
    fn fitting_keeps_proportions_and_never_enlarges() {
        let fit = |w, h, side| fit_inside(Size::new(w, h), Size::new(side, side));
        assert_eq!(fit(4032, 3024, 2048), Size::new(2048, 1536));
        assert_eq!(fit(3024, 4032, 512), Size::new(384, 512));
        assert_eq!(fit(100, 50, 512), Size::new(100, 50));
        assert_eq!(fit(30_000, 1, 512), Size::new(512, 1));
    }
}
