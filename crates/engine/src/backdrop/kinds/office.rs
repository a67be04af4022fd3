//! An open office: windows along one side, a quiet wall at the end, desks with monitors, plants, lamps overhead.

use domain::style::backdrop::Office;
use imaging::RgbF;

use super::foliage::{Clump, Leaves, clump};
use crate::backdrop::colour::{Light, light, mix, rgb, smooth, through, times, warmed};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::{Camera, FLOOR, Room, Side, blur_at};
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// What a place decides.
struct Plan {
    room: Room,
    /// X up to which the end wall is glass.
    glass: f32,
    /// Width of a window.
    bay: f32,
    /// What the end wall is.
    end: End,
}

/// The wall that faces the camera.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Paint, with a picture on it.
    Plain,
    /// Upright slats of wood.
    Slats,
    /// Glass, and another lit room behind it.
    Meeting,
}

/// Paints the office.
pub(in crate::backdrop) fn paint(office: &Office, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, office.light.get());
    let camera = shot.camera(0.22, 0.02);
    let mut random = Random::of_place("office", office.place);
    let plan = Plan {
        room: Room {
            left: random.between(-1.75, -1.4),
            right: 3.4,
            ceiling: 1.2,
            back: random.between(9.5, 12.5),
        },
        glass: random.between(-1.0, -0.8),
        bay: random.between(1.25, 1.7),
        end: [End::Slats, End::Meeting, End::Plain][usize::from(office.place) % 3],
    };
    let noise = Noise::new(110 + u64::from(office.place));
    let (wall, warmth) = (light(office.wall), office.warmth.get());
    let daylight = [1.45, 1.5, 1.55];
    let back = Layer::opaque(view, |u, v| {
        let (side, at) = plan.room.meet(&camera, u, v);
        inside(&plan, noise, wall, warmth, daylight, side, at)
    });
    let mut scene = back.blur(blur_at(9.0));

    let mut far = Layer::clear(view);
    furnish(&mut far, &camera, &mut random, &plan, warmth);
    scene = scene.over(&far.blur(blur_at(7.0)));
    lamps(&mut scene, &camera, warmth);

    let mut near = Layer::clear(view);
    desk(&mut near, &camera, &mut random, warmth);
    scene = scene.over(&near.blur(blur_at(4.6)));
    shot.develop(scene, 0.09)
}

/// The light that reaches a place from the windows at the left and the lamps above.
fn daylit(x: f32, z: f32) -> f32 {
    0.34 + 0.62 / (1.0 + 0.55 * (x + 1.6).max(0.0).powi(2)) + 0.01 * z
}

fn inside(
    plan: &Plan,
    noise: Noise,
    wall: Light,
    warmth: f32,
    sky: Light,
    side: Side,
    [x, y, z]: [f32; 3],
) -> Light {
    let lit = daylit(x, z);
    let uneven = 1.0 + 0.03 * noise.layered(x + z * 0.4, y * 1.2, 3, 0.6);
    match side {
        Side::Left => window(plan, noise, sky, z, y).unwrap_or_else(|| times(wall, 0.6)),
        Side::Back if x < plan.glass => {
            window(plan, noise, sky, x + 40.0, y).unwrap_or_else(|| times(wall, 0.5))
        }
        Side::Back => {
            if plan.end == End::Slats && x > plan.glass + 0.3 {
                let slat = smooth(0.1, 0.4, ((x * 11.0).fract() - 0.5).abs() * 2.0);
                let wood = mix(rgb(0xa58a6c), rgb(0x8a6a4c), warmth);
                return times(wood, lit * (0.45 + 0.5 * slat) * uneven);
            }
            if plan.end == End::Meeting && x > plan.glass + 0.3 && y < 0.75 {
                return times(meeting_room(wall, warmth, x - plan.glass, y), uneven);
            }
            let skirting = if y < FLOOR + 0.12 { 0.6 } else { 1.0 };
            times(wall, lit * uneven * skirting)
        }
        Side::Right => times(wall, 0.5 * uneven),
        Side::Ceiling => times(rgb(0xd5d5d3), (0.62 * lit + 0.1) * uneven),
        Side::Floor => {
            let carpet = mix(rgb(0x77787a), rgb(0x8a7561), warmth);
            let sun = smooth(0.35, 0.0, (x + 0.9 - 0.15 * z.fract()).abs());
            times(carpet, lit * (0.8 + 0.5 * sun))
        }
    }
}

/// The room behind the glass: its own lamps, a far wall in two tones, the frames of the glass.
fn meeting_room(wall: Light, warmth: f32, x: f32, y: f32) -> Light {
    if x.rem_euclid(1.05) < 0.05 || y > 0.7 {
        return rgb(0x55585b);
    }
    let lamp = (y - 0.5).abs() < 0.05 && x.rem_euclid(1.05) > 0.3 && x.rem_euclid(1.05) < 0.85;
    if lamp {
        return warmed([1.2; 3], 0.2 + 0.3 * warmth);
    }
    let far = mix(rgb(0x8fa0a8), rgb(0xb0967a), warmth);
    let tone = if x < 1.5 { mix(wall, far, 0.35) } else { far };
    let table = if y < -0.8 { 0.55 } else { 1.0 };
    times(warmed(tone, 0.1 + 0.15 * warmth), (0.62 + 0.14 * y) * table)
}

