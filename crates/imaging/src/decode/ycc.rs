//! Planes of a JPEG to a picture of the size that is wanted.
//!
//! Luma and colour are resized each from its own size to the last one, so that colour that is stored small is
//! not first made large. At full size, colour of half the size is drawn out by straight lines between its
//! samples, row by row, as libjpeg does. JPEG's colour is that of JFIF: BT.601 at full range.

use domain::Size;

use super::Samples;
use super::jpeg_baseline::{Plane, Planes};
use crate::pixmap::{Gray8, Rgb8};
use crate::resize::resized_plane;

/// The picture at `size`.
pub(super) fn assemble(planes: Planes, size: Size) -> Samples {
    let Planes { planes, rgb } = planes;
    match planes.try_into() {
        Ok(planes) => {
            let [a, b, c] = <[Plane; 3]>::map(planes, |plane| at_size_or_half(plane, size));
            Samples::Rgb(interleave(&a, &b, &c, size, rgb))
        }
        Err(planes) => {
            let luma = planes.into_iter().next().map(|luma| at_size_or_half(luma, size));
            Samples::Gray(luma.map(|luma| without_padding(luma, size)).unwrap_or_default())
        }
    }
}

/// A plane that has the last size or half of it in either direction is left as it is; others are resized.
fn at_size_or_half(plane: Plane, size: Size) -> Plane {
    let fits = |own: u32, wanted: u32| own == wanted || own == wanted.div_ceil(2);
    if fits(plane.size.width, size.width) && fits(plane.size.height, size.height) {
        return plane;
    }
    let (width, height) = (size.width as usize, size.height as usize);
    let samples = resized_plane(&plane.samples, plane.stride, plane.size, width, height).into_vec();
    Plane { samples, stride: width, size }
}

fn without_padding(plane: Plane, size: Size) -> Gray8 {
    let mut rows = Rows::new(&plane, size);
    let (width, height) = (size.width as usize, size.height as usize);
    let mut samples = Vec::with_capacity(width * height);
    for y in 0..height {
        samples.extend_from_slice(rows.get(y));
    }
    Gray8::from_vec(width, height, samples).unwrap_or_default()
}

/// Three planes to pixels.
fn interleave(a: &Plane, b: &Plane, c: &Plane, size: Size, rgb: bool) -> Rgb8 {
    let mut picture = Rgb8::new(size.width as usize, size.height as usize);
    let [mut a, mut b, mut c] = [a, b, c].map(|plane| Rows::new(plane, size));
    for y in 0..picture.height() {
        let values = a.get(y).iter().zip(b.get(y)).zip(c.get(y));
        let pixels = picture.row_mut(y).iter_mut().zip(values);
        if rgb {
            pixels.for_each(|(pixel, ((r, g), b))| *pixel = [*r, *g, *b]);
        } else {
            pixels.for_each(|(pixel, ((y, cb), cr))| *pixel = to_rgb(*y, *cb, *cr));
        }
    }
    picture
}

/// The rows of a plane at the last size.
struct Rows<'a> {
    plane: &'a Plane,
    width: usize,
    /// Whether the plane has half the width or half the height.
    halved: (bool, bool),
    /// A row four times as bright, made of two stored rows.
    blended: Vec<u16>,
    drawn: Vec<u8>,
}

impl<'a> Rows<'a> {
    fn new(plane: &'a Plane, size: Size) -> Self {
        let halved = (plane.size.width != size.width, plane.size.height != size.height);
        let width = plane.size.width as usize;
        Rows { plane, width: size.width as usize, halved, blended: vec![0; width], drawn: vec![0; 2 * width] }
    }

    fn stored(&self, y: usize) -> &'a [u8] {
        let start = y.min(self.plane.size.height as usize - 1) * self.plane.stride;
        &self.plane.samples[start..start + self.plane.size.width as usize]
    }

    /// Row `y`. Samples of a smaller plane lie between those of the picture: a quarter of the way from the
    /// nearer two, so that three quarters of the nearer and one of the farther are taken.
    fn get(&mut self, y: usize) -> &[u8] {
        if self.halved == (false, false) {
            return self.stored(y);
        }
        if self.halved.1 {
            let far = if y.is_multiple_of(2) { (y / 2).max(1) - 1 } else { y / 2 + 1 };
            let (near, far) = (self.stored(y / 2), self.stored(far));
            for (to, (near, far)) in self.blended.iter_mut().zip(near.iter().zip(far)) {
                *to = 3 * u16::from(*near) + u16::from(*far);
            }
        } else {
            let stored = self.stored(y);
            self.blended.iter_mut().zip(stored).for_each(|(to, v)| *to = 4 * u16::from(*v));
        }
        if self.halved.0 {
            draw_out(&self.blended, &mut self.drawn);
        } else {
            self.drawn.iter_mut().zip(&self.blended).for_each(|(to, v)| *to = ((*v + 2) / 4) as u8);
        }
        &self.drawn[..self.width]
    }
}

/// Twice as many samples, a quarter as bright. Halves are rounded up and down in turn, as libjpeg does, so that
/// the whole does not become brighter.
fn draw_out(row: &[u16], drawn: &mut [u8]) {
    let last = row.len() - 1;
    let pairs = drawn.as_chunks_mut::<2>().0;
    for (i, pair) in [(0, 0), (last, last)] {
        let (before, after) = (row[i.max(1) - 1], row[(i + 1).min(last)]);
        pairs[pair] = between(before, row[i], after);
    }
    for (pair, window) in pairs[1.min(last)..].iter_mut().zip(row.array_windows::<3>()) {
        *pair = between(window[0], window[1], window[2]);
    }
}

#[inline(always)]
fn between(before: u16, here: u16, after: u16) -> [u8; 2] {
    [((3 * here + before + 8) / 16) as u8, ((3 * here + after + 7) / 16) as u8]
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

    fn plane(samples: &[u8], stride: usize, width: u32, height: u32) -> Plane {
        Plane { samples: samples.to_vec(), stride, size: Size::new(width, height) }
    }

    #[test]
    fn padding_is_left_out() {
        let plane = plane(&[1, 2, 9, 3, 4, 9, 9, 9, 9], 3, 2, 2);
        assert_eq!(without_padding(plane, Size::new(2, 2)).data(), [1, 2, 3, 4]);
    }

    #[test]
    fn half_a_plane_is_drawn_out_by_straight_lines() {
        let wide = plane(&[0, 160, 160, 99], 4, 3, 1);
        assert_eq!(without_padding(wide, Size::new(6, 1)).data(), [0, 40, 120, 160, 160, 160]);
        let tall = plane(&[0, 160], 1, 1, 2);
        assert_eq!(without_padding(tall, Size::new(1, 3)).data(), [0, 40, 120]);
        let both = plane(&[100; 4], 2, 2, 2);
        assert!(without_padding(both, Size::new(3, 4)).data().iter().all(|v| *v == 100));
        let one = plane(&[7], 1, 1, 1);
        assert_eq!(without_padding(one, Size::new(2, 2)).data(), [7; 4]);
    }

    #[test]
    fn other_sizes_are_resized() {
        let Samples::Gray(large) =
            assemble(Planes { planes: vec![plane(&[5; 9], 3, 3, 3)], rgb: false }, Size::new(4, 4))
        else {
            panic!("one plane is grey")
        };
        assert_eq!(large.data(), [5; 16]);
    }
}
