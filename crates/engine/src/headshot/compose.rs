//! Stands the person before the background: mixed at the edge, with the background's light spilling round it.

use imaging::{Resizable, RgbF};
use rayon::prelude::*;

use super::Shot;
use crate::blur::gaussian;
use crate::enlarge::Enlarged;
use crate::error::EngineError;

/// Width of the small picture in which light spills.
const WIDTH: usize = 128;
/// How much of the background's light is seen at the very edge of the person.
const WRAP: f32 = 0.22;

pub(crate) fn run(shot: &mut Shot) -> Result<(), EngineError> {
    let (w, h) = (shot.size.width as usize, shot.size.height as usize);
    let spill = spilled(shot);
    let spill = Enlarged::new(&spill, w, h);
    let person = std::mem::replace(&mut shot.person, RgbF::new(0, 0));
    let mut picture = std::mem::replace(&mut shot.backdrop, RgbF::new(0, 0));
    let alpha = &shot.alpha;
    picture.data_mut().par_chunks_mut(w * 3).enumerate().for_each(|(y, row)| {
        let spill = spill.row(y);
        let line = person.row(y).iter().zip(alpha.row(y));
        for (x, (behind, (front, [a]))) in row.as_chunks_mut::<3>().0.iter_mut().zip(line).enumerate() {
            if *a <= 0.0 {
                continue;
            }
            let spill = spill.at(x);
            *behind = std::array::from_fn(|c| {
                let lit = front[c] + WRAP * spill[c] * (1.0 - front[c]).max(0.0);
                mixed(lit, behind[c], *a)
            });
        }
    });
    shot.person = picture;
    Ok(())
}

/// Mixed as the eye sees it, since that is how the matte was found: in linear light dark hair before white would thin out.
fn mixed(front: f32, behind: f32, alpha: f32) -> f32 {
    if alpha >= 1.0 {
        return front;
    }
    let (f, b) = (encoded(front), encoded(behind));
    let v = alpha * f + (1.0 - alpha) * b;
    v * v * v.abs().powf(0.2)
}

/// A curve close to sRGB's, without its straight foot.
fn encoded(light: f32) -> f32 {
    light.max(0.0).powf(1.0 / 2.2)
}

/// The background's light near the edge of the person, and none in the middle.
fn spilled(shot: &Shot) -> RgbF {
    let (w, h) = (shot.size.width as usize, shot.size.height as usize);
    let small_h = (h * WIDTH / w).max(2);
    let behind = shot.backdrop.resized(WIDTH, small_h);
    let alpha = shot.alpha.resized(WIDTH, small_h);
    let lit = RgbF::from_fn(WIDTH, small_h, |x, y| {
        let out = 1.0 - alpha.get(x, y)[0].clamp(0.0, 1.0);
        behind.get(x, y).map(|v| v.min(1.5) * out)
    });
    let sigma = shot.face.head.width * WIDTH as f32 / w as f32 * 0.035;
    gaussian(&lit, sigma.max(0.8))
}

#[cfg(test)]
mod tests {
    use imaging::linear;

    use super::*;

    #[test]
    fn mixing_ends_in_either_colour_and_is_even_to_the_eye() {
        assert_eq!(mixed(0.3, 0.9, 1.0), 0.3);
        assert!((mixed(0.3, 0.9, 0.0) - 0.9).abs() < 1e-3);
        let half = linear::to_srgb(mixed(linear::to_linear(40), linear::to_linear(200), 0.5));
        assert!((i32::from(half) - 120).abs() < 6, "{half}");
    }
}
