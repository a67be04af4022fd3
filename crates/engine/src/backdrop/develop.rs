//! From a painted scene to the finished picture: stray light in the lens, a soft shoulder for the highlights,
//! enlargement and grain.

use imaging::RgbF;
use rayon::prelude::*;

use super::colour::Light;
use super::layer::Layer;
use super::random::mix;

/// Light up to here is kept as it is.
const SHOULDER: f32 = 0.75;
/// What the brightest light ends at: above paper white, so that the light that wraps around a person knows it.
const BRIGHTEST: f32 = 1.5;

/// Finishes a scene for a picture of `width` × `height`.
pub(super) fn develop(mut scene: Layer, seed: u64, width: usize, height: usize, stray: f32) -> RgbF {
    if stray > 0.0 {
        add_stray_light(&mut scene, stray);
    }
    scene.pixels.par_iter_mut().with_min_len(4096).for_each(|p| *p = p.map(shoulder));
    let mut picture = enlarge(&scene, width, height);
    add_grain(&mut picture, seed);
    picture
}

/// Bends light above [`SHOULDER`] toward [`BRIGHTEST`] without a kink.
fn shoulder(light: f32) -> f32 {
    if light <= SHOULDER {
        return light.max(0.0);
    }
    let room = BRIGHTEST - SHOULDER;
    let excess = light - SHOULDER;
    SHOULDER + room * excess / (room + excess)
}

/// A lens scatters a little of all light over the whole picture: bright windows glow, shadows are never black.
fn add_stray_light(scene: &mut Layer, strength: f32) {
    const STEP: usize = 4;
    let view = scene.view;
    let small = view.coarser(STEP);
    let (width, height) = (small.width, small.height);
    let mut pixels = vec![[0.0; 4]; width * height];
    pixels.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let (x, y) =
                ((x * STEP + STEP / 2).min(view.width - 1), (y * STEP + STEP / 2).min(view.height - 1));
            *pixel = scene.pixels[y * view.width + x].map(|v| v.min(4.0));
        }
    });
    let glow = Layer { view: small, pixels }.blur(0.12).blur(0.08);
    scene.pixels.par_chunks_mut(view.width).enumerate().for_each(|(y, row)| {
        let fy = (y as f32 - 1.5).max(0.0) / STEP as f32;
        let (y0, ty) = ((fy as usize).min(height - 1), fy.fract());
        let y1 = (y0 + 1).min(height - 1);
        for (x, pixel) in row.iter_mut().enumerate() {
            let fx = (x as f32 - 1.5).max(0.0) / STEP as f32;
            let (x0, tx) = ((fx as usize).min(width - 1), fx.fract());
            let x1 = (x0 + 1).min(width - 1);
            let at = |x: usize, y: usize| &glow.pixels[y * width + x];
            for (c, value) in pixel.iter_mut().take(3).enumerate() {
                let top = at(x0, y0)[c] * (1.0 - tx) + at(x1, y0)[c] * tx;
                let bottom = at(x0, y1)[c] * (1.0 - tx) + at(x1, y1)[c] * tx;
                let light = top * (1.0 - ty) + bottom * ty;
                *value += (light - *value * 0.5) * strength;
            }
        }
    });
}

/// Enlarges by cubic B-splines, which neither ring nor show the pixels they come from, and crops the margins.
fn enlarge(scene: &Layer, width: usize, height: usize) -> RgbF {
    let view = scene.view;
    let weights = |t: f32| {
        let (t2, t3) = (t * t, t * t * t);
        let first = (1.0 - t).powi(3) / 6.0;
        [first, (3.0 * t3 - 6.0 * t2 + 4.0) / 6.0, (-3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0) / 6.0, t3 / 6.0]
    };
    let tap = |i: usize, n: usize| {
        let at = (i as f32 + 0.5) * view.per_pixel + view.margin - 0.5;
        let base = at.floor();
        (((base - 1.0).max(0.0) as usize).min(n - 4), weights(at - base))
    };
    let columns: Vec<(usize, [f32; 4])> = (0..width).map(|x| tap(x, view.width)).collect();
    let mut picture = RgbF::new(width, height);
    picture.data_mut().par_chunks_mut(width * 3).enumerate().for_each_init(
        || vec![[0.0f32; 4]; view.width],
        |row, (y, target)| {
            let (top, w) = tap(y, view.height);
            let line = |i: usize| &scene.pixels[(top + i) * view.width..][..view.width];
            let lines = line(0).iter().zip(line(1)).zip(line(2)).zip(line(3));
            for (pixel, (((a, b), c), d)) in row.iter_mut().zip(lines) {
                for i in 0..4 {
                    pixel[i] = a[i] * w[0] + b[i] * w[1] + c[i] * w[2] + d[i] * w[3];
                }
            }
            for (pixel, (left, w)) in target.as_chunks_mut::<3>().0.iter_mut().zip(&columns) {
                let taps = &row[*left..left + 4];
                let mut sum = [0.0f32; 4];
                for (tap, w) in taps.iter().zip(w) {
                    for i in 0..4 {
                        sum[i] += tap[i] * w;
                    }
                }
                *pixel = [sum[0], sum[1], sum[2]];
            }
        },
    );
    picture
}

/// The sensor's own noise, about one step of 8 bits: no gradient is ever smooth enough to show bands.
fn add_grain(picture: &mut RgbF, seed: u64) {
    let width = picture.width();
    picture.data_mut().par_chunks_mut(width * 3).enumerate().for_each(|(y, row)| {
        let row_seed = mix(seed ^ (y as u64).wrapping_mul(0xd134_2543_de82_ef95));
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let bits = mix(row_seed ^ x as u64);
            let part = |shift: u32| ((bits >> shift) & 0xffff) as f32 / 65536.0;
            // The difference of two even numbers is spread like a triangle, −1 to 1.
            let grey = part(0) - part(16);
            let (red, blue) = (part(32) - 0.5, part(48) - 0.5);
            *pixel = grained(*pixel, [grey + 0.6 * red, grey, grey + 0.6 * blue]);
        }
    });
}

/// Adds noise measured in steps of the 8-bit sRGB encoding, whose slope is about 0.45 / √light.
fn grained(pixel: Light, noise: Light) -> Light {
    std::array::from_fn(|c| {
        let step = (2.1 * pixel[c].max(0.0).sqrt() + 0.02) / 255.0;
        (pixel[c] + 1.7 * noise[c] * step).max(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::view::View;
    use super::*;
    use imaging::linear;

    #[test]
    fn the_shoulder_rises_and_has_an_end() {
        let mut last = -1.0;
        for i in 0..500 {
            let value = shoulder(i as f32 * 0.02);
            assert!(value > last && value < BRIGHTEST, "{i} {value}");
            last = value;
        }
        assert_eq!(shoulder(0.5), 0.5);
    }

    #[test]
    fn an_even_scene_stays_even_but_for_grain() {
        let view = View::new(300, 375, 120.0, 0.0);
        let picture = develop(Layer::opaque(view, |_, _| [0.2; 3]), 1, 300, 375, 0.0);
        let encoded = linear::picture_to_srgb(&picture);
        let middle = linear::to_srgb(0.2);
        assert!(encoded.data().iter().all(|v| v.abs_diff(middle) <= 4));
        let off =
            encoded.data().iter().filter(|v| **v != middle).count() as f32 / encoded.data().len() as f32;
        assert!(off > 0.3, "{off}");
        let mean = picture.data().iter().sum::<f32>() / picture.data().len() as f32;
        assert!((mean - 0.2).abs() < 1e-3);
    }
}
