//! A field before trees with the sun low behind them: long warm light, glare, grass that glows.

use domain::style::backdrop::GoldenHour;
use imaging::RgbF;

use super::foliage::{Clump, Leaves, clump};
use super::studio::lamp;
use crate::backdrop::colour::{mix, plus, rgb, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::blur_at;
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// V of the far end of the field.
const FIELD_END: f32 = 0.16;

/// Paints the field.
pub(in crate::backdrop) fn paint(hour: &GoldenHour, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, hour.light.get());
    let mut random = Random::of_place("golden-hour", hour.place);
    let noise = Noise::new(80 + u64::from(hour.place));
    let half = view.half_width().max(0.9);
    let (near, far) = (shot.step * 0.03 + shot.pan * 0.03, shot.pan * 0.03);
    let side = hour.light.get().abs();
    let sun = (-0.12 - 0.3 * side - far, -0.13 + 0.02 * shot.lift);
    let (gold, cream) = (rgb(0xdcab70), rgb(0xffe4ba));

    let mut back = Layer::opaque(view, |u, v| {
        let away = (u - sun.0).hypot(1.2 * (v - sun.1));
        let glow = lamp(away, 0.34);
        if v > FIELD_END {
            let depth = (v - FIELD_END) / 0.44;
            let swathes = noise.layered((u + far) * 3.0, 2.5 / (depth + 0.3), 3, 0.5);
            let grass = mix(rgb(0x4d4a2c), rgb(0xa98d55), 0.42 + 0.3 * swathes + 0.5 * glow - 0.3 * depth);
            times(grass, 0.85 + 0.35 * glow)
        } else {
            let wood = smooth(0.02, 0.1, v + 0.06 * noise.at(u * 6.0 + far * 6.0, 9.0));
            let hedge = times(mix(rgb(0x4a3f27), rgb(0xc0904f), 0.9 * glow), wood);
            let sky = mix(rgb(0xa9aeb0), rgb(0xd9bd94), smooth(-0.6, 0.15, v));
            plus(
                hedge,
                times(
                    plus(times(mix(sky, gold, 0.8 * glow), 0.75), times(cream, 0.75 * glow * glow)),
                    1.0 - wood,
                ),
            )
        }
    });
    // The line of trees, dark against the sky and eaten by the light where the sun is.
    for _ in 0..90 {
        let u = random.between(-half, half);
        let crest = 0.02 - 0.2 * u.abs().min(0.6) + 0.09 * noise.at(u * 3.5, 3.0);
        let at = (u - far, crest + (FIELD_END - crest) * random.unit().powf(0.8));
        let glow = lamp((at.0 - sun.0).hypot(at.1 - sun.1), 0.3);
        let leaves = Leaves {
            shade: mix(rgb(0x3a3220), rgb(0xb3854a), 0.85 * glow),
            sun: mix(rgb(0x6b5a2f), rgb(0xdca65c), glow),
            through: mix(rgb(0xa5873f), rgb(0xf2c67c), glow),
        };
        clump(&mut back, &mut random, leaves, Clump { at, radii: (0.09, 0.06), lit: 0.75 }, 60, 0.011);
    }
    let mut scene = back.blur(blur_at(80.0));
    for _ in 0..90 {
        let (u, v) = (random.between(-half, half), random.between(-0.3, 0.13));
        let near_sun = lamp((u - sun.0).hypot(v - sun.1), 0.28);
        let face = smooth(0.1, 0.22, u.hypot(v)).max(0.15);
        let strength = random.between(0.03, 0.3);
        if random.chance(0.9 * near_sun * face) {
            scene.bokeh(
                u - far,
                v,
                blur_at(80.0) * random.between(0.8, 1.1),
                times(cream, strength * near_sun),
            );
        }
    }
    for _ in 0..260 {
        let down = random.unit();
        let (u, v) = (random.between(-half, half), FIELD_END + 0.01 + 0.42 * down);
        let z = 60.0 / (1.0 + 12.0 * down);
        let glow = 0.25 + lamp((u - sun.0).abs(), 0.35);
        scene.bokeh(u - far, v, blur_at(z), times(gold, random.between(0.004, 0.035) * glow));
    }
    // Boughs that hang into the picture from above, nearer to the camera.
    let mut boughs = Layer::clear(view);
    let leaves = Leaves { shade: rgb(0x4a3d22), sun: rgb(0x9a7d3d), through: rgb(0xe0b45e) };
    for _ in 0..46 {
        let out = random.unit().sqrt();
        let u = 0.02 + (half - 0.02) * out;
        let at = (u - near, -0.5 + random.between(-0.26, 0.03) + 0.3 * (u - 0.1).max(0.0) * random.unit());
        clump(&mut boughs, &mut random, leaves, Clump { at, radii: (0.06, 0.032), lit: 0.9 }, 26, 0.012);
    }
    scene = scene.over(&boughs.blur(blur_at(9.0)));
    let haze = hour.haze.get();
    scene.relit(|u, v, c| {
        let veil = lamp((u - sun.0).hypot(v - sun.1), 0.5);
        plus(times(c, 1.0 - 0.25 * haze * veil), times(gold, (0.05 + 0.34 * veil) * haze))
    });
    shot.develop(scene, 0.06 + 0.08 * haze)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;
    use domain::Signed;

    #[test]
    fn the_sun_stands_where_it_was_asked_for() {
        for (side, bright, dark) in [(-0.8, 90, 550), (0.8, 550, 90)] {
            let hour = GoldenHour { light: Signed::clamped(side), ..GoldenHour::default() };
            let picture = paint(&hour, &Shot::new(640, 800, 1));
            let at = |x: usize| luminance(picture.get(x, 220));
            assert!(at(bright) > 1.3 * at(dark), "{side}: {} {}", at(bright), at(dark));
        }
    }
}
