//! Scenes one could stand in: a lit floor, mountains, a chart on a wall, panes of glass, a sheet of paper.

use std::f32::consts::TAU;

use domain::style::thumbnail::Ruling;
use imaging::RgbF;

use super::super::colour::{Ramp, blend, cover};
use super::super::random::{self, Random};
use super::{View, edge, smooth};

/// Lit lines running over a floor to the horizon, and a glow where they end.
pub(super) fn grid(view: &View, light: f32) -> RgbF {
    let (w, h) = view.size();
    let horizon = 0.56 * h;
    let sky = Ramp::new(&[
        (0.0, view.depth()),
        (0.7, view.ground()),
        (1.0, blend(view.ground(), view.glow(), 0.55)),
    ]);
    let glow = view.glow();
    view.painted(|x, y| {
        let haze = (-((y - horizon) / (0.16 * h)).powi(2)).exp();
        let near = (-(view.reach(x, y) / 0.34).powi(2)).exp();
        if y < horizon {
            let base = sky.at((y / horizon).powf(1.6) * 0.8 + 0.3 * near);
            return cover(base, glow, light * (0.35 * haze + 0.18 * near));
        }
        // A floor in perspective: depth goes as one over the height under the horizon.
        let down = (y - horizon).max(0.5) / h;
        let z = 0.12 / down;
        let across = (x / w - 0.5) * z * 9.0;
        let along = z * 7.0;
        let line = |at: f32, pixels: f32| {
            let d = (at - at.round()).abs() / pixels;
            // A core and a shine; far lines run together into an even tone instead of flickering.
            let core = (1.6 - d).clamp(0.0, 1.0);
            let shine = 0.35 * (-(d / 6.0).powi(2)).exp();
            let merge = (pixels * 5.0).min(1.0);
            (core + shine) * (1.0 - merge) + 0.25 * merge
        };
        let lines = line(across, z * 9.0 / w).max(line(along, 7.0 * 0.12 / (down * down) / h));
        let base = cover(view.depth(), view.ground(), 0.5 * haze + 0.15);
        cover(base, glow, light * (lines * smooth(0.0, 0.05, down) + 0.5 * haze).min(1.0))
    })
}

/// A sheet of paper, lit from the upper left, with what is printed on it.
pub(super) fn paper(view: &View, ruling: Ruling) -> RgbF {
    let (w, h) = view.size();
    let seed = view.seed as u32;
    let (sheet, print) = (view.ground(), view.depth());
    let pitch = view.long() / 30.0;
    let thick = (view.long() / 1280.0 * 1.4).max(0.7);
    let margin = blend(print, view.accent(), 0.7);
    view.painted(|x, y| {
        let fibre = random::at(x as u32, y as u32, seed) - 0.5;
        let coarse = random::at((x / 3.0) as u32, (y / 2.0) as u32, seed ^ 77) - 0.5;
        let shade = 1.04 - 0.16 * (x / w * 0.45 + y / h * 0.55) + 0.022 * fibre + 0.018 * coarse;
        let line = |at: f32| edge(thick / 2.0 - (at - (at / pitch).round() * pitch).abs());
        let ink = match ruling {
            Ruling::None => 0.0,
            Ruling::Lines => line(y - 0.35 * pitch),
            Ruling::Squares => line(x).max(line(y)),
            Ruling::Dots => {
                let (p, q) = (x - (x / pitch).round() * pitch, y - (y / pitch).round() * pitch);
                edge(thick * 1.5 - p.hypot(q))
            }
        };
        let mut colour = cover(sheet, print, ink * 0.38);
        if ruling == Ruling::Lines {
            colour = cover(colour, margin, 0.55 * edge(thick - (x - 0.075 * w).abs()));
        }
        colour.map(|v| (v * shade).min(1.0))
    })
}

