//! Scenes of light alone: gradients, lamps, clouds of colour.

use std::f32::consts::PI;

use imaging::RgbF;

use super::super::colour::{Ramp, blend, cover};
use super::super::random::Random;
use super::View;

/// Ground into depth, with a little light behind the head.
pub(super) fn gradient(view: &View, angle: f32) -> RgbF {
    let (w, h) = view.size();
    let (sin, cos) = (angle * PI).sin_cos();
    let ramp = Ramp::new(&[(0.0, view.ground()), (1.0, view.depth())]);
    let half = (w * cos.abs() + h * sin.abs()) / 2.0;
    let glow = view.glow();
    view.painted(|x, y| {
        let t = ((x - w / 2.0) * cos + (y - h / 2.0) * sin) / half * 0.5 + 0.5;
        let near = (-(view.reach(x, y) / 0.3).powi(2)).exp();
        cover(ramp.at(t), glow, 0.45 * near)
    })
}

/// A lamp behind the head.
pub(super) fn spotlight(view: &View, size: f32) -> RgbF {
    let reach = 0.22 + 0.5 * size;
    let ramp = Ramp::new(&[
        (0.0, view.depth()),
        (0.45, view.ground()),
        (0.85, blend(view.ground(), view.glow(), 0.75)),
        (1.0, view.glow()),
    ]);
    view.painted(|x, y| ramp.at((-(view.reach(x, y) / reach).powi(2) * 1.6).exp()))
}

/// Clouds of ground, glow and accent over depth.
pub(super) fn aurora(view: &View) -> RgbF {
    let mut random = Random::new(view.seed, 11);
    let (w, h) = view.size();
    let colours = [
        view.glow(),
        view.ground(),
        blend(view.accent(), view.depth(), 0.45),
        view.ground(),
        blend(view.glow(), view.ground(), 0.5),
    ];
    let homes = [(0.85, 0.2), (0.15, 0.9), (0.95, 0.95), (0.1, 0.1), (0.55, 0.5)];
    let clouds: Vec<_> = homes
        .iter()
        .zip(colours)
        .map(|((u, v), colour)| {
            let mut about = |at: f32| at + random.between(-0.1, 0.1);
            (about(*u) * w, about(*v) * h, random.between(0.28, 0.42) * view.long(), colour)
        })
        .collect();
    let depth = view.depth();
    let wave = 2.0 * PI / view.long();
    view.painted(|x, y| {
        // Bent a little, so that no cloud is round.
        let bx = x + 0.06 * view.long() * (wave * 1.3 * y + 1.0).sin();
        let by = y + 0.06 * view.long() * (wave * 1.7 * x).sin();
        let mut colour = depth;
        for (cx, cy, r, light) in &clouds {
            let d2 = ((bx - cx).powi(2) + (by - cy).powi(2)) / (r * r);
            colour = cover(colour, *light, 0.85 * (-d2).exp());
        }
        colour
    })
}

/// Lamps far out of focus.
pub(super) fn bokeh(view: &View, amount: f32) -> RgbF {
    let mut random = Random::new(view.seed, 12);
    let (w, h) = view.size();
    let base = Ramp::new(&[
        (0.0, view.depth()),
        (0.6, view.ground()),
        (1.0, blend(view.ground(), view.glow(), 0.35)),
    ]);
    let mut picture =
        view.painted(|x, y| base.at((-(view.reach(x, y) / 0.55).powi(2)).exp() * 0.85 + 0.1 * (1.0 - y / h)));
    let colours = [
        view.glow(),
        blend(view.glow(), [1.0; 3], 0.5),
        blend(view.glow(), view.accent(), 0.5),
        view.accent(),
    ];
    let count = 14 + (amount * 56.0) as usize;
    for _ in 0..count {
        let (x, y) = (random.unit() * w, random.unit().powf(1.3) * h);
        let r = (0.014 + 0.05 * random.unit().powi(2)) * view.long();
        let colour = colours[(random.unit() * 4.0) as usize % 4];
        let strength = random.between(0.06, 0.34);
        let rows = (y - r - 1.0).max(0.0) as usize..((y + r + 2.0).max(0.0) as usize).min(view.height);
        for py in rows {
            let columns = (x - r - 1.0).max(0.0) as usize..((x + r + 2.0).max(0.0) as usize).min(view.width);
            for px in columns {
                let d = (px as f32 + 0.5 - x).hypot(py as f32 + 0.5 - y);
                // A lens shows a lamp as a disc, a little brighter at its rim.
                let disc = ((r - d) / (0.06 * r + 0.7)).clamp(0.0, 1.0) * (0.72 + 0.28 * (d / r).powi(4));
                let under = picture.get(px, py);
                let s = strength * disc;
                picture.set(px, py, std::array::from_fn(|c| 1.0 - (1.0 - under[c]) * (1.0 - colour[c] * s)));
            }
        }
    }
    picture
}
