//! Planes of a JPEG to a picture of the size that is wanted.
//!
//! Luma and colour are resized each from its own size to the last one, so that colour that is stored small is
//! not first made large. JPEG's colour is that of JFIF: BT.601 at full range.

use domain::Size;

use super::Samples;
use super::jpeg_baseline::{Plane, Planes};
use crate::pixmap::{Gray8, Pixmap, Rgb8};
use crate::resize::resized_plane;

/// The picture at `size`.
pub(super) fn assemble(planes: Planes, size: Size) -> Samples {
    let rgb = planes.rgb;
    let mut planes = planes.planes.into_iter().map(|plane| at_size(plane, size));
    match (planes.next(), planes.next(), planes.next()) {
        (Some(a), Some(b), Some(c)) => Samples::Rgb(interleave(&a, &b, &c, rgb)),
        (luma, ..) => Samples::Gray(luma.unwrap_or_default()),
    }
}

/// One plane at the last size, without the padding of its blocks.
fn at_size(plane: Plane, size: Size) -> Gray8 {
    let (width, height) = (plane.size.width as usize, plane.size.height as usize);
    let (wanted_width, wanted_height) = (size.width as usize, size.height as usize);
    if plane.size == size {
        let Plane { mut samples, stride, .. } = plane;
        if stride > width {
            for y in 1..height {
                samples.copy_within(y * stride..y * stride + width, y * width);
            }
        }
        samples.truncate(width * height);
        return Pixmap::from_vec(width, height, samples).unwrap_or_default();
    }
    // Stored at half size: an odd side's last sample covers a pixel that is not there.
    let whole = |wanted: usize, own: usize| if wanted.div_ceil(2) == own { 2 * own } else { wanted };
    let (full_width, full_height) = (whole(wanted_width, width), whole(wanted_height, height));
    let large = resized_plane(&plane.samples, plane.stride, plane.size, full_width, full_height);
    if (full_width, full_height) == (wanted_width, wanted_height) {
        return large;
    }
    large.crop(0, 0, wanted_width, wanted_height)
}

/// Three planes to pixels.
fn interleave(a: &Gray8, b: &Gray8, c: &Gray8, rgb: bool) -> Rgb8 {
    let mut picture = Rgb8::new(a.width(), a.height());
    let values = a.data().iter().zip(b.data()).zip(c.data());
    if rgb {
        for (pixel, ((r, g), b)) in picture.pixels_mut().iter_mut().zip(values) {
            *pixel = [*r, *g, *b];
        }
    } else {
        for (pixel, ((y, cb), cr)) in picture.pixels_mut().iter_mut().zip(values) {
            *pixel = to_rgb(*y, *cb, *cr);
        }
    }
    picture
}

/// JFIF 1.02, page 3, in 16 bits of fraction.
#[inline(always)]
fn to_rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = ((i32::from(y) << 16) + HALF, i32::from(cb) - 128, i32::from(cr) - 128);
    let clip = |v: i32| (v >> 16).clamp(0, 255) as u8;
    [clip(y + 91_881 * cr), clip(y - 22_554 * cb - 46_802 * cr), clip(y + 116_130 * cb)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_come_out() {
        assert_eq!(to_rgb(76, 85, 255), [254, 0, 0]);
        assert_eq!(to_rgb(255, 128, 128), [255; 3]);
        assert_eq!(to_rgb(0, 128, 128), [0; 3]);
        assert_eq!(to_rgb(29, 255, 107), [0, 0, 254]);
    }

    #[test]
    fn padding_is_left_out() {
        let plane = || Plane { samples: vec![1, 2, 9, 3, 4, 9, 9, 9, 9], stride: 3, size: Size::new(2, 2) };
        assert_eq!(at_size(plane(), Size::new(2, 2)).data(), [1, 2, 3, 4]);
        let large = at_size(plane(), Size::new(4, 4));
        assert!(large.data().iter().all(|v| *v <= 5), "{:?}", large.data());
    }
}