/// What is seen through the windows: a bright sky, houses and trees far below it; `None` where there is frame or wall.
fn window(plan: &Plan, noise: Noise, sky: Light, along: f32, y: f32) -> Option<Light> {
    let part = along.rem_euclid(plan.bay);
    let frame = part < 0.09 || y > 0.98 || (0.52..0.57).contains(&y);
    if y < -0.68 {
        return None;
    }
    if frame {
        return Some(rgb(0x84878a));
    }
    let roofs = -0.12 + 0.22 * noise.layered(along * 0.9, 3.0, 2, 0.5);
    let outside = mix(times(rgb(0xa9b3b5), 0.95), sky, smooth(roofs - 0.1, roofs + 0.12, y));
    Some(through(outside, [1.0 + 0.06 * noise.at(along * 2.0, y * 2.0); 3]))
}

/// What stands at the far end: a cupboard or shelf, a picture, a tall plant.
fn furnish(layer: &mut Layer, camera: &Camera, random: &mut Random, plan: &Plan, warmth: f32) {
    let z = plan.room.back - 1.2;
    let mut block = |x: f32, y: f32, wide: f32, high: f32, colour: Light| {
        let (left, top) = camera.see(x, y + high, z);
        let (right, bottom) = camera.see(x + wide, y, z);
        let lit = daylit(x, z);
        layer.rect(left, top, right, bottom, |s, t| times(colour, lit * (1.1 - 0.3 * s - 0.15 * t)));
    };
    let wood = mix(rgb(0xb5aa9b), rgb(0xa07a55), warmth);
    let cupboard =
        (plan.glass + random.between(0.3, 0.8), random.between(0.9, 1.7), random.between(0.85, 1.2));
    block(cupboard.0, FLOOR, cupboard.1, cupboard.2, wood);
    if plan.end == End::Plain {
        let frame = (plan.glass + random.between(0.75, 1.0), random.between(0.0, 0.12));
        block(frame.0, frame.1, 0.72, 0.5, rgb(0x4c4c4c));
        block(frame.0 + 0.04, frame.1 + 0.04, 0.64, 0.42, rgb(random.pick(&[0xa8b0ad, 0xb5a48c, 0x8d9aa6])));
    }
    for _ in 0..5 {
        let x = cupboard.0 + (cupboard.1 - 0.2) * random.unit();
        let tone = rgb(random.pick(&[0x5a5f66, 0xa39b8e, 0x6f7f86, 0x8a6a55]));
        block(x, FLOOR + cupboard.2, random.between(0.05, 0.2), random.between(0.1, 0.3), tone);
    }
    let leaves = Leaves { shade: rgb(0x2a3627), sun: rgb(0x67794f), through: rgb(0x93a266) };
    let (u, v) = camera.see(plan.glass - 0.1, -0.45, z - 0.6);
    for _ in 0..5 {
        let at = (u + random.between(-0.05, 0.05), v + random.between(-0.09, 0.12));
        clump(layer, random, leaves, Clump { at, radii: (0.05, 0.055), lit: 0.8 }, 45, 0.013);
    }
}

/// Rows of light strips under the ceiling: discs so close together that they run into one.
fn lamps(scene: &mut Layer, camera: &Camera, warmth: f32) {
    let glow = warmed([1.3; 3], 0.15 + 0.4 * warmth);
    for row in [0.62f32, 2.0] {
        for strip in 0..3 {
            for i in 0..14 {
                let z = 5.6 + 1.9 * strip as f32 + 0.09 * i as f32;
                let (u, v) = camera.see(row, 1.12, z);
                scene.bokeh(u, v, blur_at(z), times(glow, 0.075));
            }
        }
    }
}

/// The next desk: monitors and a plant, below the shoulders and at the sides.
fn desk(layer: &mut Layer, camera: &Camera, random: &mut Random, warmth: f32) {
    let z = 4.8;
    let mut block = |x: f32, y: f32, wide: f32, high: f32, top_colour: Light, colour: Light| {
        let (left, top) = camera.see(x, y + high, z);
        let (right, bottom) = camera.see(x + wide, y, z);
        layer.rect(left, top, right, bottom, |s, t| {
            let lit = daylit(x + s * wide, z) * (1.0 - 0.25 * s);
            times(if t < 0.12 { top_colour } else { colour }, lit)
        });
    };
    let wood = mix(rgb(0xcfc9c0), rgb(0xb08a62), warmth);
    block(-2.5, FLOOR, 5.0, 0.74, wood, rgb(0x6b6b6b));
    for x in [random.between(-1.15, -0.95), random.between(0.42, 0.6)] {
        block(x + 0.22, FLOOR + 0.7, 0.12, 0.2, rgb(0x8f9194), rgb(0x8f9194));
        block(x, FLOOR + 0.86, 0.56, 0.36, rgb(0x2b2d30), rgb(0x34383d));
    }
    let leaves = Leaves { shade: rgb(0x26311f), sun: rgb(0x6b7f4c), through: rgb(0x9cab69) };
    let (u, v) = camera.see(random.between(0.78, 0.92), -0.42, z);
    for _ in 0..4 {
        let at = (u + random.between(-0.05, 0.05), v + random.between(-0.06, 0.06));
        clump(layer, random, leaves, Clump { at, radii: (0.06, 0.06), lit: 0.7 }, 40, 0.018);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;

    #[test]
    fn the_windows_are_the_brightest_part_and_outshine_paper() {
        let picture = paint(&Office::default(), &Shot::new(640, 800, 1));
        let column = |x: usize| (150..350).map(|y| luminance(picture.get(x, y))).sum::<f32>() / 200.0;
        assert!(column(60) > 1.6 * column(560), "{} {}", column(60), column(560));
        assert!(picture.pixels().iter().any(|p| luminance(*p) > 0.95));
    }
}
