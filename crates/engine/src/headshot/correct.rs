//! Takes the person into linear light at the picture's size, and mends what the camera got wrong: a dark exposure, a strong
//! cast. It keeps well away from taste: skin keeps its tone.

use imaging::{Plane, RgbF, linear};

use super::Shot;
use crate::error::EngineError;
use crate::prepare::measure_light::luminance;
use crate::resample::crop_resized;
use crate::subject::Light;

/// Linear luminance below which a face is taken for underexposed, if the rest of the person is dark too.
const DARK: f32 = 0.16;
/// The most that exposure is raised, in stops.
const MOST_STOPS: f32 = 0.8;
/// Ratios of linear light that skin of any tone has in neutral light.
const RED_TO_GREEN: (f32, f32) = (1.15, 2.2);
const BLUE_TO_GREEN: (f32, f32) = (0.40, 0.88);

pub(crate) fn run(shot: &mut Shot) -> Result<(), EngineError> {
    let (w, h) = (shot.size.width as usize, shot.size.height as usize);
    let person = crop_resized(&shot.subject.cutout.pixels, shot.crop, w, h);
    let gains = gains(&shot.subject.light);
    let tables =
        gains.map(|gain| -> [f32; 256] { std::array::from_fn(|v| gain * linear::to_linear(v as u8)) });
    let mut light = RgbF::new(w, h);
    let mut alpha = Plane::new(w, h);
    let targets = light.pixels_mut().iter_mut().zip(alpha.data_mut());
    for ((light, alpha), [r, g, b, a]) in targets.zip(person.pixels()) {
        *light = [tables[0][usize::from(*r)], tables[1][usize::from(*g)], tables[2][usize::from(*b)]];
        *alpha = f32::from(*a) / 255.0;
    }
    shot.person = light;
    shot.alpha = alpha;
    Ok(())
}

/// What each channel is multiplied by.
fn gains(light: &Light) -> [f32; 3] {
    let exposure = exposure(light);
    let balance = balance(light.skin);
    balance.map(|b| b * exposure)
}

fn exposure(light: &Light) -> f32 {
    let skin = luminance(light.skin).max(1e-3);
    if skin > 0.6 {
        return (0.6 / skin).max(0.75);
    }
    if skin >= DARK {
        return 1.0;
    }
    // Half of what is missing, and never so much that a white collar burns out: dark skin in good light stays as it is.
    let wanted = 0.5 * (DARK / skin).log2();
    let room = (0.92 / light.highlight.max(1e-3)).log2().max(0.0);
    wanted.min(room).min(MOST_STOPS).exp2()
}

/// Moves a cast half the way back to where skin can be, keeping luminance.
fn balance(skin: [f32; 3]) -> [f32; 3] {
    let green = skin[1].max(1e-3);
    let back = |ratio: f32, (low, high): (f32, f32)| (ratio.clamp(low, high) / ratio.max(1e-3)).sqrt();
    let gains = [back(skin[0] / green, RED_TO_GREEN), 1.0, back(skin[2] / green, BLUE_TO_GREEN)];
    let after = luminance([skin[0] * gains[0], skin[1], skin[2] * gains[2]]);
    let keep = luminance(skin).max(1e-3) / after.max(1e-3);
    gains.map(|g| g * keep)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(skin: [f32; 3], highlight: f32) -> Light {
        Light { skin, highlight, lean: 0.0 }
    }

    #[test]
    fn well_lit_skin_of_any_tone_is_left_alone() {
        for skin in [[0.55, 0.38, 0.28], [0.35, 0.22, 0.15], [0.10, 0.06, 0.04]] {
            let gains = gains(&light(skin, 0.93));
            assert!(gains.iter().all(|g| (g - 1.0).abs() < 0.02), "{skin:?}: {gains:?}");
        }
    }

    #[test]
    fn an_underexposed_photo_is_raised_but_not_without_end() {
        let gains = gains(&light([0.04, 0.026, 0.02], 0.2));
        assert!(gains[1] > 1.3 && gains[1] <= MOST_STOPS.exp2() + 1e-3, "{gains:?}");
    }

    #[test]
    fn a_blue_cast_is_taken_back_half_way() {
        let skin = [0.30, 0.30, 0.45];
        let [r, g, b] = balance(skin);
        assert!(b < g && r > g, "{r} {g} {b}");
        let kept = luminance([skin[0] * r, skin[1] * g, skin[2] * b]) / luminance(skin);
        assert!((kept - 1.0).abs() < 1e-3);
    }
}
