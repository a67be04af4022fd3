//! A painted wall on which a window, blinds or leaves throw their shadow.
//!
//! The sun is not a point: a shadow's edge is the wider the farther the thing is that throws it. So the pattern is
//! painted sharp and blurred before it lights the wall.

use domain::style::backdrop::{Shadow, ShadowPattern};
use imaging::RgbF;

use crate::backdrop::colour::{light, mix, through, times, warmed};
use crate::backdrop::layer::Layer;
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};
use crate::backdrop::view::View;

/// Paints the wall.
pub(in crate::backdrop) fn paint(shadow: &Shadow, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, shadow.light.get());
    let shift = (0.04 * shot.step, 0.03 * shot.lift);
    let sun = match shadow.pattern {
        ShadowPattern::Window => window(view, shift),
        ShadowPattern::Blinds => blinds(view, shift),
        ShadowPattern::Leaves => leaves(view, shift),
    };
    let wall = light(shadow.colour);
    let dark = times(warmed(wall, -0.1), 0.75 - 0.55 * shadow.depth.get());
    let plaster = Noise::new(41);
    let mut scene = sun;
    scene.relit(|u, v, [sun, _, _]| {
        let sunlit = warmed(times(wall, 1.0 - 0.18 * (u + 0.4)), 0.12);
        // The sun comes through glass that is not clean, so that even its light is not flat.
        let sun = sun * (0.86 + 0.1 * plaster.at(u * 3.0 + 7.0, v * 3.0));
        let level = 1.0 + 0.02 * plaster.layered(u * 3.0, v * 3.0, 4, 0.6);
        through(mix(dark, sunlit, sun), [level; 3])
    });
    shot.develop(scene, 0.03)
}

/// Two panes beside one another, two above, the light slanting down to the right.
fn window(view: View, shift: (f32, f32)) -> Layer {
    let pattern = Layer::opaque(view, |u, v| {
        let (u, v) = (u - shift.0 + 0.04, v - shift.1);
        let (x, y) = (u + 0.12 * v, v - 0.32 * u - 0.02);
        let pane =
            |at: f32, size: f32, bar: f32| (at.rem_euclid(size) - 0.5 * size).abs() < 0.5 * (size - bar);
        let inside = x > -0.36 && x < 0.36 && y > -0.3 && y < 0.66;
        let lit = inside && pane(x + 0.36, 0.36, 0.035) && pane(y + 0.3, 0.32, 0.035);
        [if lit { 1.0 } else { 0.0 }; 3]
    });
    pattern.blur(0.032).blur(0.02)
}

/// Slats, and the window's frame at the side.
fn blinds(view: View, shift: (f32, f32)) -> Layer {
    let pattern = Layer::opaque(view, |u, v| {
        let (u, v) = (u - shift.0, v - shift.1);
        let y = v - 0.22 * u;
        let gap = (y / 0.105).rem_euclid(1.0) < 0.55;
        let inside = u + 0.1 * v > -0.44 && u + 0.1 * v < 0.3;
        [if gap && inside { 1.0 } else { 0.0 }; 3]
    });
    pattern.blur(0.024).blur(0.014)
}

/// Twigs near the wall throw clear shadows, those far from it soft ones.
fn leaves(view: View, shift: (f32, f32)) -> Layer {
    let mut random = Random::new(43);
    let mut sun = Layer::opaque(view, |_, _| [1.0; 3]);
    for (softness, twigs) in [(0.05, 46), (0.026, 26)] {
        for _ in 0..twigs {
            // Fewer before the middle of the picture, where the head is.
            let (u, v) = (random.between(-0.62, 0.75), random.between(-0.5, 0.75));
            let calm = u.hypot(v) < 0.16;
            let (turn, count) = (random.between(-0.9, 0.4), 5 + (random.unit() * 6.0) as usize);
            for leaf in 0..count {
                let along = leaf as f32 * random.between(0.02, 0.042);
                let side = if leaf % 2 == 0 { 1.0 } else { -1.0 };
                let centre = (
                    u + shift.0 + along * turn.cos() - side * 0.022 * turn.sin(),
                    v + shift.1 + along * turn.sin() + side * 0.022 * turn.cos(),
                );
                let (length, width) = (random.between(0.03, 0.05), random.between(0.013, 0.02));
                if !calm {
                    sun.ellipse(
                        centre,
                        (length, width),
                        turn + side * random.between(0.4, 1.1),
                        [0.0; 3],
                        0.8,
                    );
                }
            }
        }
        sun = sun.blur(softness);
    }
    sun.blur(0.012)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;
    use domain::{Colour, Signed, Unit};

    #[test]
    fn every_pattern_has_light_and_shade() {
        for pattern in [ShadowPattern::Window, ShadowPattern::Blinds, ShadowPattern::Leaves] {
            let shadow = Shadow {
                colour: Colour::new(205, 196, 184),
                pattern,
                light: Signed::clamped(-0.5),
                depth: Unit::clamped(0.7),
            };
            let picture = paint(&shadow, &Shot::new(640, 800, 2));
            let mut levels: Vec<f32> = picture.pixels().iter().map(|p| luminance(*p)).collect();
            levels.sort_by(f32::total_cmp);
            let (low, high) = (levels[levels.len() / 20], levels[levels.len() * 19 / 20]);
            assert!(high > 1.7 * low, "{pattern:?} {low} {high}");
        }
    }
}
