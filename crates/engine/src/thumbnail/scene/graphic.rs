//! Scenes as a poster printer makes them: rays, dots, stripes, cloth, cut paper.

use std::f32::consts::{PI, TAU};

use imaging::RgbF;

use super::super::colour::{Light, Ramp, blend, cover};
use super::super::random::{self, Random};
use super::{View, edge, smooth};

/// Rays from behind the head, falling off toward the corners.
pub(super) fn rays(view: &View, count: u8, softness: f32) -> RgbF {
    let count = f32::from(count.clamp(4, 48));
    let turn = Random::new(view.seed, 21).unit() * TAU;
    let bright = Ramp::new(&[(0.0, view.depth()), (0.55, view.ground()), (1.0, view.glow())]);
    let dark = Ramp::new(&[
        (0.0, view.depth()),
        (0.55, blend(view.ground(), view.depth(), 0.42)),
        (1.0, blend(view.ground(), view.glow(), 0.55)),
    ]);
    view.painted(|x, y| {
        let (dx, dy) = (x - view.focus.0, y - view.focus.1);
        let r = dx.hypot(dy).max(1.0);
        // In pixels from the nearest ray's edge, so that edges are as sharp everywhere.
        let wave = (dy.atan2(dx) * count + turn).sin();
        let pixels = wave.asin() * r / count;
        let t = edge(pixels / (1.0 + softness * 0.06 * r));
        let fall = (1.0 - 0.98 * r / view.long()).clamp(0.0, 1.0).powf(1.1);
        cover(dark.at(fall), bright.at(fall), t)
    })
}

/// Dots in rows turned by 30 degrees, growing toward the corner away from the title.
pub(super) fn halftone(view: &View, size: f32) -> RgbF {
    let (w, h) = view.size();
    let pitch = (0.012 + 0.026 * size) * view.long();
    let (sin, cos) = (PI / 6.0).sin_cos();
    let to_right = view.title.is_none_or(|title| title.centre().x < view.focus.0 + 1.0);
    let ramp = Ramp::new(&[(0.0, view.ground()), (1.0, view.depth())]);
    let dots = blend(view.ground(), view.glow(), 0.8);
    view.painted(|x, y| {
        let across = if to_right { x / w } else { 1.0 - x / w };
        let t = (across * 0.75 + y / h * 0.45 - 0.18).clamp(0.0, 1.0);
        let (p, q) = ((x * cos + y * sin) / pitch, (y * cos - x * sin) / pitch);
        // Every second row is shifted by half a dot.
        let shift = if (q.round() as i32).rem_euclid(2) == 0 { 0.0 } else { 0.5 };
        let d = (p - shift - (p - shift).round()).hypot(q - q.round()) * pitch;
        let radius = pitch * 0.62 * t.powf(0.8);
        let dot = if radius > 0.6 { edge(radius - d) } else { 0.0 };
        cover(ramp.at(1.0 - across * 0.8), dots, dot * 0.85)
    })
}

/// Two halves: glow behind the person, ground behind the title, and a seam.
pub(super) fn split(view: &View, slant: f32, seam: f32) -> RgbF {
    let (w, h) = view.size();
    let upright = view.height > view.width;
    let person_first = view.title.is_some_and(|title| {
        if upright { title.centre().y > view.focus.1 } else { title.centre().x > view.focus.0 }
    });
    let (long, across) = if upright { (h, w) } else { (w, h) };
    // Between the head and the title, and never far from the middle.
    let head = if upright { view.focus.1 } else { view.focus.0 };
    let sign = if person_first { 1.0 } else { -1.0 };
    let at = (head + sign * 0.62 * view.unit).clamp(0.36 * long, 0.64 * long);
    let lean = slant * 0.35 * across;
    let norm = (1.0 + (lean / across).powi(2)).sqrt();
    let half = seam * 0.03 * view.long();
    let (far, near) = (
        Ramp::new(&[(0.0, view.ground()), (1.0, blend(view.ground(), view.depth(), 0.6))]),
        Ramp::new(&[(0.0, view.glow()), (1.0, blend(view.glow(), view.depth(), 0.35))]),
    );
    let accent = view.accent();
    view.painted(|x, y| {
        let (p, q) = if upright { (y, x) } else { (x, y) };
        let d = (p - at + lean * (q / across - 0.5)) / norm * if person_first { -1.0 } else { 1.0 };
        let t = (y / h * 0.8 + view.reach(x, y) * 0.35).clamp(0.0, 1.0);
        // The near half throws a shadow on the far one.
        let shade = 1.0 - 0.35 * smooth(-0.05 * view.long(), 0.0, d) * (1.0 - edge(d));
        let halves = cover(far.at(t).map(|v| v * shade), near.at(t), edge(d));
        cover(halves, accent, edge(half - d.abs()) * f32::from(half > 0.5))
    })
}

/// Broad bands.
pub(super) fn stripes(view: &View, count: u8, slant: f32) -> RgbF {
    let (w, h) = view.size();
    let band = w / f32::from(count.clamp(3, 40));
    let lean = slant * h;
    let norm = (1.0 + (lean / h).powi(2)).sqrt();
    let shift = Random::new(view.seed, 22).unit() * 2.0 * band;
    let (a, b) = (view.ground(), view.depth());
    let glow = view.glow();
    view.painted(|x, y| {
        let p = (x + lean * (y / h - 0.5) + shift).rem_euclid(2.0 * band) - band;
        let d = (band / 2.0 - (p.abs() - band / 2.0).abs()) * p.signum() / norm;
        let near = (-(view.reach(x, y) / 0.32).powi(2)).exp();
        cover(cover(a, b, edge(d)), glow, 0.5 * near)
    })
}

