//! The engine as others see it.

use std::sync::{Arc, LazyLock};

use domain::PhotoCheck;
use domain::style::HeadshotRecipe;
use imaging::{Limits, Rect, Rgb8, Rgba8, decode};
use rayon::prelude::*;

use crate::check;
use crate::error::EngineError;
use crate::face::Face;
use crate::headshot::{HeadshotOptions, Shot};
use crate::models::Models;
use crate::pipeline::{self, HEADSHOT, Observer, PREPARE};
use crate::prepare::{Preparation, find_face};
use crate::resample::crop_resized;
use crate::subject::{Cutout, Subject};

/// The models are part of the program, so one of each serves every engine.
pub(crate) static MODELS: LazyLock<Models> = LazyLock::new(Models::new);

/// Sides of a picture that can be asked for, in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 16..=4096;

/// Makes pictures on this machine alone.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    limits: Limits,
}

impl Engine {
    /// An engine that refuses photos beyond `limits`. Models are loaded when first needed.
    pub fn new(limits: Limits) -> Self {
        Engine { limits }
    }

    /// Looks at a photo: is it good for a headshot, and if not, what would help?
    ///
    /// # Errors
    /// [`EngineError::Photo`] for a file that can't be read. A photo without a face is no error but a verdict.
    pub fn check(&self, photo: &[u8]) -> Result<PhotoCheck, EngineError> {
        self.check_pixels(&decode(photo, &self.limits)?)
    }

    /// As [`Engine::check`], of a photo that was read already.
    ///
    /// # Errors
    /// [`EngineError::Model`] when a model fails.
    pub fn check_pixels(&self, photo: &Rgb8) -> Result<PhotoCheck, EngineError> {
        check::check(&MODELS, photo)
    }

    /// The faces in a picture, largest first.
    ///
    /// # Errors
    /// [`EngineError::Photo`] for a file that can't be read.
    pub fn faces(&self, photo: &[u8]) -> Result<Vec<Face>, EngineError> {
        self.faces_in(&decode(photo, &self.limits)?)
    }

    /// As [`Engine::faces`], of a picture that was read already.
    ///
    /// # Errors
    /// [`EngineError::Model`] when a model fails.
    pub fn faces_in(&self, picture: &Rgb8) -> Result<Vec<Face>, EngineError> {
        let faces = find_face::all(&MODELS, picture)?;
        Ok(faces.into_iter().map(|(face, _)| face).collect())
    }

    /// Reads a photo and cuts the person out: done once, however many pictures are made.
    ///
    /// # Errors
    /// [`EngineError::Photo`] for a file that can't be read, [`EngineError::NoFace`] when nobody is in it.
    pub fn prepare(&self, photo: &[u8]) -> Result<Subject, EngineError> {
        self.prepare_observed(photo, &mut |_| {})
    }

    /// As [`Engine::prepare`], telling of each step.
    ///
    /// # Errors
    /// As [`Engine::prepare`].
    pub fn prepare_observed(&self, photo: &[u8], observe: Observer<'_>) -> Result<Subject, EngineError> {
        let pixels = decode(photo, &self.limits)?;
        observe("read");
        let mut preparation = Preparation::new(&MODELS, pixels);
        pipeline::run(&PREPARE, &mut preparation, observe)?;
        let (Some(face), Some(mesh)) = (preparation.face, preparation.mesh) else {
            return Err(EngineError::NoFace);
        };
        let cutout = Cutout { pixels: preparation.cutout, face, cut: preparation.cut };
        Ok(Subject { cutout: Arc::new(cutout), mesh: Arc::new(mesh), light: preparation.light })
    }

    /// Makes `options.count` headshots in a style. The same input gives the same pictures.
    ///
    /// # Errors
    /// [`EngineError::Size`] for a size that no picture can have.
    pub fn headshots(
        &self,
        subject: &Subject,
        recipe: &HeadshotRecipe,
        options: &HeadshotOptions,
    ) -> Result<Vec<Rgb8>, EngineError> {
        let recipe = Arc::new(recipe.clone());
        (0..options.count)
            .into_par_iter()
            .map(|variant| self.headshot_observed(subject, &recipe, options, variant, &mut |_| {}))
            .collect()
    }

    /// Makes one of several headshots, telling of each step.
    ///
    /// # Errors
    /// As [`Engine::headshots`].
    pub fn headshot_observed(
        &self,
        subject: &Subject,
        recipe: &Arc<HeadshotRecipe>,
        options: &HeadshotOptions,
        variant: u32,
        observe: Observer<'_>,
    ) -> Result<Rgb8, EngineError> {
        let (width, height) = (options.size.width, options.size.height);
        if !SIDES.contains(&width) || !SIDES.contains(&height) {
            return Err(EngineError::Size { width, height });
        }
        let mut shot = Shot::new(subject.clone(), Arc::clone(recipe), options, variant);
        pipeline::run(&HEADSHOT, &mut shot, observe)?;
        Ok(shot.picture)
    }

    /// The person alone, everything that was cut out, no longer than `long_side` pixels.
    pub fn cutout(&self, subject: &Subject, long_side: u32) -> Rgba8 {
        let pixels = &subject.cutout.pixels;
        let (w, h) = (pixels.width() as f32, pixels.height() as f32);
        let scale = (long_side as f32 / w.max(h)).min(1.0);
        let size = |v: f32| ((v * scale).round() as usize).max(1);
        crop_resized(pixels, Rect::new(0.0, 0.0, w, h), size(w), size(h))
    }
}
