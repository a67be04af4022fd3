//! A café, bar or lobby: pendants over the counter, bottles and glasses that catch their light, a window at one side.

use domain::style::backdrop::Lounge;
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{Light, light, plus, rgb, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::{Camera, FLOOR, Room, Side, blur_at};
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// A lamp that hangs in the room: X, Y, Z.
type Pendant = [f32; 3];

/// Paints the room.
pub(in crate::backdrop) fn paint(lounge: &Lounge, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, lounge.light.get());
    let camera = shot.camera(0.14, 0.03);
    let mut random = Random::of_place("lounge", lounge.place);
    let room =
        Room { left: random.between(-1.2, -1.0), right: 2.6, ceiling: 1.5, back: random.between(7.5, 9.0) };
    let (wall, evening) = (light(lounge.wall), lounge.evening.get());
    let noise = Noise::new(150 + u64::from(lounge.place));
    let row = random.between(0.66, 0.8);
    let pendants: Vec<Pendant> = (0..4)
        .map(|i| [row + 0.62 * i as f32 - 0.1, random.between(0.6, 0.72), room.back - 1.6 + 0.1 * i as f32])
        .collect();
    let (day, glow) = (1.15 - 0.85 * evening, 0.3 + 1.1 * evening);
    let back = Layer::opaque(view, |u, v| {
        let (side, [x, y, z]) = room.meet(&camera, u, v);
        let from_window = 0.5 / (1.0 + 0.7 * (x - room.left).max(0.0).powi(2));
        let lamps: f32 = pendants.iter().map(|[px, py, _]| lamp((x - px).hypot(y - py + 0.25), 0.5)).sum();
        let fall = plus(
            times([0.92, 0.97, 1.05], day * (0.2 + from_window)),
            times([1.0, 0.79, 0.58], glow * (0.2 + 0.6 * lamps)),
        );
        let surface = surface(noise, wall, side, [x, y, z]);
        let lit: Light = std::array::from_fn(|c| surface[c] * fall[c]);
        if window(side, y, z) { plus(times([1.2, 1.3, 1.42], day.powi(2)), times(lit, 0.3)) } else { lit }
    });
    let mut scene = back.blur(blur_at(7.5));
    let mut counter = Layer::clear(view);
    bar(&mut counter, &camera, &mut random, &room, day, glow);
    scene = scene.over(&counter.blur(blur_at(6.0)));
    shine(&mut scene, &camera, &mut random, &room, &pendants, glow);
    shot.develop(scene, 0.1)
}

fn window(side: Side, y: f32, z: f32) -> bool {
    side == Side::Left && y > -0.6 && y < 1.0 && z.rem_euclid(1.6) > 0.14
}

fn surface(noise: Noise, wall: Light, side: Side, [x, y, z]: [f32; 3]) -> Light {
    match side {
        Side::Back if y < -0.5 => times(rgb(0x66503f), 1.0 + 0.1 * noise.at(x * 8.0, y)),
        Side::Floor => times(rgb(0x6e5c4c), 1.0 + 0.08 * noise.at(x * 2.0, z)),
        Side::Ceiling => times(wall, 0.55),
        _ => times(wall, 1.0 + 0.09 * noise.layered(x * 1.4 + z, y * 1.4, 4, 0.6)),
    }
}

/// A shelf with bottles on the end wall and the counter's edge.
fn bar(layer: &mut Layer, camera: &Camera, random: &mut Random, room: &Room, day: f32, glow: f32) {
    let z = room.back - 0.3;
    let lit = |x: f32| {
        plus(times([0.92, 0.97, 1.05], day * 0.4), times([1.0, 0.82, 0.64], glow * (0.42 + 0.12 * x)))
    };
    let mut block = |x: f32, y: f32, wide: f32, high: f32, colour: Light| {
        let (left, top) = camera.see(x, y + high, z);
        let (right, bottom) = camera.see(x + wide, y, z);
        let fall = lit(x);
        layer.rect(left, top, right, bottom, |s, _| {
            std::array::from_fn(|c| colour[c] * fall[c] * (1.25 - 0.7 * (s - 0.3).abs()))
        });
    };
    for y in [-0.28f32, 0.14] {
        block(0.05, y - 0.03, 2.4, 0.03, rgb(0x7d5a3c));
        let mut x = 0.08;
        while x < 2.3 {
            let glass = rgb(random.pick(&[0x5a6b4a, 0x8a5a2c, 0xb5a078, 0x3f4a40, 0xc9b48c, 0x6a3322]));
            block(x, y, random.between(0.05, 0.08), random.between(0.16, 0.3), glass);
            x += random.between(0.08, 0.2);
        }
    }
    let (left, top) = camera.see(-0.2, FLOOR + 1.08, 5.6);
    let (right, bottom) = camera.see(3.0, FLOOR, 5.6);
    let fall = lit(0.5);
    layer.rect(left, top, right, bottom, |_, t| {
        let wood = if t < 0.08 { rgb(0x9a744e) } else { rgb(0x4a3b30) };
        std::array::from_fn(|c| wood[c] * fall[c] * (1.1 - 0.5 * t))
    });
}

/// The pendants themselves, and the small lights in bottles and glasses.
fn shine(
    scene: &mut Layer,
    camera: &Camera,
    random: &mut Random,
    room: &Room,
    pendants: &[Pendant],
    glow: f32,
) {
    let warm = rgb(0xffc180);
    for [x, y, z] in pendants {
        let (u, v) = camera.see(*x, *y, *z);
        scene.bokeh(u, v, blur_at(*z) * 1.1, times(rgb(0xffd7a3), 0.35 + 0.9 * glow));
    }
    for _ in 0..30 {
        let (x, y) = (random.between(0.1, 2.4), random.pick(&[-0.2f32, 0.22]) + random.between(-0.05, 0.14));
        let (u, v) = camera.see(x, y, room.back - 0.3);
        scene.bokeh(u, v, blur_at(room.back), times(warm, random.between(0.02, 0.3) * glow));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Unit;

    #[test]
    fn the_evening_is_warmer_and_darker_than_the_day() {
        let measure = |evening: f32| {
            let lounge = Lounge { evening: Unit::clamped(evening), ..Lounge::default() };
            let picture = paint(&lounge, &Shot::new(512, 640, 1));
            let sum = picture.pixels().iter().fold([0.0f32; 3], |s, p| plus(s, *p));
            (sum[0] / sum[2], sum[2])
        };
        let (day, night) = (measure(0.1), measure(1.0));
        assert!(night.0 > 1.3 * day.0 && night.1 < day.1, "{day:?} {night:?}");
    }
}