/// Mountains behind mountains, paler with distance, and the sun between.
pub(super) fn ridges(view: &View) -> RgbF {
    let (w, h) = view.size();
    let mut random = Random::new(view.seed, 31);
    let seed = (view.seed as u32).wrapping_mul(31);
    let sun = (view.focus.0 + (w / 2.0 - view.focus.0).signum() * 0.05 * w, 0.40 * h);
    let pale = blend(view.glow(), [1.0; 3], 0.45);
    let sky = Ramp::new(&[
        (0.0, view.ground()),
        (0.75, blend(view.ground(), view.glow(), 0.6)),
        (1.0, view.glow()),
    ]);
    let layers: Vec<_> = (0..5u32)
        .map(|i| {
            let t = i as f32 / 4.0;
            let base = (0.55 + 0.12 * i as f32) * h;
            let high = (0.17 - 0.012 * i as f32) * h;
            let waves = (1.9 + 0.25 * i as f32) / w;
            // Far away the air's own colour covers the rock's.
            let colour = blend(blend(view.glow(), view.ground(), 0.45), view.depth(), 0.22 + 0.78 * t);
            (base, high, waves, colour, seed.wrapping_add(i * 101), random.unit() * 50.0)
        })
        .collect();
    let outline = |x: f32, waves: f32, high: f32, seed: u32, shift: f32| {
        let mut sum = 0.0;
        let (mut scale, mut part) = (1.0, 0.62);
        for octave in 0..5u32 {
            // The large forms have crests, the small ones only roughen them.
            let n = random::smooth(x * waves * scale + shift + octave as f32 * 17.0, seed ^ octave);
            sum += part * if octave < 2 { 1.0 - 1.5 * n.abs() } else { n };
            scale *= 2.3;
            part *= 0.36;
        }
        sum * high
    };
    let crests: Vec<Vec<f32>> = layers
        .iter()
        .map(|(base, high, waves, _, seed, shift)| {
            (0..view.width).map(|x| base - outline(x as f32 + 0.5, *waves, *high, *seed, *shift)).collect()
        })
        .collect();
    let haze = blend(view.glow(), view.ground(), 0.45);
    view.painted(|x, y| {
        let d = (x - sun.0).hypot(y - sun.1);
        let radius = 0.12 * w.min(h);
        let halo = (-(d / (0.34 * w.max(h))).powi(2)).exp();
        let mut colour = cover(sky.at((y / (0.62 * h)).powf(1.2)), pale, 0.55 * halo);
        colour = cover(colour, pale, 0.9 * smooth(-1.5, 1.5, radius - d));
        for (layer, crest) in layers.iter().zip(&crests) {
            let below = y - crest[(x as usize).min(view.width - 1)];
            if below > -1.0 {
                // Mist gathers at each foot.
                let mist = 0.30 * smooth(0.0, 0.2 * h, below);
                let rock = cover(layer.3, haze, mist);
                colour = cover(colour, rock, edge(below));
            }
        }
        colour
    })
}

