//! The guided filter of [He, Sun and Tang 2013](https://doi.org/10.1109/TPAMI.2012.213) with a colour guide: a
//! mask made to follow the edges of a photo.

use imaging::{Pixmap, Plane, Rgb8};
use rayon::prelude::*;

use crate::blur::box_blur;
use crate::enlarge::Enlarged;

/// The mask as a linear function of colour around each place: `a · colour + b`.
///
/// Being smooth, it can be found in a small picture and used in a large one
/// ([He and Sun 2015](https://arxiv.org/abs/1505.00996)).
pub(crate) struct Guided {
    coefficients: Pixmap<f32, 3>,
    offset: Plane,
}

/// Colour as 0 to 1, still sRGB-encoded.
pub(crate) fn encoded(photo: &Rgb8) -> Pixmap<f32, 3> {
    photo.map(|p| p.map(|v| f32::from(v) * (1.0 / 255.0)))
}

impl Guided {
    /// Fits `mask` to `guide` (same size; colour 0 to 1) over squares of `2 · radius + 1`. Differences of colour below
    /// `√epsilon` do not count as an edge.
    pub(crate) fn fit(guide: &Pixmap<f32, 3>, mask: &Plane, radius: usize, epsilon: f32) -> Guided {
        let (w, h) = (guide.width(), guide.height());
        let mean_guide = box_blur(guide, radius);
        let mean_mask = box_blur(mask, radius);
        let both = |f: &dyn Fn(&[f32; 3], f32) -> [f32; 3]| {
            let data = guide.pixels().iter().zip(mask.data()).flat_map(|(g, m)| f(g, *m)).collect();
            box_blur(&Pixmap::<f32, 3>::from_vec(w, h, data).unwrap_or_else(|| Pixmap::new(w, h)), radius)
        };
        let cross = both(&|g, m| g.map(|v| v * m));
        let squares = both(&|g, _| [g[0] * g[0], g[1] * g[1], g[2] * g[2]]);
        let products = both(&|g, _| [g[0] * g[1], g[0] * g[2], g[1] * g[2]]);
        let mut coefficients = Pixmap::<f32, 3>::new(w, h);
        let mut offset = Plane::new(w, h);
        (coefficients.pixels_mut(), offset.data_mut(), mean_guide.pixels(), mean_mask.data())
            .into_par_iter()
            .zip((cross.pixels(), squares.pixels(), products.pixels()))
            .for_each(|((a, b, mean, m), (cross, squares, products))| {
                let covariance = [0, 1, 2].map(|c| cross[c] - mean[c] * m);
                let [rr, gg, bb] = [0, 1, 2].map(|c| squares[c] - mean[c] * mean[c] + epsilon);
                let rg = products[0] - mean[0] * mean[1];
                let rb = products[1] - mean[0] * mean[2];
                let gb = products[2] - mean[1] * mean[2];
                *a = solve([rr, rg, rb, gg, gb, bb], covariance);
                *b = m - (a[0] * mean[0] + a[1] * mean[1] + a[2] * mean[2]);
            });
        Guided { coefficients: box_blur(&coefficients, radius), offset: box_blur(&offset, radius) }
    }

    /// The mask, 0 to 1, at the size of `photo`.
    pub(crate) fn apply(&self, photo: &Rgb8) -> Plane {
        let (w, h) = (photo.width(), photo.height());
        let coefficients = Enlarged::new(&self.coefficients, w, h);
        let offset = Enlarged::new(&self.offset, w, h);
        let mut mask = Plane::new(w, h);
        mask.data_mut().par_chunks_mut(w).enumerate().for_each(|(y, row)| {
            let (a, b) = (coefficients.row(y), offset.row(y));
            for (x, (m, p)) in row.iter_mut().zip(photo.row(y)).enumerate() {
                let (a, [b]) = (a.at(x), b.at(x));
                let p = p.map(|v| f32::from(v) * (1.0 / 255.0));
                *m = (a[0] * p[0] + a[1] * p[1] + a[2] * p[2] + b).clamp(0.0, 1.0);
            }
        });
        mask
    }
}

/// Solves `M · x = v` for the symmetric matrix M given by its upper triangle, row by row.
fn solve([a, b, c, d, e, f]: [f32; 6], v: [f32; 3]) -> [f32; 3] {
    let (c0, c1, c2) = (d * f - e * e, c * e - b * f, b * e - c * d);
    let determinant = a * c0 + b * c1 + c * c2;
    if determinant.abs() < 1e-18 {
        return [0.0; 3];
    }
    let inverse = 1.0 / determinant;
    [
        (c0 * v[0] + c1 * v[1] + c2 * v[2]) * inverse,
        (c1 * v[0] + (a * f - c * c) * v[1] + (b * c - a * e) * v[2]) * inverse,
        (c2 * v[0] + (b * c - a * e) * v[1] + (a * d - b * b) * v[2]) * inverse,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_solves() {
        let m = [4.0, 1.0, 0.5, 3.0, 0.2, 2.0];
        let x = solve(m, [1.0, 2.0, 3.0]);
        let row = |r: [f32; 3]| r[0] * x[0] + r[1] * x[1] + r[2] * x[2];
        assert!((row([4.0, 1.0, 0.5]) - 1.0).abs() < 1e-5);
        assert!((row([1.0, 3.0, 0.2]) - 2.0).abs() < 1e-5);
        assert!((row([0.5, 0.2, 2.0]) - 3.0).abs() < 1e-5);
    }

    #[test]
    fn a_rough_mask_is_moved_to_the_photos_edge() {
        let photo = Rgb8::from_fn(64, 32, |x, _| if x < 32 { [200, 60, 40] } else { [30, 60, 120] });
        let rough = Plane::from_fn(64, 32, |x, _| [if x < 35 { 1.0 } else { 0.0 }]);
        let mask = Guided::fit(&encoded(&photo), &rough, 8, 1e-4).apply(&photo);
        assert!(mask.get(28, 16)[0] > 0.9, "{}", mask.get(28, 16)[0]);
        assert!(mask.get(36, 16)[0] < 0.25, "{}", mask.get(36, 16)[0]);
        let step = mask.get(31, 16)[0] - mask.get(32, 16)[0];
        assert!(step > 0.5, "the edge must be sharp: {step}");
    }
}
