//! What is done once a photo, however many pictures are made of it. Each step is one file.

pub(crate) mod clean_edge;
pub(crate) mod find_face;
pub(crate) mod level;
pub(crate) mod matte;
pub(crate) mod measure_light;
pub(crate) mod trim;

use imaging::{Pixmap, Plane, Rgb8, Rgba8};

use crate::face::Face;
use crate::landmarks::Mesh;
use crate::matte::colours::Colours;
use crate::models::Models;
use crate::subject::{Edges, Light};
use crate::warp::Similarity;

/// What is known of a photo so far. The steps fill it from top to bottom.
pub struct Preparation {
    pub(crate) models: &'static Models,
    /// The photo: upright, sRGB. Given away once the work picture is made.
    pub(crate) photo: Rgb8,
    /// Width and height of the photo.
    pub(crate) photo_size: (f32, f32),
    /// The main face's mesh; from `level` on in pixels of `work`.
    pub(crate) mesh: Option<Mesh>,
    /// The main face; likewise.
    pub(crate) face: Option<Face>,
    /// Head and shoulders, eyes level.
    pub(crate) work: Rgb8,
    /// Photo to work picture.
    pub(crate) warp: Option<Similarity>,
    /// 0 to 1, size of `work`.
    pub(crate) matte: Plane,
    /// Colours at the edge, at reduced size.
    pub(crate) colours: Option<Colours>,
    /// The person's own colours with alpha, size of `work`.
    pub(crate) cutout: Rgba8,
    /// Where the person was cut off.
    pub(crate) cut: Edges,
    /// The light on the face.
    pub(crate) light: Light,
}

impl Preparation {
    pub(crate) fn new(models: &'static Models, photo: Rgb8) -> Self {
        Preparation {
            models,
            photo_size: (photo.width() as f32, photo.height() as f32),
            photo,
            mesh: None,
            face: None,
            work: Rgb8::new(0, 0),
            warp: None,
            matte: Plane::new(0, 0),
            colours: None,
            cutout: Pixmap::new(0, 0),
            cut: Edges::default(),
            light: Light::default(),
        }
    }

    /// The face and its mesh, which `find_face` has found.
    pub(crate) fn found(&self) -> Result<(&Face, &Mesh), crate::EngineError> {
        self.face.as_ref().zip(self.mesh.as_ref()).ok_or(crate::EngineError::NoFace)
    }
}
