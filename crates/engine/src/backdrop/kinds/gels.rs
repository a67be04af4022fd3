//! A grey wall in the light of two lamps with colour filters: where they meet, their lights add.

use domain::style::backdrop::Gels;
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{Light, light, luminance, plus, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::noise::Noise;
use crate::backdrop::shot::{GLOW, Shot};

/// Paints the wall.
pub(in crate::backdrop) fn paint(gels: &Gels, shot: &Shot) -> RgbF {
    let view = shot.view(GLOW, 0.0);
    let half = view.half_width();
    let lamps = [
        (-half - 0.02 + 0.04 * shot.pan, 0.12, light(gels.left)),
        (half + 0.02 + 0.04 * shot.step, -0.02, light(gels.right)),
    ];
    let wall = Noise::new(31);
    let fill = 0.004 + 0.12 * gels.fill.get();
    let scene = Layer::opaque(view, |u, v| {
        let both = lamps.iter().fold([fill; 3], |sum, (x, y, colour)| {
            let reach = lamp((u - x).hypot(v - y - 0.02 * shot.lift), 0.52 + 0.35 * (half - 0.4).max(0.0));
            plus(sum, filtered(*colour, 1.1 * reach))
        });
        times(both, 1.0 + 0.02 * wall.layered(u * 2.0, v * 2.0, 3, 0.6))
    });
    shot.develop(scene, 0.0)
}

/// A filter is deepest where the light is weak; a strong light bleaches it a little, as on film.
fn filtered(colour: Light, level: f32) -> Light {
    let white = 0.12 * level * level * luminance(colour);
    plus(times(colour, level), [white; 3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Colour, Unit};

    #[test]
    fn each_side_has_its_own_colour() {
        let (left, right) = (Colour::new(210, 60, 40), Colour::new(40, 80, 210));
        let picture = paint(&Gels { left, right, fill: Unit::clamped(0.1) }, &Shot::new(640, 800, 3));
        let (a, b) = (picture.get(20, 400), picture.get(620, 400));
        assert!(a[0] > 2.0 * a[2] && b[2] > 2.0 * b[0], "{a:?} {b:?}");
    }
}
