//! One headshot of a person who has been cut out. Each step is one file.

pub(crate) mod background;
pub(crate) mod compose;
pub(crate) mod correct;
pub(crate) mod finish;
pub(crate) mod frame;
pub(crate) mod relight;
pub(crate) mod retouch;

use std::sync::Arc;

use domain::style::HeadshotRecipe;
use domain::{Colour, Size};
use imaging::{Pixmap, Plane, Rect, Rgb8, RgbF};

use crate::face::Face;
use crate::landmarks::Mesh;
use crate::subject::Subject;

/// What is asked for beside the style.
#[derive(Clone)]
pub struct HeadshotOptions {
    /// Pixels of the picture, 16 to 4096 a side.
    pub size: Size,
    /// How many pictures, each a little different.
    pub count: u32,
    /// A background of the person's own in place of the style's.
    pub background: Option<OwnBackground>,
    /// The same photo, style, options and seed give the same pictures.
    pub seed: u64,
}

/// A background of the person's own.
#[derive(Clone)]
pub enum OwnBackground {
    /// One colour, evenly lit.
    Colour(Colour),
    /// A picture, out of focus as it would be behind a portrait.
    Picture(Arc<Rgb8>),
}

/// One headshot in the making. The steps fill it from top to bottom.
pub struct Shot {
    pub(crate) subject: Subject,
    pub(crate) recipe: Arc<HeadshotRecipe>,
    pub(crate) own: Option<OwnBackground>,
    pub(crate) size: Size,
    /// Which of several pictures this is, from 0.
    pub(crate) variant: u32,
    pub(crate) seed: u64,
    /// What is shown, in pixels of the cut-out; it may reach beyond it.
    pub(crate) crop: Rect,
    /// The face in pixels of the picture; from `frame` on.
    pub(crate) face: Face,
    /// The mesh likewise.
    pub(crate) mesh: Mesh,
    /// The person in linear light; where there is nobody, colours go on from the edge.
    pub(crate) person: RgbF,
    /// How much of each pixel is the person.
    pub(crate) alpha: Plane,
    /// What stands behind.
    pub(crate) backdrop: RgbF,
    /// The finished picture.
    pub(crate) picture: Rgb8,
}

impl Shot {
    pub(crate) fn new(
        subject: Subject,
        recipe: Arc<HeadshotRecipe>,
        options: &HeadshotOptions,
        variant: u32,
    ) -> Shot {
        let face = subject.cutout.face.clone();
        let mesh = (*subject.mesh).clone();
        Shot {
            subject,
            recipe,
            own: options.background.clone(),
            size: options.size,
            variant,
            seed: options.seed,
            crop: Rect::default(),
            face,
            mesh,
            person: Pixmap::new(0, 0),
            alpha: Pixmap::new(0, 0),
            backdrop: Pixmap::new(0, 0),
            picture: Rgb8::new(0, 0),
        }
    }
}