/// The threads of a chequered cloth: where two coloured ones cross it is darkest.
pub(super) fn gingham(view: &View, count: u8) -> RgbF {
    let tile = view.long() / f32::from(count.clamp(6, 60));
    let (cloth, thread) = (view.ground(), view.depth());
    let line = |at: f32| {
        let p = at.rem_euclid(2.0 * tile) - tile;
        edge((tile / 2.0 - (p.abs() - tile / 2.0).abs()) * p.signum())
    };
    let glow = view.glow();
    view.painted(|x, y| {
        let weave = 0.5 + 0.5 * ((x - y) * PI / (tile * 0.16)).sin();
        let (across, down) = (line(x), line(y));
        let one = across + down - 2.0 * across * down;
        let t = across * down + one * (0.42 + 0.12 * weave);
        let near = (-(view.reach(x, y) / 0.30).powi(2)).exp();
        cover(cover(cloth, thread, t), glow, 0.35 * near)
    })
}

/// Lines rushing in from the rim, as in comics.
pub(super) fn rush(view: &View, amount: f32) -> RgbF {
    let (w, h) = view.size();
    let count = 70.0 + 110.0 * amount;
    let seed = view.seed as u32;
    let ramp = Ramp::new(&[(0.0, view.glow()), (0.35, view.ground()), (1.0, view.depth())]);
    let (dark, bright) = (view.depth(), blend(view.glow(), [1.0; 3], 0.35));
    let corner = w.max(h) * 0.62;
    view.painted(|x, y| {
        let (dx, dy) = (x - view.focus.0, y - view.focus.1);
        let r = dx.hypot(dy).max(1.0);
        let turn = (dy.atan2(dx) / TAU + 0.5) * count;
        let (cell, part) = (turn.floor(), turn.fract());
        let chance = |n| random::at((cell as i32).rem_euclid(count as i32) as u32, n, seed);
        // Each line starts somewhere and widens outward.
        let start = view.unit * (0.85 + 1.1 * chance(1));
        let width = (0.25 + 0.75 * chance(2)) * smooth(start, start + 0.6 * corner, r).max(0.12);
        let d = (width / 2.0 - (part - 0.5).abs()) * r * TAU / count;
        let line = if chance(3) < 0.4 + 0.5 * amount && r > start { edge(d) } else { 0.0 };
        let (lines, strength) = if chance(4) < 0.35 { (bright, 0.55) } else { (dark, 0.85) };
        cover(ramp.at((r / corner).min(1.0)), lines, line * strength)
    })
}

/// Cut-out shapes scattered where neither head nor title is.
pub(super) fn shapes(view: &View) -> RgbF {
    let mut random = Random::new(view.seed, 23);
    let (w, h) = view.size();
    let ground = Ramp::new(&[(0.0, view.ground()), (1.0, blend(view.ground(), view.depth(), 0.55))]);
    let mut picture = view.painted(|x, y| ground.at(x / w * 0.4 + y / h * 0.6));
    let colours = [view.accent(), view.glow(), blend(view.glow(), view.ground(), 0.5), view.depth()];
    let unit = view.long() * 0.028;
    // On a grid with chance in each cell: scattered, and never in heaps.
    let (columns, rows) = ((w / (unit * 4.2)).ceil() as usize, (h / (unit * 4.2)).ceil() as usize);
    for cell in 0..columns * rows {
        let (i, j) = (cell % columns, cell / columns);
        let x = (i as f32 + random.between(0.2, 0.8)) * w / columns as f32;
        let y = (j as f32 + random.between(0.2, 0.8)) * h / rows as f32;
        let size = unit * random.between(0.55, 1.25);
        let turn = random.unit() * TAU;
        let kind = (random.unit() * 5.0) as usize;
        let colour = colours[(random.unit() * 4.0) as usize % 4];
        stamp(&mut picture, (x, y), size, turn, kind, colour);
    }
    picture
}

/// One cut-out: 0 disc, 1 ring, 2 triangle, 3 cross, 4 bar.
fn stamp(picture: &mut RgbF, (cx, cy): (f32, f32), size: f32, turn: f32, kind: usize, colour: Light) {
    let (sin, cos) = turn.sin_cos();
    let inside = |x: f32, y: f32| {
        let (p, q) = (x * cos + y * sin, y * cos - x * sin);
        let (bar, thick) = (size * 0.95, size * 0.26);
        match kind {
            0 => size * 0.6 - x.hypot(y),
            1 => size * 0.2 - (x.hypot(y) - size * 0.7).abs(),
            2 => {
                let side = |a: f32| size * 0.5 - (p * a.cos() + q * a.sin());
                side(0.0).min(side(TAU / 3.0)).min(side(2.0 * TAU / 3.0))
            }
            3 => (bar - p.abs()).min(thick - q.abs()).max((bar - q.abs()).min(thick - p.abs())),
            _ => (bar - p.abs()).min(thick - q.abs()),
        }
    };
    let reach = size * 1.5 + 1.0;
    let range = |c: f32, end: usize| (c - reach).max(0.0) as usize..((c + reach).max(0.0) as usize).min(end);
    for y in range(cy, picture.height()) {
        for x in range(cx, picture.width()) {
            let a = edge(inside(x as f32 + 0.5 - cx, y as f32 + 0.5 - cy));
            if a > 0.0 {
                let under = picture.get(x, y);
                picture.set(x, y, cover(under, colour, a));
            }
        }
    }
}
