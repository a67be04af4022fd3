//! A classroom's board: wiped a hundred times, some writing left at the sides, a ledge with chalk below.

use domain::style::backdrop::Blackboard;
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{light, mix, plus, rgb, smooth, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::{Camera, blur_at};
use crate::backdrop::noise::Noise;
use crate::backdrop::random::Random;
use crate::backdrop::shot::{SCENE, Shot};

/// Metres from the camera.
const DISTANCE: f32 = 3.4;
/// Y of the board's lower edge.
const LEDGE: f32 = -0.62;

/// Paints the board.
pub(in crate::backdrop) fn paint(blackboard: &Blackboard, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, blackboard.light.get());
    let camera = shot.camera(0.12, 0.0);
    let board = light(blackboard.board);
    let noise = Noise::new(61 + u64::from(blackboard.place));
    let mut layer = Layer::opaque(view, |u, v| {
        let (x, y) = camera.see_on(u, v, DISTANCE);
        if y > LEDGE {
            // The sponge goes to and fro in long arcs.
            let arc = y + 0.25 * x * x;
            let wiped = noise.layered(x * 1.2 + 0.4 * noise.at(x, y * 2.0), arc * 5.0, 4, 0.6);
            let dust = 0.5 + 0.5 * noise.layered(x * 1.5 + 9.0, y * 1.5, 3, 0.6);
            plus(board, [0.028 * dust.max(0.0) + 0.02 * wiped.max(-0.8); 3])
        } else if y > LEDGE - 0.07 {
            let lit = smooth(LEDGE - 0.07, LEDGE - 0.02, y);
            times(rgb(0x9a7a55), 0.5 + 0.5 * lit + 0.08 * noise.at(x * 3.0, y * 60.0))
        } else {
            times(rgb(0xb9b3a6), 0.85 + 0.3 * (y - LEDGE))
        }
    });
    write(&mut layer, &camera, blackboard.place);
    let side = blackboard.light.get().abs();
    let mut scene = layer.blur(blur_at(DISTANCE));
    scene.relit(|u, v, colour| {
        let reach = lamp((u + 0.5 * side).hypot(v + 0.15), 0.8);
        // A board is a little glossy: the window shows in it as a veil.
        let sheen = 0.035 * side * smooth(-0.05, -0.5, u + 0.25 * v);
        mix(times(colour, 0.45 + 0.8 * reach), [0.75, 0.8, 0.85], sheen)
    });
    shot.develop(scene, 0.02)
}

/// Lines of writing beside the head, too soft to be read.
fn write(layer: &mut Layer, camera: &Camera, place: u16) {
    let mut random = Random::of_place("blackboard", place);
    for (left, right, top) in [(-0.95, -0.36, 0.42), (0.36, 0.95, 0.3)] {
        for line in 0..6 {
            let y = top - 0.105 * line as f32 + random.between(-0.01, 0.01);
            let mut x = left + random.between(0.0, 0.08);
            let end = right - random.between(0.0, 0.25);
            while x < end {
                let length = random.between(0.012, 0.03);
                let (u, v) = camera.see(x, y + random.between(-0.008, 0.012), DISTANCE);
                let turn = random.between(-1.4, 1.4);
                layer.ellipse((u, v), (length * 0.6, 0.0032), turn, rgb(0xd9d9d2), 0.75);
                x += if random.chance(0.16) { 0.07 } else { random.between(0.012, 0.02) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;

    #[test]
    fn the_board_is_dark_behind_the_head_and_the_wall_below_is_light() {
        let picture = paint(&Blackboard::default(), &Shot::new(640, 800, 4));
        let (board, wall) = (luminance(picture.get(320, 250)), luminance(picture.get(100, 795)));
        assert!(wall > 3.0 * board, "{board} {wall}");
    }
}
