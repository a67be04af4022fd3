//! A roll of seamless paper: almost even, which is why small differences in its light matter so much.

use domain::style::backdrop::Paper;
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{light, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::noise::Noise;
use crate::backdrop::shot::{GLOW, Shot};

/// Paints the paper.
pub(in crate::backdrop) fn paint(paper: &Paper, shot: &Shot) -> RgbF {
    let view = shot.view(GLOW, 0.0);
    let colour = light(paper.colour);
    let softbox = (0.62 * paper.light.get() + 0.03 * shot.pan, -0.12 + 0.03 * shot.lift);
    // At this distance from the softbox the light has lost the stops that were asked for.
    let (far, stops) = (1.1, 2.0 * paper.falloff.get() * (1.0 + 0.06 * shot.step));
    let height = far / ((stops / 1.5).exp2() - 1.0).max(1e-4).sqrt();
    let (buckles, unevenness) = (Noise::new(21), Noise::new(22));
    let scene = Layer::opaque(view, |u, v| {
        let mut level = lamp((u - softbox.0).hypot(v - softbox.1), height);
        // Hanging paper is never quite flat: long upright waves, and a broad unevenness of the light.
        level *= 1.0 + 0.005 * buckles.layered(u * 4.0, v * 0.5, 2, 0.5);
        level *= 1.0 + 0.010 * unevenness.layered(u * 1.5, v * 1.5, 2, 0.6);
        // Where it curves, it first turns from the softbox's reach, then faces the lamps above.
        let curve = smooth(0.12, 0.45, v) - 1.6 * smooth(0.3, 0.75, v);
        times(colour, level * (1.0 - 0.22 * paper.sweep.get() * curve))
    });
    shot.develop(scene, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;
    use domain::{Colour, Signed, Unit};

    #[test]
    fn the_lit_side_is_the_brighter_one_by_the_stops_asked_for() {
        let paper = Paper {
            colour: Colour::new(200, 200, 200),
            light: Signed::clamped(-1.0),
            falloff: Unit::clamped(0.5),
            sweep: Unit::clamped(0.0),
        };
        let picture = paint(&paper, &Shot::new(640, 800, 2));
        let average = |x: usize| (300..340).map(|y| luminance(picture.get(x, y))).sum::<f32>() / 40.0;
        let stops = (average(10) / average(630)).log2();
        assert!((0.3..1.2).contains(&stops), "{stops}");
    }
}
