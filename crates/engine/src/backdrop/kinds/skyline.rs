//! A glass front high above a city: towers in the haze, the glazing bars near, by dark the lit windows as discs.

use domain::style::backdrop::{Skyline, Time};
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{Light, mix, plus, rgb, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::{blur_at, blur_at_infinity};
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// V of the horizon: the camera looks a little down on the city.
const HORIZON: f32 = 0.08;
/// V below which no picture reaches.
const BELOW: f32 = 1.3;
/// Metres to the glass.
const GLASS: f32 = 3.4;

struct Hour {
    high: Light,
    low: Light,
    glow: Light,
    tower: Light,
    lamps: f32,
}

fn hour(time: Time) -> Hour {
    match time {
        Time::Day => Hour {
            high: rgb(0xaec6dc),
            low: rgb(0xeef0ee),
            glow: rgb(0xfff8ec),
            tower: rgb(0x6f7b87),
            lamps: 0.0,
        },
        Time::Dusk => Hour {
            high: rgb(0x3c4f74),
            low: rgb(0xd39f83),
            glow: rgb(0xf0b98a),
            tower: rgb(0x333a4a),
            lamps: 0.55,
        },
        Time::Night => Hour {
            high: rgb(0x10151f),
            low: rgb(0x2d2f3d),
            glow: rgb(0x4a4350),
            tower: rgb(0x12151c),
            lamps: 0.9,
        },
    }
}

/// Paints the view and the glass before it.
pub(in crate::backdrop) fn paint(skyline: &Skyline, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, skyline.light.get());
    let hour = hour(skyline.time);
    let mut random = Random::of_place("skyline", skyline.place);
    let noise = Noise::new(120 + u64::from(skyline.place));
    let shift = 0.03 * shot.pan;
    let level = HORIZON + 0.012 * shot.lift;
    let mut city = Layer::opaque(view, |u, v| {
        let glow = lamp((u + shift + 0.6).hypot(v - level + 0.1), 0.6);
        let clouds = noise.layered((u + shift) * 1.5, v * 5.0, 4, 0.55);
        let sky = mix(hour.low, hour.high, smooth(level + 0.02, level - 0.55, v));
        plus(times(sky, 0.95 + 0.06 * clouds), times(hour.glow, 0.3 * glow * luminous(&hour)))
    });
    let half = view.half_width().max(0.9);
    let mut lights = Vec::new();
    for (row, haze) in [0.72f32, 0.45, 0.14].into_iter().enumerate() {
        // Nearer towers are larger and reach farther down.
        let size = 1.0 + 0.65 * row as f32;
        let mut u = -half - 0.1;
        while u < half + 0.1 {
            let wide = random.between(0.035, 0.085) * size;
            let tall = random.between(0.01, 0.13) * size * if random.chance(0.2) { 1.7 } else { 1.0 };
            // Low behind the head: towers frame it.
            let tall = tall * (0.5 + 0.5 * smooth(0.02, 0.25, u.abs()));
            let top = level - tall + 0.055 * row as f32;
            let tone = random.between(0.65, 1.45);
            tower(&mut city, &mut random, &hour, (u - shift, top, wide, haze, tone), &mut lights);
            u += wide * random.between(0.75, 1.3);
        }
    }
    let mut scene = city.blur(blur_at_infinity());
    for (u, v, colour) in lights {
        scene.bokeh(u, v, blur_at_infinity() * random.between(0.85, 1.05), times(colour, hour.lamps));
    }
    let glass = bars(shot, view, &hour);
    scene = scene.over(&glass.blur(blur_at(GLASS)));
    // The room behind the camera mirrors faintly in the glass.
    scene.relit(|u, v, c| plus(times(c, 0.97), times(rgb(0xcfc4b4), 0.018 * smooth(0.1, -0.4, v - 0.2 * u))));
    shot.develop(scene, 0.08)
}

fn luminous(hour: &Hour) -> f32 {
    0.2 + 0.8 * hour.low[0]
}

/// One tower with its windows, and the lamps in it.
fn tower(
    city: &mut Layer,
    random: &mut Random,
    hour: &Hour,
    (left, top, wide, haze, tone): (f32, f32, f32, f32, f32),
    lights: &mut Vec<(f32, f32, Light)>,
) {
    let wall = times(mix(hour.tower, hour.low, haze), tone);
    let (floors, offset) = (random.between(0.011, 0.019), random.unit());
    city.rect(left, top, left + wide, BELOW, |s, t| {
        let down = t * (BELOW - top);
        let band = if (down / floors + offset).fract() < 0.5 { 0.93 } else { 1.08 };
        // The side toward the light, and the haze that rises from the streets.
        let side = if s < 0.35 { 1.14 } else { 0.92 };
        mix(times(wall, band * side), hour.low, 0.3 * smooth(0.05, 0.5, down) * haze)
    });
    let number = (random.unit() * 9.0 * (1.2 - haze)) as usize;
    for _ in 0..number {
        let (u, v) = (left + wide * random.unit(), top + random.between(0.01, 0.4));
        let warm = random.pick(&[rgb(0xffc98f), rgb(0xffdcb0), rgb(0xfff0dc), rgb(0xf2a56a), rgb(0xd6e2f2)]);
        let calm = 0.1 + 0.9 * smooth(0.12, 0.3, u.hypot(0.8 * v));
        lights.push((u, v, times(warm, random.between(0.06, 0.5) * calm)));
    }
}

/// Glazing bars at both sides of the head, and the sill.
fn bars(shot: &Shot, view: crate::backdrop::view::View, hour: &Hour) -> Layer {
    let camera = shot.camera(0.12, 0.0);
    let mut layer = Layer::clear(view);
    let metal = times(mix(rgb(0x3c3f43), hour.low, 0.08), 0.25 + 0.6 * luminous(hour));
    for i in -3..=3 {
        let x = -0.44 + 1.15 * i as f32;
        let (left, top) = camera.see(x - 0.028, 2.0, GLASS);
        let (right, bottom) = camera.see(x + 0.028, -2.0, GLASS);
        layer.rect(left, top, right, bottom, |s, _| times(metal, 1.25 - 0.6 * s));
    }
    let (left, top) = camera.see(-4.0, -0.58, GLASS);
    let (right, bottom) = camera.see(4.0, -0.64, GLASS);
    layer.rect(left, top, right, bottom, |_, t| times(metal, 1.4 - 0.7 * t));
    layer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;

    #[test]
    fn the_sky_is_above_the_city_at_every_hour() {
        for time in [Time::Day, Time::Dusk] {
            let picture = paint(&Skyline { time, ..Skyline::default() }, &Shot::new(640, 800, 1));
            let row = |y: usize| picture.row(y).iter().map(|p| luminance(*p)).sum::<f32>();
            assert!(row(200) > row(600), "{time:?}");
        }
    }
}
