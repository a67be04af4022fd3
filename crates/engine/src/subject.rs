//! A person taken out of a photo, ready to stand before any background.

use imaging::Rgba8;

use crate::face::Face;

/// The person alone: eyes level, edges clean.
#[derive(Clone, Debug)]
pub struct Cutout {
    /// The person's own colours (the old background's are removed from the edge), sRGB-encoded, with straight
    /// alpha: 0 outside, 255 inside, between in hair and at edges.
    pub pixels: Rgba8,
    /// The face, in pixels of `pixels`.
    pub face: Face,
    /// At which sides of the photo the person was cut off. There the alpha ends abruptly, so these sides have to lie on
    /// the edge of the new picture or outside it.
    pub cut: Edges,
}

/// Sides of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// The left side.
    pub left: bool,
    /// The top.
    pub top: bool,
    /// The right side.
    pub right: bool,
    /// The bottom.
    pub bottom: bool,
}
