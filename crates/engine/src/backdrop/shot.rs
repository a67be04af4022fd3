//! One frame of several from the same place: the photographer has moved a little, a cloud has passed.

use imaging::RgbF;

use super::colour::{Light, times, warmed};
use super::develop::develop;
use super::layer::Layer;
use super::lens::Camera;
use super::random::Random;
use super::view::View;

/// Pixels a unit for what has a form, out of focus.
pub(super) const SCENE: f32 = 448.0;
/// Pixels a unit for light without any form.
pub(super) const GLOW: f32 = 160.0;

/// The size of the picture and what the seed changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shot {
    /// Pixels across.
    pub(super) width: usize,
    /// Pixels down.
    pub(super) height: usize,
    /// For the grain, which differs wholly.
    pub(super) seed: u64,
    /// How far the camera has moved sideways, −1 to 1.
    pub(super) step: f32,
    /// How far it was turned, −1 to 1.
    pub(super) pan: f32,
    /// How far it was raised, −1 to 1.
    pub(super) lift: f32,
    gain: f32,
    warmth: f32,
}

impl Shot {
    /// The shot of a seed.
    pub(super) fn new(width: usize, height: usize, seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x7368_6f74);
        Shot {
            width,
            height,
            seed,
            step: random.between(-1.0, 1.0),
            pan: random.between(-1.0, 1.0),
            lift: random.between(-1.0, 1.0),
            gain: random.between(0.95, 1.05),
            warmth: random.between(-0.03, 0.03),
        }
    }

    /// The view of this shot at `scale` pixels a unit, mirrored when the light is at the right.
    pub(super) fn view(&self, scale: f32, light: f32) -> View {
        View::new(self.width, self.height, scale, light)
    }

    /// A camera that has moved up to `step` metres and was tilted upward by `tilt` units.
    pub(super) fn camera(&self, step: f32, tilt: f32) -> Camera {
        Camera { x: self.step * step, pan: self.pan * 0.03, tilt: tilt + self.lift * 0.012 }
    }

    /// This shot's light: a little brighter or warmer than the next one's.
    pub(super) fn lit(&self, light: Light) -> Light {
        warmed(times(light, self.gain), self.warmth)
    }

    /// The finished picture of a scene. `stray` is the share of all light that the lens scatters.
    pub(super) fn develop(&self, mut scene: Layer, stray: f32) -> RgbF {
        let gain = self.lit([1.0; 3]);
        scene.relit(|_, _, [r, g, b]| [r * gain[0], g * gain[1], b * gain[2]]);
        develop(scene, self.seed, self.width, self.height, stray)
    }
}
