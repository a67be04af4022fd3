//! The colours of person and background along the edge between them.
//!
//! A pixel of hair is part person, part old background: `I = α F + (1 − α) B`. F and B are carried from where they are
//! certain into where they are not, from coarse to fine, after the multi-level method of
//! [Germer et al. 2020](https://arxiv.org/abs/2006.14970).

use imaging::{Pixmap, Plane, Resizable};
use rayon::prelude::*;

/// The smallest size that is solved first.
const SMALLEST: usize = 24;
/// How much neighbours have to agree, relative to the photo.
const SMOOTHNESS: f32 = 0.005;
/// How much less they have to agree across an edge of the matte.
const ACROSS: f32 = 0.1;

/// Estimated colours (sRGB-encoded, 0 to 1), at every place.
pub(crate) struct Colours {
    /// The person's.
    pub(crate) foreground: Pixmap<f32, 3>,
    /// The old background's.
    pub(crate) background: Pixmap<f32, 3>,
}

impl Colours {
    /// Splits a photo (0 to 1) by its matte.
    pub(crate) fn split(photo: &Pixmap<f32, 3>, matte: &Plane) -> Colours {
        let (w, h) = (photo.width(), photo.height());
        let mut sizes = vec![(w, h)];
        while let Some(&(w, h)) = sizes.last() {
            if w.min(h) <= SMALLEST {
                break;
            }
            sizes.push((w.div_ceil(2), h.div_ceil(2)));
        }
        let mut colours = Colours { foreground: Pixmap::new(1, 1), background: Pixmap::new(1, 1) };
        for (level, (w, h)) in sizes.into_iter().rev().enumerate() {
            let (photo, matte) = (photo.resized(w, h), matte.resized(w, h));
            if level == 0 {
                colours = Colours {
                    foreground: weighted(&photo, &matte, |a| a),
                    background: weighted(&photo, &matte, |a| 1.0 - a),
                };
            }
            colours = Colours {
                foreground: doubled(&colours.foreground, w, h),
                background: doubled(&colours.background, w, h),
            };
            let rounds = if w.min(h) < 100 { 10 } else { 2 };
            for _ in 0..rounds {
                colours.improve(&photo, &matte);
            }
        }
        colours
    }

    /// One round of Jacobi's method: each place solves for its own F and B, given its neighbours'.
    fn improve(&mut self, photo: &Pixmap<f32, 3>, matte: &Plane) {
        let (w, h) = (photo.width(), photo.height());
        let mut foreground = Pixmap::<f32, 3>::new(w, h);
        let mut background = Pixmap::<f32, 3>::new(w, h);
        let old = &*self;
        foreground
            .data_mut()
            .par_chunks_mut(w * 3)
            .zip(background.data_mut().par_chunks_mut(w * 3))
            .enumerate()
            .for_each(|(y, (f_row, b_row))| {
                let rows = f_row.as_chunks_mut::<3>().0.iter_mut().zip(b_row.as_chunks_mut::<3>().0);
                for (x, (f, b)) in rows.enumerate() {
                    (*f, *b) = old.solve(photo, matte, x, y);
                }
            });
        *self = Colours { foreground, background };
    }

    fn solve(&self, photo: &Pixmap<f32, 3>, matte: &Plane, x: usize, y: usize) -> ([f32; 3], [f32; 3]) {
        let alpha = matte.get(x, y)[0];
        let (mut f_sum, mut b_sum, mut weight) = ([0.0f32; 3], [0.0f32; 3], 0.0f32);
        for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
            let (nx, ny) = (x as isize + dx, y as isize + dy);
            let slope = (matte.get_clamped(nx, ny)[0] - alpha).abs();
            let d = SMOOTHNESS + ACROSS * slope;
            let (nf, nb) = (self.foreground.get_clamped(nx, ny), self.background.get_clamped(nx, ny));
            for c in 0..3 {
                f_sum[c] += d * nf[c];
                b_sum[c] += d * nb[c];
            }
            weight += d;
        }
        let (a00, a01, a11) =
            (alpha * alpha + weight, alpha * (1.0 - alpha), (1.0 - alpha) * (1.0 - alpha) + weight);
        let inverse = 1.0 / (a00 * a11 - a01 * a01);
        let image = photo.get(x, y);
        let (mut f, mut b) = ([0.0; 3], [0.0; 3]);
        for c in 0..3 {
            let (r0, r1) = (alpha * image[c] + f_sum[c], (1.0 - alpha) * image[c] + b_sum[c]);
            f[c] = ((a11 * r0 - a01 * r1) * inverse).clamp(0.0, 1.0);
            b[c] = ((a00 * r1 - a01 * r0) * inverse).clamp(0.0, 1.0);
        }
        (f, b)
    }
}

/// A picture of the mean colour, weighted by a function of the matte.
fn weighted(photo: &Pixmap<f32, 3>, matte: &Plane, weight: impl Fn(f32) -> f32) -> Pixmap<f32, 3> {
    let (mut sum, mut total) = ([0.0f32; 3], 1e-6f32);
    for (pixel, alpha) in photo.pixels().iter().zip(matte.data()) {
        let w = weight(*alpha);
        for c in 0..3 {
            sum[c] += w * pixel[c];
        }
        total += w;
    }
    Pixmap::filled(photo.width(), photo.height(), sum.map(|v| v / total))
}

/// The picture at another size by repeating the nearest pixel.
fn doubled(picture: &Pixmap<f32, 3>, width: usize, height: usize) -> Pixmap<f32, 3> {
    let (w, h) = (picture.width(), picture.height());
    Pixmap::from_fn(width, height, |x, y| {
        picture.get((x * w / width).min(w - 1), (y * h / height).min(h - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_edge_is_taken_apart() {
        let (f, b) = ([0.2f32, 0.1, 0.05], [0.9f32, 0.2, 0.2]);
        let matte = Plane::from_fn(96, 64, |x, _| [((x as f32 - 40.0) / 16.0).clamp(0.0, 1.0)]);
        let photo = Pixmap::from_fn(96, 64, |x, y| {
            let a = matte.get(x, y)[0];
            [0, 1, 2].map(|c| a * f[c] + (1.0 - a) * b[c])
        });
        let colours = Colours::split(&photo, &matte);
        for x in [44, 48, 52] {
            let (found_f, found_b) = (colours.foreground.get(x, 32), colours.background.get(x, 32));
            for c in 0..3 {
                assert!((found_f[c] - f[c]).abs() < 0.06, "F at {x}: {found_f:?}");
                assert!((found_b[c] - b[c]).abs() < 0.06, "B at {x}: {found_b:?}");
            }
        }
    }
}