/// Candles that climb from the lower left to the upper right, and a line over them.
pub(super) fn chart(view: &View) -> RgbF {
    let (w, h) = view.size();
    let mut random = Random::new(view.seed, 32);
    let count = (w / view.long() * 26.0).ceil().max(8.0) as usize;
    let step = w / count as f32;
    let mut price = 0.80;
    let candles: Vec<(f32, f32, f32, f32)> = (0..count)
        .map(|i| {
            let trend = 0.80 - 0.62 * (i as f32 / count as f32).powf(1.35);
            let close: f32 = trend + random.between(-0.05, 0.05);
            let open = std::mem::replace(&mut price, close);
            let reach = random.between(0.01, 0.05);
            (open * h, close * h, (open.min(close) - reach) * h, (open.max(close) + reach * 0.8) * h)
        })
        .collect();
    let base = Ramp::new(&[
        (0.0, view.depth()),
        (0.7, view.ground()),
        (1.0, blend(view.ground(), view.glow(), 0.5)),
    ]);
    let (up, down) = (view.glow(), blend(view.depth(), view.glow(), 0.28));
    let trend = |x: f32| {
        let at = (x / step - 0.5).clamp(0.0, (count - 1) as f32);
        let (i, t) = (at as usize, at.fract());
        let t = t * t * (3.0 - 2.0 * t);
        let mean = |i: usize| {
            let near = &candles[i.saturating_sub(2)..(i + 3).min(count)];
            near.iter().map(|c| c.1).sum::<f32>() / near.len() as f32
        };
        let (a, b) = (mean(i), mean((i + 1).min(count - 1)));
        a + (b - a) * t - 0.07 * h
    };
    let bright = blend(up, [1.0; 3], 0.35);
    let line: Vec<f32> = (0..=view.width).map(|x| trend(x as f32)).collect();
    let rule = view.long() / 16.0;
    let thin = (view.long() / 1280.0).max(0.6);
    view.painted(|x, y| {
        let near = (-(view.reach(x, y) / 0.36).powi(2)).exp();
        let mut colour = base.at(0.45 + 0.55 * near - 0.35 * (y / h - 0.4).abs());
        let ruled = edge(thin / 2.0 - (y - (y / rule).round() * rule).abs())
            .max(edge(thin / 2.0 - (x - (x / rule).round() * rule).abs()));
        colour = cover(colour, view.glow(), 0.10 * ruled);
        let i = ((x / step) as usize).min(count - 1);
        let (open, close, high, low) = candles[i];
        let dx = (x - (i as f32 + 0.5) * step).abs();
        let body = edge(step * 0.31 - dx) * edge(y - open.min(close)) * edge(open.max(close) - y);
        let wick = edge(thin * 1.4 - dx) * edge(y - high) * edge(low - y);
        let (kind, strength) = if close < open { (up, 0.6) } else { (down, 0.8) };
        colour = cover(colour, kind, strength * body.max(wick));
        let col = (x as usize).min(view.width - 1);
        let slope = (line[col + 1] - line[col]).abs();
        let d = (y - line[col]).abs() / (1.0 + slope * slope).sqrt();
        let under = smooth(0.0, 0.5 * h, y - line[col]);
        colour = cover(colour, up, if y > line[col] { 0.16 * (1.0 - under) } else { 0.0 });
        let shine = 0.4 * (-(d / (7.0 * thin)).powi(2)).exp();
        cover(colour, bright, edge(2.2 * thin - d).max(shine))
    })
}

/// Panes of glass before a lit wall, leaning with the reading direction.
pub(super) fn panes(view: &View) -> RgbF {
    let (w, h) = view.size();
    let mut random = Random::new(view.seed, 33);
    let base = Ramp::new(&[
        (0.0, view.depth()),
        (0.6, view.ground()),
        (1.0, blend(view.ground(), view.glow(), 0.7)),
    ]);
    let panes: Vec<(f32, f32, f32)> = (0..9)
        .map(|i| {
            let x = (i as f32 + random.between(-0.3, 0.3)) / 8.0 * w * 1.3 - 0.15 * w;
            (x, random.between(0.05, 0.20) * w, random.between(0.05, 0.20))
        })
        .collect();
    let thin = (view.long() / 900.0).max(0.7);
    let glow = blend(view.glow(), [1.0; 3], 0.2);
    view.painted(|x, y| {
        let near = (-(view.reach(x, y) / 0.42).powi(2)).exp();
        let mut colour = base.at(0.18 + 0.75 * near + 0.14 * (x / w * TAU * 0.5).sin() * (1.0 - y / h));
        let p = x + 0.35 * (y - h / 2.0);
        for (left, width, strength) in &panes {
            let (a, b) = (p - left, left + width - p);
            let inside = edge(a) * edge(b);
            let fade = 0.35 + 0.65 * (1.0 - y / h);
            let rim = edge(thin - a.abs()).max(edge(thin - b.abs()));
            colour = cover(colour, glow, strength * inside * fade * (0.6 + 0.4 * (a / width)));
            colour = cover(colour, glow, 0.38 * rim * fade);
        }
        colour
    })
}
