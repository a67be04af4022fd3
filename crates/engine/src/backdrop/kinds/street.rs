//! A street that runs away from the camera: fronts at both sides, sky at its end, lamps as discs.

use domain::style::backdrop::{Street, Time};
use imaging::RgbF;

use crate::backdrop::colour::{Light, mix, rgb, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::{Camera, FLOOR, Room, Side, blur_at};
use crate::backdrop::noise::Noise;
use crate::backdrop::random::{Random, mix as mixed};
use crate::backdrop::shot::{SCENE, Shot};

/// What the hour changes.
struct Hour {
    zenith: Light,
    low: Light,
    /// How brightly the fronts are lit by the sky.
    fronts: f32,
    /// How strong the lamps are.
    lamps: f32,
    /// The share of lit windows.
    lit: f32,
}

fn hour(time: Time) -> Hour {
    match time {
        Time::Day => Hour { zenith: rgb(0xc4d3e0), low: rgb(0xf4f3ee), fronts: 0.85, lamps: 0.12, lit: 0.06 },
        Time::Dusk => Hour { zenith: rgb(0x405375), low: rgb(0xc79a80), fronts: 0.2, lamps: 0.75, lit: 0.4 },
        Time::Night => Hour { zenith: rgb(0x0f1420), low: rgb(0x2a2a33), fronts: 0.05, lamps: 1.0, lit: 0.4 },
    }
}

/// Paints the street.
pub(in crate::backdrop) fn paint(street: &Street, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, street.light.get());
    let camera = shot.camera(0.35, 0.1);
    let hour = hour(street.time);
    let mut random = Random::of_place("street", street.place);
    let noise = Noise::new(100 + u64::from(street.place));
    let (left, right) = (random.between(-5.2, -4.2), random.between(4.6, 6.5));
    let room = Room { left, right, ceiling: 400.0, back: 160.0 };
    let salt = mixed(u64::from(street.place) ^ 0x57);
    let back = Layer::opaque(view, |u, v| {
        let (side, [x, y, z]) = room.meet(&camera, u, v);
        let sky = mix(hour.low, hour.zenith, smooth(0.14, -0.55, v + 0.2 * u));
        match side {
            Side::Ceiling | Side::Back => sky,
            Side::Floor => {
                let near = (10.0 / z).min(1.0);
                let wet = noise.layered(x * 0.7, z * 0.25, 3, 0.6);
                let road = mix(times(rgb(0x6d6b69), hour.fronts), times(hour.low, 0.45), 0.45 - 0.3 * near);
                times(road, 1.0 + 0.12 * wet)
            }
            Side::Left | Side::Right => {
                let front = front(&hour, noise, salt, side, y, z);
                // Houses have an end; then there is sky again. Far fronts fade into the air.
                let roof = 8.0 + 4.0 * step(salt, (z / 13.0) as u64, u64::from(side == Side::Left));
                let air = mix(front, mix(hour.low, sky, 0.4), 0.55 * smooth(18.0, 150.0, z));
                if y > roof { sky } else { air }
            }
        }
    });
    let mut scene = back.blur(blur_at(30.0));
    lamps(&mut scene, &camera, &mut random, &hour, street.time, (left, right));
    shot.develop(scene, 0.08)
}

/// An even number, 0 to 1, for a piece of a front.
fn step(salt: u64, a: u64, b: u64) -> f32 {
    (mixed(salt ^ a.wrapping_mul(0x9e37_79b9) ^ mixed(b)) >> 40) as f32 / (1u64 << 24) as f32
}

