//! A wide view. Its horizon lies below the chin, where a photographer puts it: never through the head.

use domain::style::backdrop::{Horizon, Vista};
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{Light, mix, rgb, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::blur_at_infinity;
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// V of the horizon.
const HORIZON: f32 = 0.2;

/// Paints the view.
pub(in crate::backdrop) fn paint(horizon: &Horizon, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, horizon.light.get());
    let noise = Noise::new(90 + u64::from(horizon.place));
    let (shift, lift) = (0.04 * shot.pan + 0.02 * shot.step, 0.012 * shot.lift);
    let level = HORIZON + lift;
    let scene = Layer::opaque(view, |u, v| {
        let u = u + shift;
        match horizon.view {
            Vista::Sea => sea(noise, u, v - level),
            Vista::Mountains => mountains(noise, u, v - level),
        }
    });
    let mut scene = scene.blur(blur_at_infinity());
    if horizon.view == Vista::Sea {
        glitter(&mut scene, horizon.place, level, shift);
    }
    shot.develop(scene, 0.06)
}

fn sky(noise: Noise, u: f32, v: f32, high: Light, low: Light) -> Light {
    let glow = lamp((u + 0.55).hypot(v + 0.35), 0.7);
    let clear = mix(low, high, smooth(0.02, -0.75, v));
    let bands = noise.layered(u * 1.6 + 0.4 * noise.at(u * 2.0, v * 3.0), v * 5.5, 4, 0.55);
    let cloud = 0.55 * smooth(-0.2, 1.0, bands) * smooth(0.0, -0.15, v);
    times(mix(clear, rgb(0xe9e6e1), cloud), 0.78 + 0.42 * glow)
}

fn sea(noise: Noise, u: f32, v: f32) -> Light {
    if v < 0.0 {
        return sky(noise, u, v, rgb(0x8fb0cc), rgb(0xdfe4e4));
    }
    // Waves are drawn together toward the horizon.
    let depth = v / 0.4;
    let swell = noise.layered(u * 2.5, 1.6 / (depth + 0.08), 3, 0.55);
    let water = mix(rgb(0x8aa9b5), rgb(0x44697c), smooth(0.0, 0.9, depth));
    let glow = lamp((u + 0.45).abs(), 0.4);
    times(water, (0.9 + 0.45 * glow) * (1.0 + 0.13 * swell * depth.min(0.6)))
}

/// The sun on the water: small lights, closer together toward the horizon.
fn glitter(scene: &mut Layer, place: u16, level: f32, shift: f32) {
    let mut random = Random::of_place("sea", place);
    for _ in 0..420 {
        let down = random.unit().powi(2);
        let (u, v) =
            (-0.45 + random.between(-0.4, 0.4) * (0.3 + down) * random.unit(), level + 0.012 + 0.36 * down);
        let strength = random.between(0.004, 0.05);
        scene.bokeh(
            u - shift,
            v,
            blur_at_infinity() * random.between(0.85, 1.0),
            times(rgb(0xfff4e2), strength),
        );
    }
}

/// A ridge: its height, the breadth of its peaks, and how near it is, 0 (nearly air) to 1.
type Ridge = (f32, f32, f32);

/// From the wooded slope to the farthest ridge.
const RIDGES: [Ridge; 5] =
    [(-0.12, 8.0, 1.0), (0.0, 6.0, 0.8), (0.07, 4.6, 0.55), (0.14, 3.8, 0.34), (0.21, 3.2, 0.16)];

fn mountains(noise: Noise, u: f32, v: f32) -> Light {
    let (air, rock) = (rgb(0xb4c4d2), rgb(0x46553f));
    for (i, (height, size, near)) in RIDGES.into_iter().enumerate() {
        let row = 13.0 * (RIDGES.len() - 1 - i) as f32;
        if v < -height - 0.13 {
            continue;
        }
        let ridge = 1.0 - noise.at(u * size * 0.6, row).abs() * 1.4;
        let crest =
            -height - 0.11 * (ridge - 0.6) - 0.022 * noise.layered(u * size * 2.0, row + 5.0, 3, 0.55);
        if v > crest {
            let slope = noise.layered(u * 7.0 + 2.0 * v, (v - crest) * 9.0 + row, 3, 0.6);
            let lit = 1.0 + (0.1 + 0.12 * near) * slope - 0.2 * u;
            // Haze gathers in the valleys.
            let valley = 0.35 * smooth(0.0, 0.16, v - crest) * (1.0 - near);
            return times(mix(mix(air, rock, near), rgb(0xd5dadb), valley), lit);
        }
    }
    sky(noise, u, v, rgb(0x86a7c6), rgb(0xe2e2dd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;
    use domain::Signed;

    #[test]
    fn the_sky_is_brighter_than_the_land_and_the_head_stands_against_the_sky() {
        for view in [Vista::Sea, Vista::Mountains] {
            let picture =
                paint(&Horizon { view, light: Signed::clamped(-0.5), place: 0 }, &Shot::new(640, 800, 1));
            let at = |y: usize| luminance(picture.get(500, y));
            assert!(at(60) > 1.4 * at(760), "{view:?}");
        }
    }
}
