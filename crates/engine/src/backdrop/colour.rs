//! Arithmetic on linear light.

use domain::Colour;
use imaging::linear;

/// Linear light with sRGB primaries; 1 is paper white.
pub(super) type Light = [f32; 3];

/// The light of a colour as it is written in a style.
pub(super) fn light(colour: Colour) -> Light {
    colour.to_array().map(linear::to_linear)
}

/// A colour of the painter's own, `0xrrggbb`, sRGB-encoded.
pub(super) fn rgb(hex: u32) -> Light {
    let [_, r, g, b] = hex.to_be_bytes();
    light(Colour::new(r, g, b))
}

/// The way from one light to another; `t` is 0 to 1.
pub(super) fn mix(a: Light, b: Light, t: f32) -> Light {
    let t = t.clamp(0.0, 1.0);
    std::array::from_fn(|c| a[c] + (b[c] - a[c]) * t)
}

/// Brighter or darker.
pub(super) fn times(a: Light, factor: f32) -> Light {
    a.map(|v| v * factor)
}

/// One light seen through, or reflected by, another.
pub(super) fn through(a: Light, b: Light) -> Light {
    std::array::from_fn(|c| a[c] * b[c])
}

/// Two lights together.
pub(super) fn plus(a: Light, b: Light) -> Light {
    std::array::from_fn(|c| a[c] + b[c])
}

/// Warmer (`t` above 0) or cooler light of about the same brightness.
pub(super) fn warmed(a: Light, t: f32) -> Light {
    [a[0] * (1.0 + 0.28 * t), a[1] * (1.0 - 0.02 * t), a[2] * (1.0 - 0.42 * t)].map(|v| v.max(0.0))
}

/// Relative luminance.
pub(super) fn luminance(a: Light) -> f32 {
    0.2126 * a[0] + 0.7152 * a[1] + 0.0722 * a[2]
}

/// 0 below `from`, 1 above `to`, smooth between; the two may be in either order.
pub(super) fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
