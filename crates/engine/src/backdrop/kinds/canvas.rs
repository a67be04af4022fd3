//! Hand-painted canvas: clouds of light paint over dark, worked with a broad brush in crossing strokes, lit in a pool
//! behind the sitter and falling into shade at the corners.

use domain::style::backdrop::Canvas;
use imaging::RgbF;

use super::studio::lamp;
use crate::backdrop::colour::{light, mix, smooth, times, warmed};
use crate::backdrop::layer::Layer;
use crate::backdrop::lens::blur_at;
use crate::backdrop::noise::Noise;
use crate::backdrop::random::mix as mixed;
use crate::backdrop::shot::{SCENE, Shot};

/// Metres from the camera to the canvas.
const DISTANCE: f32 = 2.9;

/// How thick the light paint lies, about −1 to 1.
struct Brushwork {
    clouds: Noise,
    drift: Noise,
    strokes: Noise,
    patches: Noise,
}

impl Brushwork {
    fn new(place: u16) -> Self {
        let noise = |n: u64| Noise::new(mixed(u64::from(place)) ^ n);
        Brushwork { clouds: noise(1), drift: noise(2), strokes: noise(3), patches: noise(4) }
    }

    fn at(&self, u: f32, v: f32) -> f32 {
        // The painter's arm swings: places are displaced before the clouds are looked up.
        let du = 0.13 * self.drift.at(u * 2.7, v * 2.7);
        let dv = 0.13 * self.drift.at(u * 2.7 + 40.0, v * 2.7);
        let clouds = self.clouds.layered((u + du) * 2.1, (v + dv) * 2.1, 4, 0.58);
        // Two crossing directions of the brush; a slow noise decides which lies on top.
        let top = smooth(-0.5, 0.5, self.patches.at(u * 4.0, v * 4.0));
        let along = self.stroke(u + 0.6 * du, v + 0.6 * dv, (0.62, 0.78));
        let across = self.stroke(u - 0.6 * dv, v + 0.6 * du, (0.73, -0.68));
        0.8 * clouds + 0.24 * (along * top + across * (1.0 - top))
    }

    /// Noise drawn out along a direction, given as its cosine and sine.
    fn stroke(&self, u: f32, v: f32, (cos, sin): (f32, f32)) -> f32 {
        let (along, across) = (u * cos + v * sin, v * cos - u * sin);
        self.strokes.at(along * 5.0, across * 11.0) + 0.4 * self.strokes.at(along * 10.0 + 9.0, across * 24.0)
    }
}

/// Paints the canvas.
pub(in crate::backdrop) fn paint(canvas: &Canvas, shot: &Shot) -> RgbF {
    let view = shot.view(SCENE, 0.0);
    let (colour, shade) = (light(canvas.colour), light(canvas.shade));
    let brushwork = Brushwork::new(canvas.place);
    let mottling = canvas.mottling.get();
    let pool = (0.35 * canvas.light.get() * view.half_width() / 0.4, 0.06);
    let shift = (0.09 * shot.step, 0.06 * shot.lift);
    let scene = Layer::opaque(view, |u, v| {
        let paint = brushwork.at(u + shift.0, v + shift.1);
        let reach = lamp((u - pool.0).hypot((v - pool.1) * 0.85), 0.62);
        // The painter himself put the light paint in the middle; what is left over shows as mottling.
        let cover = (0.1 + 0.72 * reach + (0.08 + 0.36 * mottling) * paint).clamp(0.0, 1.0);
        let hue = warmed(mix(shade, colour, cover), 0.05 * paint);
        times(hue, (0.62 + 0.5 * reach) * (1.0 + 0.05 * mottling * paint))
    });
    shot.develop(scene.blur(blur_at(DISTANCE) * 0.7), 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::colour::luminance;
    use domain::{Colour, Signed, Unit};

    fn spread(mottling: f32) -> f32 {
        let canvas = Canvas {
            colour: Colour::new(140, 120, 96),
            shade: Colour::new(60, 48, 38),
            light: Signed::clamped(0.0),
            mottling: Unit::clamped(mottling),
            place: 0,
        };
        let picture = paint(&canvas, &Shot::new(640, 800, 2));
        // Squares of 32 pixels, so that grain does not count; second differences, so that the pool of light does not.
        let square = |x: usize, y: usize| -> f32 {
            let square = picture.crop(32 * x, 32 * y, 32, 32);
            square.pixels().iter().map(|p| luminance(*p)).sum::<f32>() / 1024.0
        };
        let bend = |x: usize, y: usize| square(x - 1, y) - 2.0 * square(x, y) + square(x + 1, y);
        (0..25).flat_map(|y| (1..19).map(move |x| (x, y))).map(|(x, y)| bend(x, y).abs()).sum()
    }

    #[test]
    fn more_mottling_shows_more_paint() {
        assert!(spread(1.0) > 1.5 * spread(0.1), "{} {}", spread(1.0), spread(0.1));
    }
}
