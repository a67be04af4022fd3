//! The person before the scene: scaled once, in linear light, and set off from what is behind.

use domain::style::thumbnail::{Palette, PersonLook};
use imaging::resize::Resizable;
use imaging::{Gray8, Plane, RgbF, Rgba8, linear};
use rayon::prelude::*;

use super::colour::{Light, cover, light, luminance};
use super::place::Stand;
use super::{blur, distance};

/// A person in the picture's place and size, in the part of the picture that they and what sets them off can reach.
pub(super) struct Person {
    /// Where the part begins in the picture.
    x: usize,
    y: usize,
    /// Premultiplied linear light.
    light: RgbF,
    alpha: Plane,
    /// What is shown of them and of all that sets them off: less than 1 where a side is dissolved.
    shown: Option<Plane>,
    /// Height of the head, in pixels.
    unit: f32,
}

/// Scales a cut-out, whose head will be `unit` pixels high, into a picture of `width` × `height` pixels.
pub(super) fn stand(pixels: &Rgba8, stand: &Stand, (width, height): (usize, usize), unit: f32) -> Person {
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

    // The part of the picture that shadow and shine reach.
    let margin = (0.55 * unit).ceil() as isize;
    let part = |from: isize, length: usize, end: usize| {
        let a = (from - margin).clamp(0, end as isize - 1) as usize;
        (a, ((from + length as isize + margin).max(0) as usize).clamp(a + 1, end))
    };
    let ((px, qx), (py, qy)) = (part(left, across, width), part(top, down, height));
    let (w, h) = (qx - px, qy - py);
    let mut person =
        Person { x: px, y: py, light: RgbF::new(w, h), alpha: Plane::new(w, h), shown: None, unit };
    // Where rounding would leave a gap of a pixel at the picture's edge, the last row or column goes on.
    let source = |at: isize, length: usize, on_edge: bool| {
        let near = at.clamp(0, length as isize - 1);
        (at == near || on_edge && (at - near).abs() == 1).then_some(near as usize)
    };
    let columns: Vec<Option<usize>> =
        (px..qx).map(|x| source(x as isize - left, across, x == 0 || x + 1 == width)).collect();
    let rows = person.light.data_mut().par_chunks_mut(w * 3).zip(person.alpha.data_mut().par_chunks_mut(w));
    rows.enumerate().for_each(|(y, (light_row, alpha_row))| {
        let picture_y = y + py;
        let Some(from) = source(picture_y as isize - top, down, picture_y + 1 == height) else { return };
        let (colours, alphas) = (premultiplied.row(from), alpha.row(from));
        let pixels = light_row.as_chunks_mut::<3>().0.iter_mut().zip(alpha_row.iter_mut());
        for (column, (pixel, a)) in columns.iter().zip(pixels) {
            if let Some(at) = column {
                *pixel = colours[*at].map(|v| v.clamp(0.0, 1.0));
                *a = alphas[*at][0].clamp(0.0, 1.0);
            }
        }
    });
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
    /// Fades a side that could not be hidden, and their foot with it, as a vignette does.
    fn dissolve(&mut self, stand: &Stand, cutout_width: usize) {
        if !stand.dissolve_left && !stand.dissolve_right {
            return;
        }
        let (w, h) = (self.alpha.width(), self.alpha.height());
        let across = cutout_width as f32 * stand.scale;
        let reach = 0.20 * across;
        self.shown = Some(Plane::from_fn(w, h, |x, _| {
            let at = (x + self.x) as f32 + 0.5 - stand.x;
            let left = if stand.dissolve_left { at / reach } else { 1.0 };
            let right = if stand.dissolve_right { (across - at) / reach } else { 1.0 };
            let keep = left.min(right).clamp(0.0, 1.0);
            [keep * keep * (3.0 - 2.0 * keep)]
        }));
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

    /// Paints the person and what sets them off over a scene.
    pub(super) fn paint(mut self, scene: &mut RgbF, look: &PersonLook, palette: &Palette) {
        self.graded(look);
        let unit = self.unit;
        if look.shadow.get() > 0.0 {
            // Thrown to all sides, wide and soft.
            let soft = Soft::new(&self.alpha, unit * 0.10);
            let strength = look.shadow.get() * 0.75;
            self.each(scene, |p, x, y, show| cover(p, [0.0; 3], soft.at(x, y) * strength * show));
        }
        if look.glow.get() > 0.0 {
            let colour = light(palette.colour(look.glow_colour));
            let (near, far) = (Soft::new(&self.alpha, unit * 0.05), Soft::new(&self.alpha, unit * 0.2));
            let strength = look.glow.get();
            self.each(scene, |p, x, y, show| {
                screen(p, colour, (near.at(x, y) * 0.6 + far.at(x, y) * 0.7) * strength * show)
            });
        }
        if look.outline.get() > 0.0 {
            let width = (look.outline.get() * 0.085 * unit).max(1.0);
            let mask: Gray8 = self.alpha.map(|[a]| [(a * 255.0 + 0.5) as u8]);
            let field = distance::outside(&mask);
            let colour = light(palette.colour(look.outline_colour));
            self.each(scene, |p, x, y, show| {
                cover(p, colour, (width - field.get(x, y)[0] + 0.5).clamp(0.0, 1.0) * show)
            });
        }
        let rim = look.rim.get() * 0.7;
        let (glow, inside) = (light(palette.glow), Soft::new(&self.alpha, (unit * 0.022).max(0.8)));
        self.each(scene, |under, x, y, show| {
            let ([a], person) = (self.alpha.get(x, y), self.light.get(x, y));
            if a <= 0.0 {
                return under;
            }
            // Light from behind on hair and shoulders: strongest at the very edge.
            let edge = ((1.0 - inside.at(x, y)) * 2.0).clamp(0.0, 1.0).powf(1.6) * a * rim;
            std::array::from_fn(|c| {
                let person = person[c] + (a - person[c]).max(0.0) * glow[c] * edge;
                under[c] * (1.0 - a * show) + person * show
            })
        });
    }

    /// Changes each pixel of the scene in this person's part; `change` is given the pixel, its place in the part, and
    /// how much is shown there.
    fn each(&self, scene: &mut RgbF, change: impl Fn(Light, usize, usize, f32) -> Light + Sync) {
        let (width, w, h) = (scene.width(), self.alpha.width(), self.alpha.height());
        let rows = scene.data_mut().par_chunks_mut(width * 3).skip(self.y).take(h);
        rows.enumerate().for_each(|(y, row)| {
            let row = &mut row.as_chunks_mut::<3>().0[self.x..self.x + w];
            for (x, pixel) in row.iter_mut().enumerate() {
                let show = self.shown.as_ref().map_or(1.0, |shown| shown.get(x, y)[0]);
                *pixel = change(*pixel, x, y, show);
            }
        });
    }
}

/// A mask out of focus, kept as small as its softness allows: nobody sees the difference.
struct Soft {
    small: Plane,
    factor: f32,
}

impl Soft {
    fn new(mask: &Plane, sigma: f32) -> Soft {
        let n = ((sigma / 2.5) as usize).clamp(1, 8);
        let (w, h) = (mask.width(), mask.height());
        let mean = |x: usize, y: usize| {
            let rows = (y * n..(y + 1) * n).map(|y| mask.row(y.min(h - 1)));
            let sum: f32 =
                rows.map(|row| (x * n..(x + 1) * n).map(|x| row[x.min(w - 1)][0]).sum::<f32>()).sum();
            [sum / (n * n) as f32]
        };
        let small = if n == 1 { mask.clone() } else { Plane::from_fn(w.div_ceil(n), h.div_ceil(n), mean) };
        Soft { small: blur::plane(&small, sigma / n as f32), factor: 1.0 / n as f32 }
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        let (w, h) = (self.small.width(), self.small.height());
        let place = |at: usize, end: usize| {
            let f = ((at as f32 + 0.5) * self.factor - 0.5).clamp(0.0, (end - 1) as f32);
            let i = f as usize;
            (i, (i + 1).min(end - 1), f - i as f32)
        };
        let ((x0, x1, tx), (y0, y1, ty)) = (place(x, w), place(y, h));
        let (a, b) = (self.small.row(y0), self.small.row(y1));
        let top = a[x0][0] + (a[x1][0] - a[x0][0]) * tx;
        let low = b[x0][0] + (b[x1][0] - b[x0][0]) * tx;
        top + (low - top) * ty
    }
}

/// Adds light as two projectors on one screen do: never beyond white.
fn screen(under: Light, colour: Light, strength: f32) -> Light {
    std::array::from_fn(|c| 1.0 - (1.0 - under[c].min(1.0)) * (1.0 - (colour[c] * strength).min(1.0)))
}
