//! A bright corridor: windows at one side, doors at the other, light panels that run away overhead, a polished floor.

use domain::style::backdrop::Corridor;
use imaging::RgbF;

use crate::backdrop::colour::{Light, light, mix, rgb, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::{FLOOR, Room, Side, blur_at};
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// What a place decides.
struct Plan {
    room: Room,
    /// Metres from door to door, and where the first one is.
    doors: (f32, f32),
    accent: Light,
}

/// Paints the corridor.
pub(in crate::backdrop) fn paint(corridor: &Corridor, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, corridor.light.get());
    let mut random = Random::of_place("corridor", corridor.place);
    let mut camera = shot.camera(0.15, 0.05);
    // Not in the middle of the corridor: its end lies beside the head, not behind it like a halo.
    camera.pan += random.between(0.05, 0.11);
    let plan = Plan {
        room: Room {
            left: -1.15,
            right: random.between(1.3, 1.6),
            ceiling: 0.98,
            back: random.between(17.0, 23.0),
        },
        doors: (random.between(2.8, 3.6), random.between(0.0, 2.0)),
        accent: light(corridor.accent),
    };
    let noise = Noise::new(130 + u64::from(corridor.place));
    let paint = |u: f32, v: f32| {
        let (side, at) = plan.room.meet(&camera, u, v);
        surface(&plan, noise, side, at)
    };
    let scene = Layer::opaque(view, |u, v| {
        let (side, [x, _, z]) = plan.room.meet(&camera, u, v);
        if side != Side::Floor {
            return paint(u, v);
        }
        // A polished floor mirrors what stands at its far end, more so the flatter it is looked at.
        let (mu, mv) = camera.see(x, FLOOR, z);
        let mirrored = paint(mu, 2.0 * camera.tilt - mv);
        mix(paint(u, v), mirrored, 0.2 + 0.25 * smooth(5.0, 16.0, z))
    });
    shot.develop(scene.blur(blur_at(9.0)), 0.1)
}

fn surface(plan: &Plan, noise: Noise, side: Side, [x, y, z]: [f32; 3]) -> Light {
    let white = rgb(0xe6e8e8);
    let far = smooth(4.0, 20.0, z);
    // Pools of light under the panels.
    let pool = 0.5 + 0.5 * (z * 1.9).cos();
    let level = 0.66 + 0.1 * pool + 0.16 * far + 0.02 * noise.layered(z * 0.5, y, 2, 0.5);
    match side {
        Side::Left => {
            // Frosted windows with the day behind them.
            let part = (z + 0.4).rem_euclid(2.2);
            if y > -0.55 && y < 0.85 && part > 0.35 { [1.18, 1.22, 1.24] } else { times(white, level * 0.92) }
        }
        Side::Right => {
            let part = (z + plan.doors.1).rem_euclid(plan.doors.0);
            if part < 0.95 && y < 0.52 {
                let frame = !(0.07..0.88).contains(&part) || y > 0.46;
                times(if frame { rgb(0xb9bcbd) } else { plan.accent }, level)
            } else if (-0.72..-0.6).contains(&y) {
                times(mix(white, plan.accent, 0.55), level)
            } else {
                times(white, level)
            }
        }
        Side::Ceiling => {
            let panel = z.rem_euclid(3.3) < 1.5 && (x - 0.1).abs() < 0.33;
            if panel { [1.5, 1.52, 1.5] } else { times(rgb(0xdfe1e1), level * 0.95) }
        }
        Side::Floor => times(rgb(0xb4b9b9), level * (0.85 + 0.15 * far)),
        Side::Back => {
            // A glass door with a bright hall behind it.
            let door = (x - 0.15).abs() < 0.75 && y < 0.6;
            let bar = (x - 0.15).abs() < 0.05;
            if door && !bar { [1.1, 1.13, 1.14] } else { times(white, 0.8) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;

    #[test]
    fn it_is_bright_throughout() {
        let picture = paint(&Corridor::default(), &Shot::new(512, 640, 1));
        let dark = picture.pixels().iter().filter(|p| luminance(**p) < 0.12).count();
        assert!(dark * 100 < picture.pixels().len(), "{dark}");
    }
}
