//! The light that a background throws on the person before it.

use imaging::RgbF;

/// Average linear light of parts of a background, as [red, green, blue].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ambient {
    /// Of the left third.
    pub left: [f32; 3],
    /// Of the right third.
    pub right: [f32; 3],
    /// Of the upper third.
    pub top: [f32; 3],
    /// Of the whole picture.
    pub all: [f32; 3],
}

/// Measures a background. Every eighth pixel is enough, so that this takes well under a millisecond.
pub fn ambient(background: &RgbF) -> Ambient {
    const STEP: usize = 8;
    let (width, height) = (background.width(), background.height());
    let mut sums = [([0.0f64; 3], 0.0f64); 4];
    for y in (0..height).step_by(STEP) {
        for (x, pixel) in background.row(y).iter().enumerate().step_by(STEP) {
            let parts = [3 * x < width, 3 * x >= 2 * width, 3 * y < height, true];
            for ((sum, count), _) in sums.iter_mut().zip(parts).filter(|(_, inside)| *inside) {
                *count += 1.0;
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += f64::from(*value);
                }
            }
        }
    }
    let [left, right, top, all] = sums.map(|(sum, count)| sum.map(|v| (v / count.max(1.0)) as f32));
    Ambient { left, right, top, all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_measured_by_itself() {
        let picture = RgbF::from_fn(90, 90, |x, y| {
            [if x < 30 { 1.0 } else { 0.0 }, if y < 30 { 1.0 } else { 0.0 }, 0.5]
        });
        let light = ambient(&picture);
        assert_eq!((light.left[0], light.right[0]), (1.0, 0.0));
        assert_eq!((light.top[1], light.top[2]), (1.0, 0.5));
        assert!((light.all[0] - 0.33).abs() < 0.03);
    }
}
