//! A park: a lawn with patches of sun, trees in several rows, and the sky that breaks through their leaves as discs.

use domain::style::backdrop::{Park, Season};
use imaging::RgbF;

use super::foliage::{Clump, Leaves, clump};
use super::studio::lamp;
use crate::backdrop::colour::{Light, mix, plus, rgb, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::blur_at;
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// V of the far end of the lawn.
const LAWN: f32 = 0.17;

struct Palette {
    leaves: Leaves,
    haze: Light,
    grass: Light,
    sky: Light,
}

fn palette(season: Season) -> Palette {
    let of = |shade, sun, through, haze, grass| Palette {
        leaves: Leaves { shade: rgb(shade), sun: rgb(sun), through: rgb(through) },
        haze: rgb(haze),
        grass: rgb(grass),
        sky: rgb(0xf3f5ee),
    };
    match season {
        Season::Spring => of(0x33432a, 0x8fa45c, 0xbccb7c, 0xb3c09a, 0x90a462),
        Season::Summer => of(0x24331f, 0x6d8449, 0xa3b565, 0x93a583, 0x75894f),
        Season::Autumn => of(0x46331f, 0xa9783a, 0xd0a35a, 0xbfa583, 0x8f8a58),
    }
}

/// Paints the park.
pub(in crate::backdrop) fn paint(park: &Park, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, park.light.get());
    let Palette { leaves, haze, grass, sky } = palette(park.season);
    let mut random = Random::of_place("park", park.place);
    let half = view.half_width().max(0.9);
    let (near, far) = (shot.step * 0.035 + shot.pan * 0.03, shot.pan * 0.03);
    let noise = Noise::new(70 + u64::from(park.place));

    // Far trees in the haze, and the lawn before them.
    let mut back = Layer::opaque(view, |u, v| {
        let u = u + far;
        let crowns = noise.layered(u * 5.0, v * 5.0, 4, 0.6);
        let glow = smooth(0.6, -0.6, u + 0.4 * v);
        if v > LAWN {
            let depth = (v - LAWN) / 0.4;
            let patches = noise.layered(u * 2.2, 3.0 / (depth + 0.25), 3, 0.5);
            let sun = smooth(-0.2, 0.7, patches + 0.5 * glow - 0.1);
            times(mix(times(grass, 0.45), grass, sun), 1.05 - 0.35 * depth)
        } else {
            // Behind everything: more trees, patches of shade and of sky-lit haze.
            let tree = mix(leaves.shade, haze, 0.22 + 0.3 * glow - 0.3 * v + 0.34 * crowns);
            times(tree, 0.85 + 0.3 * glow)
        }
    });
    for i in 0..120 {
        let at = (random.between(-half, half) - far, random.between(-0.6, LAWN - 0.02));
        let deep = i as f32 / 120.0;
        let lit = (0.6 - 0.5 * at.0 - 0.3 * at.1 + 0.35 * noise.at(at.0 * 4.0, at.1 * 4.0)).clamp(0.05, 1.0);
        let air = 0.4 * (1.0 - deep);
        let pale =
            Leaves { shade: mix(leaves.shade, haze, air), sun: mix(leaves.sun, haze, 0.8 * air), ..leaves };
        clump(&mut back, &mut random, pale, Clump { at, radii: (0.075, 0.05), lit }, 34, 0.011);
    }
    let mut scene = back.blur(blur_at(60.0));
    sky_gaps(&mut scene, noise, &mut random, sky, half, far);

    // Nearer trees: trunks at the sides, boughs above.
    let mut trees = Layer::clear(view);
    for side in [-1.0f32, 1.0] {
        let at = side * random.between(0.3, 0.5) + random.between(-0.05, 0.05) - near;
        let (wide, lean) = (random.between(0.022, 0.04), random.between(-0.04, 0.04));
        let bark = times(rgb(0x4a3f33), if side < 0.0 { 0.7 } else { 0.9 });
        trees.region((at - 0.12, -1.2, at + 0.12, LAWN + 0.06), |u, v| {
            let s = (u - at - lean * v) / (wide * (1.0 + 0.25 * v));
            (s.abs() < 1.0).then(|| (times(bark, 1.1 - 0.75 * s), 1.0))
        });
        for _ in 0..12 {
            let at = (side * random.between(0.18, half) - near, random.between(-0.62, -0.16));
            let lit = (0.5 - 0.55 * at.0).clamp(0.1, 1.0);
            clump(&mut trees, &mut random, leaves, Clump { at, radii: (0.13, 0.085), lit }, 90, 0.014);
        }
        let bush = (side * random.between(0.34, 0.6) - near, random.between(0.12, 0.24));
        clump(&mut trees, &mut random, leaves, Clump { at: bush, radii: (0.17, 0.1), lit: 0.5 }, 200, 0.014);
    }
    scene = scene.over(&trees.blur(blur_at(14.0)));
    sparkle(&mut scene, &mut random, leaves.through, half, near);
    let side = park.light.get().abs();
    scene.relit(|u, v, c| {
        // The sun's side is brighter and veiled by its light.
        let near_sun = lamp((u + 0.2 + 0.35 * side).hypot(v + 0.35), 0.55);
        plus(times(c, 1.0 + 0.5 * near_sun), times(mix(sky, rgb(0xffedc4), 0.6), 0.085 * near_sun))
    });
    shot.develop(scene, 0.07)
}

/// The sky between the leaves.
fn sky_gaps(scene: &mut Layer, swarm: Noise, random: &mut Random, sky: Light, half: f32, shift: f32) {
    let radius = blur_at(60.0);
    for _ in 0..420 {
        let (u, v) = (random.between(-half, half), random.between(-0.75, 0.08));
        // Gaps are many above and toward the sun, and few behind the face.
        let likely = smooth(0.1, -0.5, v + 0.35 * u) * smooth(0.1, 0.24, u.hypot(v + 0.02)).max(0.12);
        // They come in swarms, where the crowns are thin.
        let thin = smooth(-0.1, 0.7, swarm.at(u * 5.0, v * 5.0));
        let strength = thin * random.between(0.02, 0.42) * random.unit();
        if random.chance(likely) {
            scene.bokeh(u - shift, v, radius * random.between(0.8, 1.1), times(sky, strength));
        }
    }
}

/// Leaves that shine in the sun.
fn sparkle(scene: &mut Layer, random: &mut Random, colour: Light, half: f32, shift: f32) {
    for _ in 0..240 {
        let (u, v) = (random.between(-half, half), random.between(-0.6, 0.25));
        let likely = smooth(0.5, -0.6, u + 0.3 * v) * smooth(0.12, 0.26, u.hypot(v + 0.02)).max(0.1);
        let strength = random.between(0.005, 0.1);
        if random.chance(likely) {
            scene.bokeh(u - shift, v, blur_at(40.0) * random.between(0.85, 1.05), times(colour, strength));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seasons_have_their_colour() {
        let ratio = |season| {
            let picture = paint(&Park { season, ..Park::default() }, &Shot::new(512, 640, 1));
            let sum = picture.pixels().iter().fold((0.0, 0.0), |s, p| (s.0 + p[0], s.1 + p[1]));
            sum.0 / sum.1
        };
        let (spring, summer, autumn) = (ratio(Season::Spring), ratio(Season::Summer), ratio(Season::Autumn));
        assert!(summer < 1.0 && spring < 1.0 && autumn > 1.15, "{spring} {summer} {autumn}");
    }
}
