//! Paints what stands behind a person.

use domain::style::Backdrop;
use imaging::{RgbF, linear};

/// Paints a background of `width` × `height` pixels in linear light. The same seed paints the same picture.
pub fn paint(backdrop: &Backdrop, width: usize, height: usize, _seed: u64) -> RgbF {
    match backdrop {
        Backdrop::Plain { colour } => RgbF::filled(width, height, colour.to_array().map(linear::to_linear)),
    }
}
