//! Flat colours and gradients: graphic grounds that claim no place.

use domain::style::backdrop::{Direction, Gradient};
use imaging::RgbF;

use crate::backdrop::colour::{Light, light};
use crate::backdrop::develop::develop;
use crate::backdrop::layer::Layer;
use crate::backdrop::shot::{GLOW, Shot};

/// One colour, exactly.
pub(in crate::backdrop) fn plain(colour: domain::Colour, shot: &Shot) -> RgbF {
    RgbF::filled(shot.width, shot.height, light(colour))
}

/// Two colours that run into one another. The seed changes the dither alone.
pub(in crate::backdrop) fn gradient(gradient: &Gradient, shot: &Shot) -> RgbF {
    let view = shot.view(GLOW, 0.0);
    let (top, bottom) = view.vertical();
    let half = view.half_width();
    let (from, to) = (encoded(light(gradient.from)), encoded(light(gradient.to)));
    let scene = Layer::opaque(view, |u, v| {
        let (across, down) = ((u + half) / (2.0 * half), (v - top) / (bottom - top));
        let t = match gradient.direction {
            Direction::Down => down,
            Direction::Across => across,
            Direction::Diagonal => 0.5 * (across + down),
            Direction::Outward => (u / half).hypot((v - 0.08) / (bottom - 0.08)) / 1.3,
        };
        let t = t.clamp(0.0, 1.0);
        // Eased, so that no line shows where the gradient ends; mixed as the eye sees, so that it looks even.
        let t = t + 0.35 * (t * t * (3.0 - 2.0 * t) - t);
        std::array::from_fn(|c| (from[c] + (to[c] - from[c]) * t).powf(2.2))
    });
    develop(scene, shot.seed, shot.width, shot.height, 0.0)
}

fn encoded(light: Light) -> Light {
    light.map(|v| v.powf(1.0 / 2.2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Colour;
    use imaging::linear;

    #[test]
    fn a_gradient_begins_and_ends_with_its_colours() {
        let (from, to) = (Colour::new(200, 40, 60), Colour::new(20, 30, 90));
        for direction in [Direction::Down, Direction::Across, Direction::Diagonal] {
            let picture = gradient(&Gradient { from, to, direction }, &Shot::new(640, 800, 1));
            let near = |p: [f32; 3], c: Colour| {
                p.iter().zip(c.to_array()).all(|(p, c)| linear::to_srgb(*p).abs_diff(c) <= 5)
            };
            assert!(near(picture.get(0, 0), from) && near(picture.get(639, 799), to), "{direction:?}");
        }
    }
}
