//! What stands at one distance from the camera, and is therefore equally out of focus.
//!
//! A layer is light with premultiplied opacity. It is painted sharp, blurred by [`Layer::blur`] as a lens would and
//! laid over what lies farther back.

use rayon::prelude::*;

use super::colour::Light;
use super::view::View;

/// Light and opacity of the pixels of a view. Opacity 0 with light above 0 only adds: a glow.
#[derive(Clone)]
pub(super) struct Layer {
    pub(super) view: View,
    pub(super) pixels: Vec<[f32; 4]>,
}

impl Layer {
    /// Nothing.
    pub(super) fn clear(view: View) -> Self {
        Layer { view, pixels: vec![[0.0; 4]; view.width * view.height] }
    }

    /// Something everywhere: light by place.
    pub(super) fn opaque(view: View, paint: impl Fn(f32, f32) -> Light + Sync) -> Self {
        Layer::shaded(view, |u, v| {
            let [r, g, b] = paint(u, v);
            [r, g, b, 1.0]
        })
    }

    /// Light and opacity, premultiplied, by place.
    pub(super) fn shaded(view: View, paint: impl Fn(f32, f32) -> [f32; 4] + Sync) -> Self {
        let mut layer = Layer::clear(view);
        layer.pixels.par_chunks_mut(view.width).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                let (u, v) = view.place(x, y);
                *pixel = paint(u, v);
            }
        });
        layer
    }

    /// Changes the light of every pixel by its place.
    pub(super) fn relit(&mut self, change: impl Fn(f32, f32, Light) -> Light + Sync) {
        let view = self.view;
        self.pixels.par_chunks_mut(view.width).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                let (u, v) = view.place(x, y);
                let [r, g, b] = change(u, v, [pixel[0], pixel[1], pixel[2]]);
                *pixel = [r, g, b, pixel[3]];
            }
        });
    }

    /// Paints an upright rectangle; `paint` is given the place within it, 0 to 1 from its left top corner.
    pub(super) fn rect(
        &mut self,
        left: f32,
        top: f32,
        right: f32,
        bottom: f32,
        paint: impl Fn(f32, f32) -> Light,
    ) {
        let (width, height) = (right - left, bottom - top);
        self.region((left, top, right, bottom), |u, v| {
            let (s, t) = ((u - left) / width, (v - top) / height);
            ((0.0..=1.0).contains(&s) && (0.0..=1.0).contains(&t)).then(|| (paint(s, t), 1.0))
        });
    }

    /// Paints an ellipse of one colour, `turn` radians from upright.
    pub(super) fn ellipse(
        &mut self,
        centre: (f32, f32),
        radii: (f32, f32),
        turn: f32,
        colour: Light,
        opacity: f32,
    ) {
        let (sin, cos) = turn.sin_cos();
        let reach = radii.0.max(radii.1);
        let (cu, cv) = centre;
        self.region((cu - reach, cv - reach, cu + reach, cv + reach), |u, v| {
            let (du, dv) = (u - cu, v - cv);
            let (a, b) = ((du * cos + dv * sin) / radii.0, (dv * cos - du * sin) / radii.1);
            (a * a + b * b <= 1.0).then_some((colour, opacity))
        });
    }

    /// Paints, within bounds (left, top, right, bottom), light and opacity by place, over what is there.
    pub(super) fn region(
        &mut self,
        bounds: (f32, f32, f32, f32),
        paint: impl Fn(f32, f32) -> Option<(Light, f32)>,
    ) {
        let view = self.view;
        let (a, b) = (view.pixel(bounds.0, bounds.1), view.pixel(bounds.2, bounds.3));
        let range = |p: f32, q: f32, n: usize| {
            let low = p.min(q).floor().clamp(0.0, n as f32) as usize;
            low..p.max(q).ceil().clamp(0.0, n as f32) as usize
        };
        for y in range(a.1, b.1, view.height) {
            for x in range(a.0, b.0, view.width) {
                let (u, v) = view.place(x, y);
                if let Some((colour, opacity)) = paint(u, v) {
                    let pixel = &mut self.pixels[y * view.width + x];
                    for (below, above) in pixel.iter_mut().zip([colour[0], colour[1], colour[2], 1.0]) {
                        *below = *below * (1.0 - opacity) + above * opacity;
                    }
                }
            }
        }
    }

    /// Lays another layer over this one.
    pub(super) fn over(mut self, front: &Layer) -> Layer {
        self.pixels.par_iter_mut().zip(&front.pixels).with_min_len(4096).for_each(|(below, above)| {
            let rest = 1.0 - above[3];
            for c in 0..4 {
                below[c] = below[c] * rest + above[c];
            }
        });
        self
    }

    /// The layer out of focus: every point becomes an even disc of `radius` units. Sums along rows make the work
    /// proportional to the radius, not to its square.
    pub(super) fn blur(self, radius: f32) -> Layer {
        let radius = radius * self.view.scale;
        if radius < 0.5 {
            return self;
        }
        let (width, height) = (self.view.width, self.view.height);
        let reach = radius.floor() as usize;
        let stride = width + 2 * reach + 1;
        let mut sums = vec![[0.0f32; 4]; stride * height];
        sums.par_chunks_mut(stride).zip(self.pixels.par_chunks(width)).for_each(|(sums, row)| {
            for i in 0..stride - 1 {
                let pixel = row[i.saturating_sub(reach).min(width - 1)];
                sums[i + 1] = std::array::from_fn(|c| sums[i][c] + pixel[c]);
            }
        });
        let spans: Vec<(isize, usize)> = (-(reach as isize)..=reach as isize)
            .map(|dy| (dy, (radius * radius - (dy * dy) as f32).max(0.0).sqrt().round() as usize))
            .map(|(dy, half)| (dy, half.min(reach)))
            .collect();
        let area: usize = spans.iter().map(|(_, half)| 2 * half + 1).sum();
        let share = 1.0 / area as f32;
        let mut pixels = self.pixels;
        pixels.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            row.fill([0.0; 4]);
            for &(dy, half) in &spans {
                let source = (y as isize + dy).clamp(0, height as isize - 1) as usize * stride;
                let ends = &sums[source + reach + half + 1..][..width];
                let starts = &sums[source + reach - half..][..width];
                for ((pixel, end), start) in row.iter_mut().zip(ends).zip(starts) {
                    for c in 0..4 {
                        pixel[c] += end[c] - start[c];
                    }
                }
            }
            for pixel in row.iter_mut() {
                // Differences of sums can end a hair below nothing.
                *pixel = pixel.map(|v| (v * share).max(0.0));
            }
        });
        Layer { view: self.view, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_becomes_an_even_disc_and_loses_no_light() {
        let view = View::new(200, 200, 200.0, 0.0);
        let mut layer = Layer::clear(view);
        let (x, y) = (view.width / 2, view.height / 2);
        layer.pixels[y * view.width + x] = [100.0, 50.0, 0.0, 1.0];
        let blurred = layer.blur(0.05);
        let total: f32 = blurred.pixels.iter().map(|p| p[0]).sum();
        assert!((total - 100.0).abs() < 0.1, "{total}");
        let lit: Vec<f32> = blurred.pixels.iter().map(|p| p[0]).filter(|v| *v > 0.01).collect();
        let area = lit.len() as f32;
        assert!((area / (std::f32::consts::PI * 100.0) - 1.0).abs() < 0.1, "{area}");
        assert!(lit.iter().all(|v| (v - lit[0]).abs() < 1e-3));
    }

    #[test]
    fn what_is_even_stays_even_up_to_the_edge() {
        let view = View::new(160, 200, 100.0, 0.0);
        let blurred = Layer::opaque(view, |_, _| [0.25; 3]).blur(0.03);
        assert!(blurred.pixels.iter().all(|p| (p[1] - 0.25).abs() < 1e-4 && (p[3] - 1.0).abs() < 1e-4));
    }
}
