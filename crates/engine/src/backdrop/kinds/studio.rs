//! A studio wall with one lamp on it.
//!
//! The light of a bare lamp before a wall falls off as (1 + r²/d²)^−1.5: the inverse square of the distance times the
//! cosine of the angle. That curve, not a gradient tool's, is what makes a backdrop look lit.

use domain::style::backdrop::Studio;
use imaging::RgbF;

use crate::backdrop::colour::{light, mix, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::noise::Noise;
use crate::backdrop::shot::{GLOW, Shot};

/// The light that a lamp `height` before a wall throws on it `distance` from its middle, which is 1.
pub(in crate::backdrop) fn lamp(distance: f32, height: f32) -> f32 {
    (1.0 + (distance / height).powi(2)).powf(-1.5)
}

/// Paints the wall.
pub(in crate::backdrop) fn paint(studio: &Studio, shot: &Shot) -> RgbF {
    let view = shot.view(GLOW, 0.0);
    let (top, bottom) = view.vertical();
    let (colour, edge) = (light(studio.colour), light(studio.edge));
    let y = studio.y.get();
    let centre = (
        studio.x.get() * view.half_width() + 0.03 * shot.pan,
        if y < 0.0 { -y * top } else { y * bottom } + 0.025 * shot.lift,
    );
    let radius = studio.radius.get();
    let height = (0.2 + 0.95 * radius.powf(1.4)) * (1.0 + 0.04 * shot.step);
    let unevenness = Noise::new(11);
    let scene = Layer::opaque(view, |u, v| {
        let (du, dv) = (u - centre.0, v - centre.1);
        // The lamp stands low and points up, so its pool reaches farther above than below.
        let stretch = if dv < 0.0 { 0.9 } else { 1.1 };
        let pool = lamp(du.hypot(dv * stretch), height);
        let wall = mix(edge, colour, pool);
        times(wall, 1.0 + 0.012 * unevenness.layered(u * 2.2, v * 1.7, 3, 0.6))
    });
    shot.develop(scene, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;
    use domain::{Colour, Signed, Unit};

    #[test]
    fn the_pool_of_light_is_where_it_was_asked_for_and_fades_steadily() {
        let studio = Studio {
            colour: Colour::new(170, 172, 176),
            edge: Colour::new(40, 42, 46),
            x: Signed::clamped(-0.6),
            y: Signed::clamped(0.0),
            radius: Unit::clamped(0.3),
        };
        let picture = paint(&studio, &Shot::new(640, 800, 5));
        let at = |x: usize, y: usize| luminance(picture.get(x, y));
        let (pool, middle, corner) = (at(128, 320), at(330, 320), at(630, 790));
        assert!(pool > 1.3 * middle && middle > 1.5 * corner, "{pool} {middle} {corner}");
    }
}
