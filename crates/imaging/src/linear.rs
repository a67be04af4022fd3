//! sRGB-encoded values to linear light and back, by table.
//!
//! The curve is that of IEC 61966-2-1. Mixing, blurring and lighting are right in linear light only.

use std::sync::LazyLock;

use crate::pixmap::{Rgb8, RgbF};

/// Linear light of each encoded value.
static TO_LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        let v = i as f32 / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
});

const STEPS: usize = 4096;

/// Encoded value of the square root of linear light, so that the dark end has steps enough.
static TO_SRGB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..=STEPS)
        .map(|i| {
            let v = (i as f32 / STEPS as f32).powi(2);
            let e = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
            (e * 255.0).round() as u8
        })
        .collect()
});

/// Linear light, 0 to 1, of an sRGB-encoded value.
pub fn to_linear(value: u8) -> f32 {
    TO_LINEAR[usize::from(value)]
}

/// The sRGB-encoded value of linear light; what is below 0 or above 1 is clipped.
pub fn to_srgb(light: f32) -> u8 {
    TO_SRGB[(light.clamp(0.0, 1.0).sqrt() * STEPS as f32 + 0.5) as usize]
}

/// A whole picture to linear light.
pub fn picture_to_linear(picture: &Rgb8) -> RgbF {
    let table = &*TO_LINEAR;
    picture.map(|p| p.map(|v| table[usize::from(v)]))
}

/// A whole picture from linear light.
pub fn picture_to_srgb(picture: &RgbF) -> Rgb8 {
    picture.map(|p| p.map(to_srgb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back() {
        for value in 0..=255 {
            assert_eq!(to_srgb(to_linear(value)), value);
        }
        assert_eq!((to_srgb(-1.0), to_srgb(7.0), to_srgb(f32::NAN)), (0, 255, 0));
    }
}
