//! A person taken out of a photo, ready to stand before any background.

use std::sync::Arc;

use imaging::Rgba8;

use crate::face::Face;
use crate::landmarks::Mesh;

/// A photo made ready: any number of pictures can be made of it.
///
/// Copies share the pixels.
#[derive(Clone)]
pub struct Subject {
    pub(crate) cutout: Arc<Cutout>,
    pub(crate) mesh: Arc<Mesh>,
    pub(crate) light: Light,
}

impl Subject {
    /// The person alone.
    pub fn cutout(&self) -> &Cutout {
        &self.cutout
    }
}

/// The light on a face, in linear light.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Light {
    /// Colour of the skin where it is neither shining nor in shadow.
    pub(crate) skin: [f32; 3],
    /// Luminance that few percent of the person exceed: a white collar, a highlight.
    pub(crate) highlight: f32,
    /// By how many stops the picture's right half of the face is brighter than its left.
    pub(crate) lean: f32,
}

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
