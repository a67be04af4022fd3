//! The look of the whole picture: exposure, contrast, colour, corners, grain, sharpness. Light becomes sRGB here.

use std::sync::LazyLock;

use domain::style::headshot::Finish;
use imaging::{Rgb8, RgbF};
use rayon::prelude::*;

use super::Shot;
use crate::error::EngineError;
use crate::prepare::measure_light::luminance;

/// Light that stays in place when contrast changes: middle grey.
const GREY: f32 = 0.18;

pub(crate) fn run(shot: &mut Shot) -> Result<(), EngineError> {
    let finish = shot.recipe.finish;
    let picture = std::mem::replace(&mut shot.person, RgbF::new(0, 0));
    let (w, h) = (picture.width(), picture.height());
    let (look, encoded) = (Look::of(&finish), &*ENCODED);
    let centre = (shot.face.eye_line().x / w as f32, 0.45);
    let seed = shot.seed.wrapping_add(u64::from(shot.variant));
    let mut out = Rgb8::new(w, h);
    out.data_mut().par_chunks_mut(w * 3).enumerate().for_each(|(y, row)| {
        for (x, out) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (u, v) = (x as f32 / w as f32 - centre.0, (y as f32 / h as f32 - centre.1) * 0.9);
            let far = (u * u + v * v) * 2.2;
            let corner = 1.0 - finish.vignette.get() * 0.75 * (far * far.sqrt()).min(1.0);
            let graded = look.grade(picture.row(y)[x].map(|v| v * corner));
            *out = rounded(graded, encoded, noise(x, y, seed), finish.grain.get());
        }
    });
    shot.picture = out;
    Ok(())
}

/// A look, as numbers ready to be used.
struct Look {
    gains: [f32; 3],
    /// What light of each luminance is multiplied by, by the square root of luminance.
    tone: Curve,
    saturation: f32,
}

impl Look {
    fn of(finish: &Finish) -> Look {
        let exposure = finish.exposure.get().exp2();
        let warmth = finish.warmth.get() * 0.12;
        let power = 1.0 + 0.35 * finish.contrast.get();
        Look {
            gains: [exposure * (1.0 + warmth), exposure, exposure * (1.0 - warmth)],
            tone: Curve::of(|light| {
                let light = light.max(1e-5);
                shoulder(GREY * (light / GREY).powf(power)) / light
            }),
            saturation: 1.0 + finish.saturation.get(),
        }
    }

    fn grade(&self, light: [f32; 3]) -> [f32; 3] {
        let light = [0, 1, 2].map(|c| (light[c] * self.gains[c]).max(0.0));
        let before = luminance(light);
        let scale = self.tone.at(before);
        let after = before * scale;
        light.map(|v| {
            let v = after + self.saturation * (v * scale - after);
            if v > 0.85 { shoulder(v) } else { v }
        })
    }
}

/// A function of light from 0 to [`Curve::BRIGHTEST`], by table: powers are dear at three million pixels.
struct Curve(Vec<f32>);

impl Curve {
    const BRIGHTEST: f32 = 4.0;
    const STEPS: usize = 4096;

    fn of(function: impl Fn(f32) -> f32) -> Curve {
        let light = |i: usize| (i as f32 / Self::STEPS as f32).powi(2) * Self::BRIGHTEST;
        Curve((0..=Self::STEPS + 1).map(|i| function(light(i))).collect())
    }

    /// Steps lie at even distances of the square root, so that the dark end has enough of them.
    fn at(&self, light: f32) -> f32 {
        let at = (light.clamp(0.0, Self::BRIGHTEST) / Self::BRIGHTEST).sqrt() * Self::STEPS as f32;
        let i = at as usize;
        self.0[i] + (at - i as f32) * (self.0[i + 1] - self.0[i])
    }
}

/// Highlights roll off instead of being cut: straight up to 0.75, then bending toward 1.
fn shoulder(v: f32) -> f32 {
    const FROM: f32 = 0.75;
    if v <= FROM {
        return v;
    }
    let room = 1.0 - FROM;
    FROM + room * (1.0 - (-(v - FROM) / room).exp())
}

/// The sRGB curve (IEC 61966-2-1), 0 to 255.
static ENCODED: LazyLock<Curve> = LazyLock::new(|| {
    Curve::of(|v| {
        let v = v.min(1.0);
        255.0 * if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
    })
});

/// To sRGB with grain, and with half a step of noise so that soft gradients do not show bands.
fn rounded(light: [f32; 3], encoded: &Curve, noise: f32, grain: f32) -> [u8; 3] {
    light.map(|v| {
        let e = encoded.at(v);
        let shade = grain * 14.0 * noise * (1.0 - (e / 255.0 - 0.5).abs());
        (e + shade + noise * 0.5).round().clamp(0.0, 255.0) as u8
    })
}

/// Noise of a place, −1 to 1, the same for the same seed (a hash by integer mixing).
fn noise(x: usize, y: usize, seed: u64) -> f32 {
    let mut n = (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
        ^ seed.wrapping_mul(0x1656_67B1_9E37_79F9);
    n = (n ^ (n >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    n ^= n >> 32;
    let part = |shift: u32| ((n >> shift) & 0xFFFF) as f32 / 65535.0;
    part(0) - part(16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Signed, Unit};

    fn plain() -> Finish {
        Finish {
            contrast: Signed::clamped(0.0),
            vignette: Unit::clamped(0.0),
            soften: Unit::clamped(0.0),
            ..Finish::default()
        }
    }

    #[test]
    fn a_plain_look_changes_nothing_below_the_highlights() {
        let look = Look::of(&plain());
        for v in [[0.02, 0.3, 0.1], [0.5, 0.4, 0.3], [0.0; 3]] {
            let graded = look.grade(v);
            assert!(graded.iter().zip(v).all(|(a, b)| (a - b).abs() < 1e-4), "{v:?} {graded:?}");
        }
    }

    #[test]
    fn no_saturation_is_black_and_white() {
        let look = Look::of(&Finish { saturation: Signed::clamped(-1.0), ..plain() });
        let [r, g, b] = look.grade([0.5, 0.1, 0.2]);
        assert!((r - g).abs() < 1e-6 && (g - b).abs() < 1e-6);
    }

    #[test]
    fn highlights_are_never_cut_nor_out_of_order() {
        let values: Vec<f32> = (0..400).map(|i| shoulder(i as f32 / 100.0)).collect();
        assert!(values.windows(2).all(|w| w[1] >= w[0]) && values[399] <= 1.0);
    }
}
