//! The person before the scene: scaled once, in linear light, and set off from what is behind.

use domain::style::thumbnail::{Palette, PersonLook};
use imaging::resize::Resizable;
use imaging::{Gray8, Plane, RgbF, Rgba8, linear};
use rayon::prelude::*;

use super::colour::{Light, cover, light, luminance};
use super::place::Stand;
use super::{blur, distance};

/// A person in the picture's place and size: premultiplied linear light and its alpha, both as large as the picture.
pub(super) struct Person {
    light: RgbF,
    alpha: Plane,
}

/// Scales a cut-out into a picture of `width` × `height` pixels.
pub(super) fn stand(pixels: &Rgba8, stand: &Stand, width: usize, height: usize) -> Person {
    // Only what will be seen is touched: a cut-out may have 12 megapixels, a thumbnail has one.
    let span = |offset: f32, length: usize, end: usize| {
        let from = ((-offset / stand.scale).floor() - 4.0).clamp(0.0, length as f32) as usize;
        let to = (((end as f32 - offset) / stand.scale).ceil() + 4.0).clamp(0.0, length as f32) as usize;
        (from, to.max(from))
    };
    let (x0, x1) = span(stand.x, pixels.width(), width);
    let (y0, y1) = span(stand.y, pixels.height(), height);
    let (premultiplied, alpha) = shrunk(pixels, (x0, x1), (y0, y1), stand.scale);
    let across = (((x1 - x0) as f32 * stand.scale).round() as usize).max(1);
    let down = (((y1 - y0) as f32 * stand.scale).round() as usize).max(1);
    let (premultiplied, alpha) = (premultiplied.resized(across, down), alpha.resized(across, down));
    let left = (stand.x + x0 as f32 * stand.scale).round() as isize;
    let top = (stand.y + y0 as f32 * stand.scale).round() as isize;
    let mut person = Person { light: RgbF::new(width, height), alpha: Plane::new(width, height) };
    // At a side that was cut, rounding must not leave a gap of a pixel: the last row and column go on.
    for y in 0..height {
        let from = (y as isize - top).min(down as isize);
        if from < 0 {
            continue;
        }
        let from = (from as usize).min(down - 1);
        if y as isize - top > down as isize {
            continue;
        }
        for x in 0..width {
            let at = x as isize - left;
            if at < -1 || at > across as isize {
                continue;
            }
            let at = at.clamp(0, across as isize - 1) as usize;
            let edge = (x as isize - left) != at as isize;
            if edge && x != 0 && x + 1 != width {
                continue;
            }
            let a = alpha.get(at, from)[0].clamp(0.0, 1.0);
            person.light.set(x, y, premultiplied.get(at, from).map(|v| v.clamp(0.0, 1.0)));
            person.alpha.set(x, y, [a]);
        }
    }
    person.dissolve(stand, pixels.width());
    person
}

/// A part of a cut-out as premultiplied linear light, made smaller by the largest whole factor that leaves it larger than
/// it will be shown.
fn shrunk(pixels: &Rgba8, (x0, x1): (usize, usize), (y0, y1): (usize, usize), scale: f32) -> (RgbF, Plane) {
    let n = ((0.5 / scale).floor() as usize).max(1);
    let (w, h) = ((x1 - x0).div_ceil(n).max(1), (y1 - y0).div_ceil(n).max(1));
    let mut colour = RgbF::new(w, h);
    let mut alpha = Plane::new(w, h);
    let rows = colour.data_mut().par_chunks_mut(w * 3).zip(alpha.data_mut().par_chunks_mut(w)).enumerate();
    rows.for_each(|(y, (colour, alpha))| {
        for x in 0..w {
            let (mut sum, mut cover, mut count) = ([0.0; 3], 0.0, 0.0f32);
            for sy in (y0 + y * n)..(y0 + (y + 1) * n).min(y1) {
                for [r, g, b, a] in &pixels.row(sy)[(x0 + x * n).min(x1)..(x0 + (x + 1) * n).min(x1)] {
                    let a = f32::from(*a) / 255.0;
                    sum[0] += linear::to_linear(*r) * a;
                    sum[1] += linear::to_linear(*g) * a;
                    sum[2] += linear::to_linear(*b) * a;
                    cover += a;
                    count += 1.0;
                }
            }
            let count = count.max(1.0);
            colour[x * 3..x * 3 + 3].copy_from_slice(&sum.map(|v| v / count));
            alpha[x] = cover / count;
        }
    });
    (colour, alpha)
}

impl Person {
    /// Fades a side that could not be hidden.
    fn dissolve(&mut self, stand: &Stand, cutout_width: usize) {
        if !stand.dissolve_left && !stand.dissolve_right {
            return;
        }
        let (w, h) = (self.alpha.width(), self.alpha.height());
        let across = cutout_width as f32 * stand.scale;
        let reach = 0.16 * across;
        for y in 0..h {
            for x in 0..w {
                let at = x as f32 + 0.5 - stand.x;
                let mut keep = 1.0f32;
                if stand.dissolve_left {
                    keep = keep.min(at / reach);
                }
                if stand.dissolve_right {
                    keep = keep.min((across - at) / reach);
                }
                let keep = keep.clamp(0.0, 1.0);
                let keep = keep * keep * (3.0 - 2.0 * keep);
                let [a] = self.alpha.get(x, y);
                self.alpha.set(x, y, [a * keep]);
                let c = self.light.get(x, y);
                self.light.set(x, y, c.map(|v| v * keep));
            }
        }
    }

