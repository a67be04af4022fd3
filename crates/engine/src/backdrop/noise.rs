//! Gradient noise: what makes a wall uneven and a canvas mottled.
//!
//! Perlin's noise in two dimensions with his quintic fade (K. Perlin, "Improving noise", 2002). Its features are
//! about 1 unit wide, so callers divide their place by the size they want.

use super::random::mix;

/// Cosine and sine of the angle by which each layer is turned, so that no grid shows.
const TURNS: [(f32, f32); 5] = [(0.76, 0.65), (-0.23, 0.973), (-0.97, 0.243), (-0.65, -0.76), (0.38, -0.925)];

/// Noise of one seed.
#[derive(Clone, Copy)]
pub(super) struct Noise(u64);

impl Noise {
    /// The noise of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Noise(mix(seed))
    }

    fn slope(self, ix: i32, iy: i32, x: f32, y: f32) -> f32 {
        // A cheap integer hash will do: it is called four times a sample.
        let mut h =
            (ix as u32).wrapping_mul(0x9e37_79b1) ^ (iy as u32).wrapping_mul(0x85eb_ca77) ^ self.0 as u32;
        h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
        h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
        h ^= h >> 15;
        // Two independent slopes, −1 to 1.
        let gx = (h & 0xffff) as f32 / 32768.0 - 1.0;
        let gy = (h >> 16) as f32 / 32768.0 - 1.0;
        gx * x + gy * y
    }

    /// Smooth noise, about −1 to 1, zero on average.
    pub(super) fn at(self, x: f32, y: f32) -> f32 {
        // A call of floor() would cost more than the rest.
        let down = |t: f32| t as i32 - i32::from(t < 0.0);
        let (ix, iy) = (down(x), down(y));
        let (x, y) = (x - ix as f32, y - iy as f32);
        let fade = |t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
        let (sx, sy) = (fade(x), fade(y));
        let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
        let top = mix(self.slope(ix, iy, x, y), self.slope(ix + 1, iy, x - 1.0, y), sx);
        let bottom =
            mix(self.slope(ix, iy + 1, x, y - 1.0), self.slope(ix + 1, iy + 1, x - 1.0, y - 1.0), sx);
        1.7 * mix(top, bottom, sy)
    }

    /// Noise upon noise: `octaves` layers, 5 at most, each half as wide and `gain` times as strong
    /// as the one before.
    pub(super) fn layered(self, x: f32, y: f32, octaves: usize, gain: f32) -> f32 {
        let (mut sum, mut norm, mut strength, mut size) = (0.0, 0.0, 1.0, 1.0);
        for (cos, sin) in TURNS.into_iter().take(octaves) {
            let (a, b) = ((x * cos - y * sin) * size, (x * sin + y * cos) * size);
            sum += strength * self.at(a + 31.7 * size, b - 19.3 * size);
            norm += strength * strength;
            strength *= gain;
            size *= 2.03;
        }
        sum / norm.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_smooth_bounded_and_centred() {
        let noise = Noise::new(1);
        let (mut sum, mut n) = (0.0, 0.0);
        for i in 0..200 {
            for j in 0..200 {
                let (x, y) = (i as f32 * 0.137 - 9.0, j as f32 * 0.119 - 7.0);
                let value = noise.layered(x, y, 4, 0.5);
                assert!(value.abs() < 2.5, "{value}");
                assert!((noise.at(x, y) - noise.at(x + 1e-3, y)).abs() < 0.01);
                sum += value;
                n += 1.0;
            }
        }
        assert!((sum / n as f32).abs() < 0.1);
    }
}