/// The front of the houses at height `y` and distance `z`.
fn front(hour: &Hour, noise: Noise, salt: u64, side: Side, y: f32, z: f32) -> Light {
    let at_left = side == Side::Left;
    let house = (z / 13.0) as u64;
    let tone = step(salt, house, 2 + u64::from(at_left));
    let stone = mix(rgb(0x9a8674), rgb(0xc9bdae), tone);
    // The sky lights the right side, as the street's light is at the left.
    let facing = if at_left { 0.6 } else { 1.0 };
    let weathered = 1.0 + 0.08 * noise.layered(z * 0.5, y * 0.5, 3, 0.6);
    let wall = times(stone, hour.fronts * facing * weathered);
    let storey = ((y - FLOOR) / 3.3).floor();
    let (py, pz) = ((y - FLOOR).rem_euclid(3.3), z.rem_euclid(2.6));
    let column = (z / 2.6) as u64;
    if storey < 1.0 {
        // Shops: wide panes, most of them lit when it is dark.
        let pane = py > 0.5 && py < 2.7 && pz > 0.25;
        let on = step(salt, column / 2, 9 + u64::from(at_left));
        let glass = mix(
            times(rgb(0x5c6468), hour.fronts),
            times(rgb(0xe8b878), 0.2 + 0.75 * on),
            if on > 0.35 { hour.lamps } else { 0.15 * hour.lamps },
        );
        return if pane { glass } else { times(wall, 0.6) };
    }
    let pane = py > 0.8 && py < 2.6 && pz > 0.7 && pz < 1.9;
    if !pane {
        return wall;
    }
    let on = step(salt, column, storey as u64 * 7 + u64::from(at_left)) < hour.lit;
    if on { times(rgb(0xe3b27c), 0.25 + 0.4 * hour.lamps) } else { times(rgb(0x5d6870), 0.6 * hour.fronts) }
}

/// Street lamps, cars and signs, and what of them the road mirrors.
fn lamps(
    scene: &mut Layer,
    camera: &Camera,
    random: &mut Random,
    hour: &Hour,
    time: Time,
    (left, right): (f32, f32),
) {
    let strength = if time == Time::Day { 0.1 } else { hour.lamps };
    let mut shine = |x: f32, y: f32, z: f32, colour: Light, power: f32| {
        let (u, v) = camera.see(x, y, z);
        // Few and faint behind the face.
        let calm = 0.12 + 0.88 * smooth(0.12, 0.3, u.hypot(0.8 * v));
        scene.bokeh(u, v, blur_at(z), times(colour, power * strength * calm));
        if y < 0.4 {
            let (mu, mv) = camera.see(x, 2.0 * FLOOR - y, z);
            scene.bokeh(mu, mv, blur_at(z) * 1.2, times(colour, 0.12 * power * strength * calm));
        }
    };
    let (warm, white) = (rgb(0xffc58a), rgb(0xfff0da));
    for i in 0..7 {
        let z = 16.0 + 11.0 * i as f32;
        shine(left + 0.9, 3.2, z, warm, 1.0 / (1.0 + 0.12 * i as f32));
        shine(right - 0.9, 3.2, z + 5.0, warm, 1.0 / (1.0 + 0.12 * i as f32));
    }
    for _ in 0..26 {
        let side = if random.chance(0.5) { left + 0.3 } else { right - 0.3 };
        let colour = random.pick(&[warm, white, rgb(0xffd9a0), rgb(0xf0a870), rgb(0xd8e4f0), rgb(0xe08868)]);
        shine(side, random.between(-0.6, 2.6), random.between(14.0, 70.0), colour, random.between(0.1, 0.5));
    }
    for _ in 0..9 {
        let (x, z) = (random.between(left + 1.8, right - 1.8), random.between(28.0, 110.0));
        let away = random.chance(0.5);
        let (colour, power) = if away { (rgb(0xd8402c), 0.3) } else { (white, 0.42) };
        shine(x - 0.65, -0.9, z, colour, power);
        shine(x + 0.65, -0.9, z, colour, power);
    }
    for _ in 0..3 {
        let (x, z) = (random.between(left + 1.0, right - 1.0), random.between(30.0, 90.0));
        shine(x, random.between(1.2, 2.4), z, random.pick(&[rgb(0x58c08a), rgb(0xe04a35)]), 0.4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;

    #[test]
    fn it_grows_darker_from_day_to_night_and_the_lamps_stay() {
        let measure = |time| {
            let picture = paint(&Street { time, ..Street::default() }, &Shot::new(512, 640, 1));
            let mut levels: Vec<f32> = picture.pixels().iter().map(|p| luminance(*p)).collect();
            levels.sort_by(f32::total_cmp);
            (levels[levels.len() / 2], levels[levels.len() - levels.len() / 100])
        };
        let (day, dusk, night) = (measure(Time::Day), measure(Time::Dusk), measure(Time::Night));
        assert!(day.0 > 2.0 * dusk.0 && dusk.0 > 2.0 * night.0, "{day:?} {dusk:?} {night:?}");
        assert!(night.1 > 0.3, "{night:?}");
    }
}
