//! The one door to the engine: every call to it is in this file.

use domain::style::{HeadshotRecipe, ThumbnailRecipe};
use domain::{PhotoCheck, Size};
pub(crate) use engine::thumbnail::BrandColours;
use engine::thumbnail::{self, Differ, ThumbnailError, ThumbnailOptions};
use engine::{Engine, EngineError};
pub(crate) use engine::{HeadshotOptions, OwnBackground, Subject};
use imaging::{Limits, Rgb8, Rgba8};
use serde::Serialize;

/// Why a photo could not be worked on; says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StudioError {
    /// No person could be taken out of the photo, or no headshot made.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No thumbnail could be made.
    #[error(transparent)]
    Thumbnail(#[from] ThumbnailError),
}

/// The one thing by which thumbnails of a test differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Difference {
    /// Where the person stands: right, left, middle.
    FaceSide,
    /// The words: give --title up to three times; what is missing is made from the first.
    Text,
    /// The style's colours.
    Colour,
}

impl Difference {
    /// The names of a test's pictures, in the order in which [`Studio::thumbnails`] makes them.
    pub(crate) fn names(self) -> [&'static str; 4] {
        match self {
            Difference::FaceSide => ["face-right", "face-left", "face-middle", "no-text"],
            Difference::Text => ["text-1", "text-2", "text-3", "no-text"],
            Difference::Colour => ["colour-1", "colour-2", "colour-3", "no-text"],
        }
    }
}

/// What is wanted of a thumbnail besides the recipe.
pub(crate) struct ThumbnailWish<'a> {
    pub(crate) size: Size,
    pub(crate) count: u32,
    pub(crate) titles: &'a [String],
    pub(crate) test: Option<Difference>,
    pub(crate) seed: u64,
    pub(crate) mirrored: bool,
    pub(crate) background: Option<Rgb8>,
    pub(crate) brand: Option<BrandColours>,
    pub(crate) logo: Option<Rgba8>,
}

/// A thumbnail and how well it can be read.
pub(crate) struct Thumbnail {
    /// What it is in a test: `face-right`, `text-2`, `no-text` …
    pub(crate) name: Option<String>,
    pub(crate) picture: Rgb8,
    pub(crate) legibility: Option<Legibility>,
}

/// How well a title can be read, measured in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Legibility {
    /// WCAG contrast of the words with what lies behind them, at the worst place; none for a title of emoji alone.
    pub(crate) contrast: Option<f32>,
    /// Pixels of a line's capitals when the thumbnail is shown 168 pixels wide.
    pub(crate) text_height_at_168: f32,
    /// The same at 138 pixels.
    pub(crate) text_height_at_138: f32,
}

/// The engine with its models.
pub(crate) struct Studio {
    engine: Engine,
    limits: Limits,
}

impl Studio {
    /// An engine that refuses photos beyond these limits.
    pub(crate) fn open(limits: Limits) -> Studio {
        Studio { engine: Engine::new(limits), limits }
    }

    /// What a photo is good for.
    pub(crate) fn check(&self, photo: &[u8]) -> Result<PhotoCheck, StudioError> {
        Ok(self.engine.check(photo)?)
    }

    /// Takes the person out of a photo.
    pub(crate) fn prepare(&self, photo: &[u8]) -> Result<Subject, StudioError> {
        Ok(self.engine.prepare(photo)?)
    }

    /// Reads a picture that is to stand behind the person.
    pub(crate) fn background(&self, file: &[u8]) -> Result<OwnBackground, StudioError> {
        Ok(OwnBackground::Picture(std::sync::Arc::new(self.picture(file)?)))
    }

    /// Reads a picture of one's own.
    pub(crate) fn picture(&self, file: &[u8]) -> Result<Rgb8, StudioError> {
        Ok(imaging::decode(file, &self.limits).map_err(EngineError::Photo)?)
    }

    /// Reads a logo, with its transparency.
    pub(crate) fn logo(&self, file: &[u8]) -> Result<Rgba8, StudioError> {
        Ok(imaging::decode::decode_with_alpha(file, &self.limits).map_err(EngineError::Photo)?)
    }

    /// `options.count` headshots.
    pub(crate) fn headshots(
        &self,
        subject: &Subject,
        recipe: &HeadshotRecipe,
        options: &HeadshotOptions,
    ) -> Result<Vec<Rgb8>, StudioError> {
        Ok(self.engine.headshots(subject, recipe, options)?)
    }

    /// The person alone, on transparency.
    pub(crate) fn cutout(&self, subject: &Subject, long_side: u32) -> Rgba8 {
        self.engine.cutout(subject, long_side)
    }

    /// `wish.count` thumbnails; with a test, those of the test and the one without text at the end.
    pub(crate) fn thumbnails(
        &self,
        subject: &Subject,
        recipe: &ThumbnailRecipe,
        wish: &ThumbnailWish<'_>,
    ) -> Result<Vec<Thumbnail>, StudioError> {
        let title = wish.titles.first().map_or("", String::as_str);
        let options = ThumbnailOptions {
            title,
            size: wish.size,
            seed: wish.seed,
            mirrored: wish.mirrored,
            background: wish.background.as_ref(),
            brand: wish.brand,
            logo: wish.logo.as_ref(),
            ..ThumbnailOptions::default()
        };
        let cutout = Some(subject.cutout());
        let Some(test) = wish.test else {
            // Each picture takes the next layout; once all have been seen, the next colours.
            let layouts = recipe.layouts.as_slice().len().max(1);
            let one = |n: usize| {
                let options = ThumbnailOptions { layout: n % layouts, palette: n / layouts, ..options };
                Ok(Thumbnail::from(thumbnail::render(cutout, recipe, &options)?))
            };
            return (0..wish.count as usize).map(one).collect();
        };
        let titles: Vec<&str> = wish.titles.iter().map(String::as_str).collect();
        let differ = match test {
            Difference::FaceSide => Differ::FaceSide,
            Difference::Text => Differ::Text(&titles),
            Difference::Colour => Differ::Colour,
        };
        let variants = thumbnail::test_variants(cutout, recipe, &options, differ)?;
        Ok(variants.into_iter().map(|v| Thumbnail { name: Some(v.name), ..v.thumbnail.into() }).collect())
    }
}

impl From<thumbnail::Thumbnail> for Thumbnail {
    fn from(made: thumbnail::Thumbnail) -> Self {
        let legibility = made.report.title.map(|title| Legibility {
            contrast: title.contrast,
            text_height_at_168: title.text_height_at_168,
            text_height_at_138: title.text_height_at_138,
        });
        Thumbnail { name: None, picture: made.picture, legibility }
    }
}
