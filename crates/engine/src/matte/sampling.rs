//! What an uncertain pixel is mixed of: pairs of certain colours found around it, after
//! [Gastal and Oliveira 2010](https://doi.org/10.1111/j.1467-8659.2009.01627.x).
//!
//! A mean of the colours around would do where both sides are even. Before a patterned curtain it would not: every dark
//! fold would count as hair. Among real pairs there is one whose background is that fold.

use imaging::{Pixmap, Plane};
use rayon::prelude::*;

use super::coarse::smoothstep;
use crate::blur::box_blur;

/// Rays sent out from a pixel.
const RAYS: usize = 9;
/// Noise of a photo, as the square of a difference of colour (0 to 1).
const NOISE: f32 = 6e-4;

/// A certain colour and how far off it was found.
#[derive(Clone, Copy)]
struct Sample {
    colour: [f32; 3],
    distance: f32,
}

/// For each pixel that is uncertain, the share of the person in it. `prior` is what was believed before; `inside` and
/// `outside` are 1 where certain. Rays end after `reach` pixels.
pub(crate) fn mix(
    guide: &Pixmap<f32, 3>,
    prior: &Plane,
    inside: &Plane,
    outside: &Plane,
    reach: f32,
) -> Plane {
    let even = box_blur(guide, 1);
    let width = guide.width();
    let mut matte = prior.clone();
    matte.data_mut().par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for (x, alpha) in row.iter_mut().enumerate() {
            if inside.get(x, y)[0] > 0.5 || outside.get(x, y)[0] > 0.5 {
                continue;
            }
            let person = gather(&even, inside, x, y, reach);
            let background = gather(&even, outside, x, y, reach);
            *alpha = best_pair(guide.get(x, y), *alpha, &person, &background);
        }
    });
    matte
}

/// The nearest certain colours along rays. Each pixel turns its rays a little, so that neighbours do not share all.
fn gather(colours: &Pixmap<f32, 3>, certain: &Plane, x: usize, y: usize, reach: f32) -> Vec<Sample> {
    let turn = ((x * 7 + y * 13) % 16) as f32 / 16.0;
    let mut samples = Vec::with_capacity(RAYS);
    for ray in 0..RAYS {
        let (sin, cos) = ((ray as f32 + turn) / RAYS as f32 * std::f32::consts::TAU).sin_cos();
        let mut distance = 1.0;
        while distance < reach {
            let (px, py) = (x as f32 + 0.5 + cos * distance, y as f32 + 0.5 + sin * distance);
            if px < 0.0 || py < 0.0 || px >= colours.width() as f32 || py >= colours.height() as f32 {
                break;
            }
            let (px, py) = (px as usize, py as usize);
            if certain.get(px, py)[0] > 0.5 {
                samples.push(Sample { colour: colours.get(px, py), distance });
                break;
            }
            distance += 2.0;
        }
    }
    samples
}

fn best_pair(pixel: [f32; 3], prior: f32, person: &[Sample], background: &[Sample]) -> f32 {
    let nearest = |samples: &[Sample]| samples.iter().map(|s| s.distance).fold(f32::MAX, f32::min).max(1.0);
    let (near_f, near_b) = (nearest(person), nearest(background));
    let mut best = (f32::MAX, prior, 0.0);
    for f in person {
        for b in background {
            let axis = [0, 1, 2].map(|c| f.colour[c] - b.colour[c]);
            let length = dot(axis, axis);
            let from = [0, 1, 2].map(|c| pixel[c] - b.colour[c]);
            let alpha = (dot(from, axis) / length.max(1e-6)).clamp(0.0, 1.0);
            let off = [0, 1, 2].map(|c| from[c] - alpha * axis[c]);
            let error = dot(off, off) / NOISE;
            let far = 0.12 * (f.distance / near_f + b.distance / near_b);
            let believed = 5.0 * (alpha - prior) * (alpha - prior);
            let cost = error + far + believed;
            if cost < best.0 {
                let trust = smoothstep(2.0, 30.0, length / NOISE) / (1.0 + 0.25 * error);
                best = (cost, alpha, trust);
            }
        }
    }
    prior + best.2 * (best.1 - prior)
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_striped_background_is_not_taken_for_hair() {
        let (hair, light, dark) = ([0.15f32, 0.1, 0.08], [0.8f32, 0.3, 0.3], [0.35f32, 0.08, 0.1]);
        let truth = |x: usize| ((40.0 - x as f32) / 10.0 + 0.5).clamp(0.0, 1.0);
        let guide = Pixmap::from_fn(90, 60, |x, y| {
            let b = if (y / 6) % 2 == 0 { light } else { dark };
            [0, 1, 2].map(|c| truth(x) * hair[c] + (1.0 - truth(x)) * b[c])
        });
        let inside = Plane::from_fn(90, 60, |x, _| [if x < 32 { 1.0 } else { 0.0 }]);
        let outside = Plane::from_fn(90, 60, |x, _| [if x > 52 { 1.0 } else { 0.0 }]);
        let prior = Plane::filled(90, 60, [0.5]);
        let matte = mix(&guide, &prior, &inside, &outside, 60.0);
        let mut error = 0.0;
        for y in 10..50 {
            for x in 33..52 {
                error += (matte.get(x, y)[0] - truth(x)).abs();
            }
        }
        error /= 40.0 * 19.0;
        assert!(error < 0.1, "mean error {error}");
    }
}
