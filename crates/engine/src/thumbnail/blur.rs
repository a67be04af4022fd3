//! Blur of masks and pictures: three running means, which come close to a Gaussian at any radius for the same price.

use imaging::{Plane, RgbF};
use rayon::prelude::*;

/// A mask out of focus by a Gaussian of about `sigma` pixels. Outside the picture it goes on as at its edge.
pub(super) fn plane(mask: &Plane, sigma: f32) -> Plane {
    let (w, h) = (mask.width(), mask.height());
    let data = channels::<1>(mask.data().to_vec(), w, h, sigma);
    Plane::from_vec(w, h, data).unwrap_or_else(|| mask.clone())
}

/// A picture out of focus by a Gaussian of about `sigma` pixels.
pub(super) fn picture(picture: &RgbF, sigma: f32) -> RgbF {
    let (w, h) = (picture.width(), picture.height());
    let data = channels::<3>(picture.data().to_vec(), w, h, sigma);
    RgbF::from_vec(w, h, data).unwrap_or_else(|| picture.clone())
}

fn channels<const C: usize>(mut data: Vec<f32>, w: usize, h: usize, sigma: f32) -> Vec<f32> {
    // Three boxes of half width r have a variance of r(r + 1).
    let radius = ((sigma * sigma + 0.25).sqrt() - 0.5).round() as usize;
    if radius == 0 || w == 0 || h == 0 {
        return data;
    }
    for _ in 0..3 {
        data = pass::<C>(&data, w, h, radius);
    }
    for _ in 0..3 {
        data = pass_down(&data, w * C, h, radius);
    }
    data
}

/// Running means along rows.
fn pass<const C: usize>(data: &[f32], w: usize, _h: usize, radius: usize) -> Vec<f32> {
    let mut out = vec![0.0; data.len()];
    let scale = 1.0 / (2 * radius + 1) as f32;
    out.par_chunks_mut(w * C).zip(data.par_chunks(w * C)).for_each(|(out, row)| {
        for c in 0..C {
            let at = |x: isize| row[x.clamp(0, w as isize - 1) as usize * C + c];
            let r = radius as isize;
            let mut sum: f32 = (-r..=r).map(at).sum();
            for x in 0..w as isize {
                out[x as usize * C + c] = sum * scale;
                sum += at(x + r + 1) - at(x - r);
            }
        }
    });
    out
}

/// Running means along columns, in strips that stay in the cache.
fn pass_down(data: &[f32], width: usize, h: usize, radius: usize) -> Vec<f32> {
    const STRIP: usize = 64;
    let scale = 1.0 / (2 * radius + 1) as f32;
    let strips: Vec<(usize, Vec<f32>)> = (0..width.div_ceil(STRIP))
        .into_par_iter()
        .map(|strip| {
            let x0 = strip * STRIP;
            let n = STRIP.min(width - x0);
            let row = |y: isize| {
                let y = y.clamp(0, h as isize - 1) as usize;
                &data[y * width + x0..y * width + x0 + n]
            };
            let r = radius as isize;
            let mut sum = vec![0.0f32; n];
            for y in -r..=r {
                sum.iter_mut().zip(row(y)).for_each(|(s, v)| *s += v);
            }
            let mut out = Vec::with_capacity(n * h);
            for y in 0..h as isize {
                out.extend(sum.iter().map(|s| s * scale));
                let (add, take) = (row(y + r + 1), row(y - r));
                sum.iter_mut().zip(add.iter().zip(take)).for_each(|(s, (a, t))| *s += a - t);
            }
            (n, out)
        })
        .collect();
    let mut out = vec![0.0; data.len()];
    for (i, (n, strip)) in strips.iter().enumerate() {
        for y in 0..h {
            out[y * width + i * STRIP..][..*n].copy_from_slice(&strip[y * n..(y + 1) * n]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_is_spread_and_kept() {
        let mut mask = Plane::new(101, 81);
        mask.set(50, 40, [1.0]);
        let soft = plane(&mask, 6.0);
        let sum: f32 = soft.data().iter().sum();
        assert!((sum - 1.0).abs() < 1e-3);
        let spread: f32 = (0..101)
            .map(|x| (0..81).map(|y| soft.get(x, y)[0]).sum::<f32>() * (x as f32 - 50.0).powi(2))
            .sum();
        assert!((spread.sqrt() - 6.0).abs() < 0.6, "{}", spread.sqrt());
        assert!((soft.get(50, 34)[0] - soft.get(56, 40)[0]).abs() < 1e-6);
    }

    #[test]
    fn an_even_picture_stays_even() {
        let grey = RgbF::filled(13, 7, [0.25, 0.5, 0.75]);
        for value in picture(&grey, 40.0).pixels() {
            assert!(value.iter().zip([0.25, 0.5, 0.75]).all(|(a, b)| (a - b).abs() < 1e-4));
        }
    }
}
