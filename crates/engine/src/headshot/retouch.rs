//! Evens out blotches of the skin and leaves pores, lines, marks and the shape of the face alone.
//!
//! Light on skin has three scales: shape (large), blotches (middle), texture (small). Only the middle one is lowered, only on
//! skin, and strong edges not at all.

use imaging::{Pixmap, Plane, Point, Resizable};

use super::Shot;
use crate::blur::gaussian;
use crate::error::EngineError;
use crate::landmarks::{point, surrounding};
use crate::prepare::measure_light::inside;

/// Width of the face in the small picture in which blotches are found.
const FACE: f32 = 220.0;
/// Differences of this much light (relative) are features, not blotches.
const FEATURE: f32 = 0.16;
/// How much of a blotch goes at full strength.
const MOST: f32 = 0.75;

pub(crate) fn run(shot: &mut Shot) -> Result<(), EngineError> {
    let strength = shot.recipe.finish.soften.get() * MOST;
    let oval = shot.mesh.outline(&point::OVAL);
    let bounds = surrounding(&oval).grown(2.0);
    let (w, h) = (shot.size.width as usize, shot.size.height as usize);
    let (x0, y0) = (bounds.x.max(0.0) as usize, bounds.y.max(0.0) as usize);
    let (x1, y1) = ((bounds.right().max(0.0) as usize).min(w), (bounds.bottom().max(0.0) as usize).min(h));
    if strength <= 0.0 || x1 < x0 + 8 || y1 < y0 + 8 {
        return Ok(());
    }
    let face = shot.person.crop(x0, y0, x1 - x0, y1 - y0);
    let scale = (FACE / face.width() as f32).min(1.0);
    let (sw, sh) = ((face.width() as f32 * scale) as usize, (face.height() as f32 * scale) as usize);
    let small = face.resized(sw.max(4), sh.max(4));
    let mask = skin_mask(shot, x0 as f32, y0 as f32, scale, small.width(), small.height());
    let change = evened(&small, &mask, strength).resized(face.width(), face.height());
    for y in 0..face.height() {
        let row = &mut shot.person.row_mut(y0 + y)[x0..x1];
        for (pixel, change) in row.iter_mut().zip(change.row(y)) {
            for c in 0..3 {
                pixel[c] *= change[c].clamp(0.7, 1.3);
            }
        }
    }
    Ok(())
}

/// By what each place is multiplied so that its middle scale is lowered.
fn evened(small: &Pixmap<f32, 3>, mask: &Plane, strength: f32) -> Pixmap<f32, 3> {
    let (fine, coarse) = (gaussian(small, 1.6), gaussian(small, 9.0));
    let data = fine.pixels().iter().zip(coarse.pixels()).zip(mask.data()).flat_map(|((f, c), m)| {
        let light = |p: &[f32; 3]| p[0] + p[1] + p[2] + 1e-3;
        let difference = (light(f) / light(c)).ln() / FEATURE;
        let amount = strength * m * (-difference * difference).exp();
        [0, 1, 2].map(|k| ((c[k] + 1e-3) / (f[k] + 1e-3)).powf(amount))
    });
    Pixmap::<f32, 3>::from_vec(small.width(), small.height(), data.collect())
        .unwrap_or_else(|| Pixmap::filled(small.width(), small.height(), [1.0; 3]))
}

/// 1 on skin, 0 on eyes, brows, lips and outside the face, soft between.
fn skin_mask(shot: &Shot, x0: f32, y0: f32, scale: f32, w: usize, h: usize) -> Plane {
    let ring = |indices: &[usize], grow: f32| -> Vec<Point> {
        let points = shot.mesh.outline(indices);
        let middle = surrounding(&points).centre();
        let place = |p: Point| {
            let (x, y) = (middle.x + (p.x - middle.x) * grow, middle.y + (p.y - middle.y) * grow);
            Point::new((x - x0) * scale, (y - y0) * scale)
        };
        points.into_iter().map(place).collect()
    };
    let oval = ring(&point::OVAL, 0.95);
    let features = [
        ring(&point::LEFT_EYE_RING, 1.6),
        ring(&point::RIGHT_EYE_RING, 1.6),
        ring(&point::LEFT_BROW, 1.25),
        ring(&point::RIGHT_BROW, 1.25),
        ring(&point::MOUTH_RING, 1.25),
    ];
    let mask = Plane::from_fn(w, h, |x, y| {
        let q = Point::new(x as f32 + 0.5, y as f32 + 0.5);
        [if inside(q, &oval) && !features.iter().any(|f| inside(q, f)) { 1.0 } else { 0.0 }]
    });
    gaussian(&mask, 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Skin with a mole, a blotch and fine texture.
    fn skin() -> Pixmap<f32, 3> {
        Pixmap::from_fn(120, 120, |x, y| {
            let texture = if (x + y) % 2 == 0 { 1.03 } else { 0.97 };
            let far = |cx: f32, cy: f32| (x as f32 - cx).hypot(y as f32 - cy);
            let blotch = 1.0 - 0.06 * (-(far(40.0, 60.0) / 6.0).powi(2)).exp();
            let mole = if far(90.0, 60.0) < 3.0 { 0.35 } else { 1.0 };
            [0.5, 0.35, 0.28].map(|v| v * texture * blotch * mole)
        })
    }

    #[test]
    fn blotches_go_while_texture_and_marks_stay() {
        let before = skin();
        let change = evened(&before, &Plane::filled(120, 120, [1.0]), 0.7);
        let after = |x: usize, y: usize| before.get(x, y)[0] * change.get(x, y)[0];
        let level = |f: &dyn Fn(usize, usize) -> f32, x: usize| (f(x, 60) + f(x + 1, 60)) / 2.0;
        let raw = |x: usize, y: usize| before.get(x, y)[0];
        let (was, is) = (level(&raw, 20) - level(&raw, 40), level(&after, 20) - level(&after, 40));
        assert!(is < 0.7 * was, "the blotch: {was} then {is}");
        let (was, is) = ((raw(20, 20) - raw(21, 20)).abs(), (after(20, 20) - after(21, 20)).abs());
        assert!(is > 0.95 * was, "the texture: {was} then {is}");
        assert!(after(90, 60) < 1.15 * raw(90, 60), "the mole stays dark");
    }
}