    /// The person's exposure, colourfulness and contrast by the style.
    fn graded(&mut self, look: &PersonLook) {
        let gain = 2f32.powf(look.exposure.get());
        let (saturation, contrast) = (1.0 + look.saturation.get(), look.contrast.get() * 0.5);
        if gain == 1.0 && saturation == 1.0 && contrast == 0.0 {
            return;
        }
        let rows = self.light.pixels_mut().par_iter_mut().zip(self.alpha.data().par_iter());
        rows.for_each(|(pixel, alpha)| {
            if *alpha <= 0.0 {
                return;
            }
            let plain = pixel.map(|v| v * gain / alpha);
            let y = luminance(plain).max(1e-6);
            // Contrast turns about the middle grey of a face and scales all channels alike, so that hue stays.
            let pivot = 0.22;
            let curve = (pivot * (y / pivot).powf(1.0 + contrast)).min(1.0 + y) / y;
            *pixel = plain.map(|v| ((y + (v - y) * saturation) * curve).clamp(0.0, 1.0) * alpha);
        });
    }

    /// Paints the person and what sets them off over a scene. `unit` is the head's height in pixels.
    pub(super) fn paint(mut self, scene: &mut RgbF, look: &PersonLook, palette: &Palette, unit: f32) {
        self.graded(look);
        let shadow = look.shadow.get();
        if shadow > 0.0 {
            // Thrown down and to both sides, wide and soft.
            let soft = soft(&self.alpha, unit * 0.10);
            over(scene, [0.0; 3], |i| soft[i] * shadow * 0.75);
        }
        let glow = look.glow.get();
        if glow > 0.0 {
            let colour = light(palette.colour(look.glow_colour));
            let (near, far) = (soft(&self.alpha, unit * 0.05), soft(&self.alpha, unit * 0.2));
            screen(scene, colour, |i| (near[i] * 0.6 + far[i] * 0.7) * glow);
        }
        if look.outline.get() > 0.0 {
            let width = (look.outline.get() * 0.085 * unit).max(1.0);
            let mask: Gray8 = self.alpha.map(|[a]| [(a * 255.0 + 0.5) as u8]);
            let field = distance::outside(&mask);
            let colour = light(palette.colour(look.outline_colour));
            over(scene, colour, |i| (width - field.data()[i] + 0.5).clamp(0.0, 1.0));
        }
        if look.rim.get() > 0.0 {
            self.rim(light(palette.glow), look.rim.get(), unit);
        }
        let rows = scene.pixels_mut().par_iter_mut().zip(self.light.pixels().par_iter());
        rows.zip(self.alpha.data().par_iter()).for_each(|((under, person), alpha)| {
            *under = std::array::from_fn(|c| under[c] * (1.0 - alpha) + person[c]);
        });
    }

    /// Light from behind on hair and shoulders: strongest at the very edge, none at what the picture's bottom cuts.
    fn rim(&mut self, colour: Light, strength: f32, unit: f32) {
        let inside = blur::plane(&self.alpha, (unit * 0.022).max(0.8));
        let pixels = self.light.pixels_mut().par_iter_mut();
        pixels.zip(self.alpha.data().par_iter().zip(inside.data().par_iter())).for_each(|(p, (a, soft))| {
            let edge = ((1.0 - soft) * 2.0).clamp(0.0, 1.0).powf(1.6) * a * strength;
            *p = std::array::from_fn(|c| p[c] + (a - p[c]).max(0.0) * colour[c] * edge);
        });
    }
}

/// A mask far out of focus, made at a quarter of the size: nobody sees the difference.
fn soft(alpha: &Plane, sigma: f32) -> Vec<f32> {
    let (w, h) = (alpha.width(), alpha.height());
    if sigma < 8.0 {
        return blur::plane(alpha, sigma).into_vec();
    }
    let n = 4;
    let (sw, sh) = (w.div_ceil(n), h.div_ceil(n));
    let small = Plane::from_fn(sw, sh, |x, y| {
        [alpha.get_clamped((x * n + n / 2) as isize, (y * n + n / 2) as isize)[0]]
    });
    let small = blur::plane(&small, sigma / n as f32);
    let mut out = vec![0.0; w * h];
    out.par_chunks_mut(w).enumerate().for_each(|(y, row)| {
        let fy = ((y as f32 + 0.5) / n as f32 - 0.5).clamp(0.0, (sh - 1) as f32);
        let (y0, ty) = (fy as usize, fy.fract());
        let (a, b) = (small.row(y0), small.row((y0 + 1).min(sh - 1)));
        for (x, value) in row.iter_mut().enumerate() {
            let fx = ((x as f32 + 0.5) / n as f32 - 0.5).clamp(0.0, (sw - 1) as f32);
            let (x0, tx) = (fx as usize, fx.fract());
            let x1 = (x0 + 1).min(sw - 1);
            let top = a[x0][0] + (a[x1][0] - a[x0][0]) * tx;
            let low = b[x0][0] + (b[x1][0] - b[x0][0]) * tx;
            *value = top + (low - top) * ty;
        }
    });
    out
}

fn over(scene: &mut RgbF, colour: Light, alpha: impl Fn(usize) -> f32 + Sync) {
    scene
        .pixels_mut()
        .par_iter_mut()
        .enumerate()
        .for_each(|(i, p)| *p = cover(*p, colour, alpha(i).min(1.0)));
}

/// Adds light as two projectors on one screen do: never beyond white.
fn screen(scene: &mut RgbF, colour: Light, strength: impl Fn(usize) -> f32 + Sync) {
    scene.pixels_mut().par_iter_mut().enumerate().for_each(|(i, p)| {
        let s = strength(i);
        *p = std::array::from_fn(|c| 1.0 - (1.0 - p[c].min(1.0)) * (1.0 - (colour[c] * s).min(1.0)));
    });
}
