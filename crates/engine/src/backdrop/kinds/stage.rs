//! The stage of a conference: a wide screen, spotlights on a truss with their beams in the haze, dark around.

use domain::style::backdrop::Stage;
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{Light, light, mix, plus, rgb, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::{Camera, blur_at};
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// Metres to the screen and to the truss before it.
const SCREEN: f32 = 9.0;
const TRUSS: f32 = 7.0;

/// Paints the stage.
pub(in crate::backdrop) fn paint(stage: &Stage, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, stage.light.get());
    let camera = shot.camera(0.3, 0.04);
    let mut random = Random::of_place("stage", stage.place);
    let (colour, accent) = (light(stage.colour), light(stage.accent));
    let haze = Noise::new(140 + u64::from(stage.place));
    let seam = random.between(0.35, 0.75);
    let back = Layer::opaque(view, |u, v| {
        let (x, y) = camera.see_on(u, v, SCREEN);
        let drape = 1.0 + 0.25 * haze.layered(x * 4.0, y * 0.25, 2, 0.5);
        let wash = plus(
            times(colour, 0.22 * lamp((u + 0.45).hypot(v + 0.2), 0.5)),
            times(accent, 0.16 * lamp((u - 0.5).hypot(v), 0.45)),
        );
        let dark = plus([0.006, 0.006, 0.008], times(wash, drape));
        // The screen shows a still of slow forms; its edge lies at the far side of the head.
        let on_screen = x < seam && y > -0.55 && y < 1.25;
        if !on_screen {
            return dark;
        }
        let form = smooth(-0.5, 0.6, haze.layered(x * 0.55 + 3.0, y * 0.7, 2, 0.5) + 0.35 * y);
        let shown = mix(times(colour, 0.34), mix(accent, colour, 0.35), form);
        plus(times(shown, 0.95), [0.014; 3])
    });
    let mut scene = back.blur(blur_at(SCREEN));
    beams(&mut scene, &camera, &mut random, colour, accent);
    spots(&mut scene, &camera, &mut random, colour, accent);
    shot.develop(scene, 0.1)
}

/// Beams from the truss, seen in the haze.
fn beams(scene: &mut Layer, camera: &Camera, random: &mut Random, colour: Light, accent: Light) {
    let beams: Vec<(f32, f32, f32, Light)> = (0..5)
        .map(|i| {
            let (u, v) = camera.see(-1.5 + 0.75 * i as f32 + random.between(-0.1, 0.1), 1.12, TRUSS);
            (u, v, random.between(-0.5, 0.5) - 0.4 * u, if i % 2 == 0 { colour } else { accent })
        })
        .collect();
    scene.relit(|u, v, c| {
        beams.iter().fold(c, |sum, (bu, bv, lean, light)| {
            let down = v - bv;
            let wide = 0.022 + 0.13 * down.max(0.0);
            let off = (u - bu - lean * down) / wide;
            let strength =
                smooth(-0.03, 0.03, down) * (-off * off).exp() / (1.0 + 14.0 * down.max(0.0).powi(2));
            plus(sum, times(mix(*light, [0.8; 3], 0.25), 0.13 * strength))
        })
    });
}

fn spots(scene: &mut Layer, camera: &Camera, random: &mut Random, colour: Light, accent: Light) {
    let white = rgb(0xfff2e0);
    for i in 0..9 {
        let x = -1.7 + 0.42 * i as f32 + random.between(-0.08, 0.08);
        let (u, v) = camera.see(x, 1.12 + random.between(-0.05, 0.03), TRUSS);
        let tint = random.pick(&[white, mix(white, colour, 0.6), mix(white, accent, 0.6)]);
        scene.bokeh(u, v, blur_at(TRUSS), times(tint, random.between(0.25, 0.9)));
    }
    for _ in 0..16 {
        let (x, y, z) = (random.between(-2.4, 2.4), random.between(-1.2, 0.9), random.between(5.0, 11.0));
        let (u, v) = camera.see(x, y, z);
        let calm = 0.1 + 0.9 * smooth(0.14, 0.3, u.hypot(0.8 * v));
        let tint = random.pick(&[mix(white, colour, 0.8), mix(white, accent, 0.8), white]);
        scene.bokeh(u, v, blur_at(z), times(tint, random.between(0.02, 0.16) * calm));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Colour;

    #[test]
    fn it_is_lit_in_its_colours() {
        let stage =
            Stage { colour: Colour::new(30, 90, 190), accent: Colour::new(40, 150, 190), ..Stage::default() };
        let picture = paint(&stage, &Shot::new(512, 640, 1));
        let sum = picture.pixels().iter().fold([0.0f32; 3], |s, p| plus(s, *p));
        assert!(sum[2] > 2.0 * sum[0], "{sum:?}");
    }
}
