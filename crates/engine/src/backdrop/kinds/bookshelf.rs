//! A shelf full of books: rows of spines of uneven width and height, some leaning, in the shade of the board above.

use domain::style::backdrop::{Books, Bookshelf};
use imaging::RgbF;

use crate::backdrop::colour::{Light, light, mix, rgb, smooth, times, warmed};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::{Camera, blur_at};
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// Metres from the camera to the spines.
const DISTANCE: f32 = 4.1;
/// Metres from board to board, and a board's thickness.
const STOREY: f32 = 0.335;
const BOARD: f32 = 0.026;
/// Metres between uprights.
const BAY: f32 = 0.92;

const MIXED: [u32; 14] = [
    0x6b4a3a, 0x7d2f2c, 0x2f4157, 0x37503f, 0x9b8c70, 0x8d7a5c, 0x40434a, 0xa39985, 0x5a3b46, 0x54707a,
    0xa1793f, 0x2b2d33, 0x8a8f86, 0x9b4f35,
];
const LEATHER: [u32; 6] = [0x6a3b27, 0x5b2a22, 0x7a5230, 0x46301f, 0x2f3a35, 0x83603a];
const PALE: [u32; 8] = [0xe2dccf, 0xcfc7b8, 0xb9c0c0, 0xd8cdbf, 0xa9b3ad, 0xeae6dd, 0xc9b4a0, 0x8e9aa3];

/// Paints the shelf.
pub(in crate::backdrop) fn paint(shelf: &Bookshelf, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, shelf.light.get());
    let camera = shot.camera(0.1, 0.0);
    let wood = light(shelf.wood);
    let mut layer = Layer::opaque(view, |_, _| times(wood, 0.34));
    let reach = (view.half_width() + 0.2) * 0.4235 * DISTANCE;
    let bays = (reach / BAY).ceil() as i32 + 1;
    for bay in -bays..=bays {
        for storey in -5..=5 {
            let mut random = Random::of_place(
                "bookshelf",
                shelf.place ^ ((bay + 64) as u16) << 8 ^ ((storey + 8) as u16) << 4,
            );
            let floor = storey as f32 * STOREY + 0.07;
            fill(&mut layer, &camera, &mut random, shelf.books, (bay as f32 * BAY + 0.42, floor));
        }
    }
    boards(&mut layer, &camera, wood, bays);
    let side = shelf.light.get().abs();
    let scene_light = Noise::new(51);
    let mut scene = layer.blur(blur_at(DISTANCE));
    scene.relit(|u, v, colour| {
        let level =
            1.1 - 0.75 * side * (u + 0.1) - 0.35 * (v - 0.1) + 0.05 * scene_light.at(u * 3.0, v * 3.0);
        warmed(times(colour, level.max(0.25)), 0.06)
    });
    shot.develop(scene, 0.06)
}

/// Puts books on one board of one bay, whose left lower corner is given in metres.
fn fill(layer: &mut Layer, camera: &Camera, random: &mut Random, books: Books, (left, floor): (f32, f32)) {
    let (palette, density): (&[u32], f32) = match books {
        Books::Mixed => (&MIXED, 0.93),
        Books::Leather => (&LEATHER, 1.0),
        Books::Pale => (&PALE, 0.86),
    };
    let right = left + BAY - 0.035;
    let mut x = left + 0.005;
    while x < right - 0.02 {
        if !random.chance(density) {
            x += random.between(0.05, 0.22);
            continue;
        }
        // A series has one binding.
        let volumes = if books == Books::Leather || random.chance(0.2) {
            3 + (random.unit() * 6.0) as usize
        } else {
            1
        };
        let cloth = worn(rgb(random.pick(palette)), random);
        let (width, height) = (random.between(0.018, 0.05), random.between(0.19, 0.285));
        let gilt = random.chance(if books == Books::Leather { 0.9 } else { 0.35 });
        for _ in 0..volumes {
            let wide = width * random.between(0.85, 1.15);
            if x + wide > right {
                return;
            }
            spine(layer, camera, (x, floor, wide, height), worn(cloth, random), gilt);
            x += wide + random.between(0.0, 0.002);
        }
    }
}

fn worn(cloth: Light, random: &mut Random) -> Light {
    let grey = [cloth[1]; 3];
    warmed(
        times(mix(cloth, grey, random.between(0.1, 0.45)), random.between(0.7, 1.1)),
        random.between(-0.05, 0.1),
    )
}

fn spine(
    layer: &mut Layer,
    camera: &Camera,
    (x, floor, wide, high): (f32, f32, f32, f32),
    cloth: Light,
    gilt: bool,
) {
    let (left, top) = camera.see(x, floor + high, DISTANCE);
    let (right, bottom) = camera.see(x + wide, floor, DISTANCE);
    let gold = rgb(0xb59a5e);
    layer.rect(left, top, right, bottom, |s, t| {
        // A spine is round: it is brightest toward the light.
        let round = 0.62 + 0.5 * (1.0 - (2.0 * (s - 0.35)).powi(2)).max(0.0);
        // The board above throws its shadow on what stands highest.
        let shade = smooth(STOREY - 0.02, STOREY - 0.13, floor_height(high, t));
        let label =
            gilt && ((0.12..0.15).contains(&t) || (0.3..0.33).contains(&t) || (0.84..0.87).contains(&t));
        times(if label { mix(cloth, gold, 0.7) } else { cloth }, round * (0.45 + 0.55 * shade))
    });
}

fn floor_height(high: f32, t: f32) -> f32 {
    high * (1.0 - t)
}

fn boards(layer: &mut Layer, camera: &Camera, wood: Light, bays: i32) {
    let reach = (bays + 1) as f32 * BAY;
    let figure = Noise::new(52);
    for storey in -5..=6 {
        let y = storey as f32 * STOREY + 0.07;
        let (left, top) = camera.see(-reach, y, DISTANCE);
        let (right, bottom) = camera.see(reach, y - BOARD, DISTANCE);
        layer.rect(left, top, right, bottom, |s, t| {
            times(wood, 1.05 - 0.2 * t + 0.1 * figure.at(s * 60.0, y * 9.0))
        });
    }
    for bay in -bays..=bays {
        let x = bay as f32 * BAY + 0.42 - 0.035;
        let (left, top) = camera.see(x, 2.2, DISTANCE);
        let (right, bottom) = camera.see(x + 0.03, -2.2, DISTANCE);
        layer.rect(left, top, right, bottom, |s, t| {
            times(wood, 1.0 - 0.35 * s + 0.1 * figure.at(x * 9.0, t * 40.0))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;

    #[test]
    fn pale_books_are_lighter_than_leather() {
        let average = |books| {
            let picture = paint(&Bookshelf { books, ..Bookshelf::default() }, &Shot::new(512, 640, 1));
            picture.pixels().iter().map(|p| luminance(*p)).sum::<f32>()
        };
        assert!(average(Books::Pale) > 1.5 * average(Books::Leather));
    }
}
