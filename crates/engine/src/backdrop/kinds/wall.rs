//! A wall of a material, a good metre behind the person, in light that grazes it from one side.
//!
//! Materials are painted in metres: a brick is a brick in every picture.

use domain::style::backdrop::{Material, Wall};
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{Light, light, mix, rgb, smooth, times, warmed};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::blur_at;
use crate::backdrop::noise::Noise;
use crate::backdrop::random::mix as mixed;
use crate::backdrop::shot::{SCENE, Shot};

/// Metres from the camera.
const DISTANCE: f32 = 3.3;

/// Paints the wall.
pub(in crate::backdrop) fn paint(wall: &Wall, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, wall.light.get());
    let camera = shot.camera(0.12, 0.0);
    let noise = Noise::new(mixed(u64::from(wall.place)) ^ 0x77);
    let colour = wall.colour.map_or_else(|| own_colour(wall.material), light);
    let side = wall.light.get().abs();
    let shift = 0.31 * f32::from(wall.place);
    let scene = Layer::opaque(view, |u, v| {
        let (x, y) = camera.see_on(u, v, DISTANCE);
        let (x, y) = (x + shift, y + 0.6 * shift);
        let surface = match wall.material {
            Material::Brick => brick(colour, noise, x, y),
            Material::Concrete => concrete(colour, noise, x, y),
            Material::Plaster => plaster(colour, noise, x, y),
            Material::Wood => boards(colour, noise, x, y),
            Material::Panelling => panelling(colour, noise, x, y),
            Material::Acoustic => felt(colour, noise, x, y),
        };
        let reach = lamp((u + 0.55 * side).hypot(v + 0.2), 0.85);
        let lit = warmed(surface, 0.12 * (reach - 0.6));
        times(lit, 0.3 + 0.85 * reach)
    });
    shot.develop(scene.blur(blur_at(DISTANCE)), 0.02)
}

fn own_colour(material: Material) -> Light {
    rgb(match material {
        Material::Brick => 0x8c6555,
        Material::Concrete => 0xa5a39f,
        Material::Plaster => 0xc6bdb0,
        Material::Wood => 0x93704f,
        Material::Panelling => 0x5d4030,
        Material::Acoustic => 0x55585c,
    })
}

/// An even number, −1 to 1, for a piece of the wall.
fn piece(column: f32, row: f32, salt: u64) -> f32 {
    let n = mixed((column as i64 as u64).wrapping_mul(0x9e37) ^ mixed(row as i64 as u64 ^ (salt << 32)));
    (n >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

/// Metres to the nearest joint of a grid of pieces of `size`.
fn joint(at: f32, size: f32) -> f32 {
    let part = at.rem_euclid(size);
    part.min(size - part)
}

fn brick(colour: Light, noise: Noise, x: f32, y: f32) -> Light {
    const HIGH: f32 = 0.077;
    const LONG: f32 = 0.25;
    // Bricks are laid by hand: courses wave by some millimetres.
    let y = y + 0.004 * noise.at(x * 2.5, y * 4.0);
    let row = (y / HIGH).floor();
    let x = x + 0.5 * LONG * row.rem_euclid(2.0) + 0.012 * piece(0.0, row, 1);
    let column = (x / LONG).floor();
    let fired = piece(column, row, 2);
    let burnt = smooth(0.55, 0.95, piece(column, row, 3));
    let mut face = times(colour, 1.0 + 0.16 * fired + 0.12 * noise.layered(x * 9.0, y * 9.0, 3, 0.6));
    face = warmed(face, 0.16 * piece(column, row, 4));
    face = mix(face, rgb(0x5c4d46), 0.5 * burnt);
    let mortar = times(mix(rgb(0x8f877d), colour, 0.3), 1.0 + 0.1 * noise.at(x * 12.0, y * 12.0));
    let edge = joint(y, HIGH).min(joint(x, LONG));
    mix(mortar, face, smooth(0.004, 0.008, edge))
}

fn concrete(colour: Light, noise: Noise, x: f32, y: f32) -> Light {
    let (x, y) = (x + 0.52, y + 0.36);
    let clouds = noise.layered(x * 1.6, y * 1.6, 5, 0.62);
    let runs = noise.layered(x * 7.0, y * 0.9, 2, 0.5);
    let panel = piece((x / 1.1).floor(), (y / 0.75).floor(), 5);
    let seam = 1.0 - 0.3 * smooth(0.007, 0.003, joint(x, 1.1).min(joint(y, 0.75)));
    let (hx, hy) = (joint(x + 0.275, 0.55), joint(y + 0.375, 0.75));
    let hole = 1.0 - 0.45 * smooth(0.016, 0.011, hx.hypot(hy));
    times(warmed(colour, 0.05 * clouds), (1.0 + 0.085 * clouds + 0.04 * runs + 0.03 * panel) * seam * hole)
}

fn plaster(colour: Light, noise: Noise, x: f32, y: f32) -> Light {
    let (a, b) = (noise.at(x * 2.0, y * 2.0), noise.at(x * 2.0 + 30.0, y * 2.0));
    let trowel = noise.layered(x * 2.2 + 0.5 * a, y * 3.0 + 0.5 * b, 4, 0.6);
    let bare = smooth(0.2, 1.3, noise.layered(x * 1.1 - 8.0, y * 1.1, 3, 0.6));
    times(warmed(colour, 0.07 * trowel - 0.05 * bare), 1.0 + 0.075 * trowel - 0.09 * bare)
}

fn boards(colour: Light, noise: Noise, x: f32, y: f32) -> Light {
    const WIDE: f32 = 0.135;
    let board = (x / WIDE).floor();
    let tone = piece(board, 0.0, 6);
    let along = y + 3.0 * tone;
    let figure = noise.layered(x * 22.0 + 0.8 * noise.at(x * 3.0, along), along * 1.3, 3, 0.6);
    let gap = 1.0 - 0.72 * smooth(0.006, 0.002, joint(x, WIDE));
    times(warmed(colour, 0.07 * piece(board, 1.0, 7)), (1.0 + 0.17 * tone + 0.11 * figure) * gap)
}

fn panelling(colour: Light, noise: Noise, x: f32, y: f32) -> Light {
    const WIDE: f32 = 0.62;
    const HIGH: f32 = 0.86;
    let (px, py) = ((x + 0.31).rem_euclid(WIDE), (y + 0.5).rem_euclid(HIGH));
    let (dx, dy) = (px.min(WIDE - px), py.min(HIGH - py));
    let inside = dx.min(dy);
    // Frame, then a moulding that falls inward, then the field.
    let moulding = smooth(0.065, 0.072, inside) * smooth(0.105, 0.098, inside);
    let faces_light = if dx < dy {
        if px < 0.5 * WIDE { -1.0 } else { 1.0 }
    } else if py < 0.5 * HIGH {
        0.6
    } else {
        -0.6
    };
    let upright = dx < 0.07 || inside > 0.1;
    let (a, b) = if upright { (x * 26.0, y * 1.6) } else { (x * 1.6, y * 26.0) };
    let figure = noise.layered(a + 0.7 * noise.at(x * 2.0, y * 2.0), b, 3, 0.6);
    times(colour, (1.0 + 0.12 * figure) * (1.0 + 0.5 * moulding * faces_light))
}

fn felt(colour: Light, noise: Noise, x: f32, y: f32) -> Light {
    const SIZE: f32 = 0.3;
    let (column, row) = (((x + 0.15) / SIZE).floor(), (y / SIZE).floor());
    let edge = joint(x + 0.15, SIZE).min(joint(y, SIZE));
    let bevel = smooth(0.0, 0.022, edge);
    let tone = 0.07 * piece(column, row, 8) + 0.03 * noise.layered(x * 30.0, y * 30.0, 2, 0.6);
    times(colour, (1.0 + tone) * (0.55 + 0.45 * bevel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_keeps_its_average_colour() {
        for (material, limit) in [(Material::Brick, 0.25), (Material::Concrete, 0.08), (Material::Wood, 0.2)]
        {
            let base = own_colour(material);
            let noise = Noise::new(3);
            let mut sum = 0.0;
            for i in 0..10_000 {
                let (x, y) = ((i % 100) as f32 * 0.023, (i / 100) as f32 * 0.017);
                sum += match material {
                    Material::Brick => brick(base, noise, x, y),
                    Material::Concrete => concrete(base, noise, x, y),
                    _ => boards(base, noise, x, y),
                }[1];
            }
            let mean = sum / 10_000.0 / base[1];
            assert!((mean - 1.0).abs() < limit, "{material:?} {mean}");
        }
    }
}
