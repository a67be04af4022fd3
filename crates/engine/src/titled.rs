//! A provider of scenes that has the titles of thumbnails set over them here: a model that paints letters spells them wrong, and our own
//! layout does not.
//!
//! The scene is asked for without its title, which is no word of the prompt. What comes back is left as it is but for the letters.

use std::sync::Arc;

use domain::ports::provider::{
    Answer, Capabilities, Generating, Health, OnProgress, Outage, Picture, Provider, ProviderError, Request,
};
use domain::style::{Recipe, ThumbnailRecipe};
use domain::{MediaType, Size, StyleKind};
use imaging::provenance::{self, Source};
use imaging::{Limits, decode, encode};

use crate::text::Title;
use crate::thread::on_a_thread;
use crate::thumbnail::{self, ThumbnailOptions};
use crate::{Engine, EngineError};

/// Bytes that every video platform takes for a thumbnail.
const THUMBNAIL_BYTES: usize = 2_000_000;

/// A provider with our own titles.
pub struct Titled {
    inner: Arc<dyn Provider>,
    engine: Engine,
}

impl Titled {
    /// Sets titles over what a provider makes.
    pub fn new(inner: Arc<dyn Provider>, engine: Engine) -> Self {
        Titled { inner, engine }
    }
}

impl Provider for Titled {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { kinds: vec![StyleKind::Headshot, StyleKind::Thumbnail], ..self.inner.capabilities() }
    }

    fn prompt(&self, request: &Request) -> Option<String> {
        self.inner.prompt(request)
    }

    fn health(&self) -> Health {
        self.inner.health()
    }

    fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a> {
        Box::pin(async move {
            let title = request.options.title.as_deref().unwrap_or_default().trim();
            let Recipe::Thumbnail(recipe) = &request.style.recipe else {
                return self.inner.generate(request, progress).await;
            };
            if title.is_empty() {
                return self.inner.generate(request, progress).await;
            }
            // What can't be set is said before anything is paid for.
            Title::parse(title).map_err(|error| ProviderError::Invalid { detail: error.to_string() })?;
            let answer = self.inner.generate(request, progress).await?;
            let options = &request.options;
            let wish = Wish {
                engine: self.engine.clone(),
                recipe: (**recipe).clone(),
                title: title.to_owned(),
                size: options.aspect.size(options.long_side),
                palette: options.first as usize / recipe.layouts.as_slice().len().max(1),
            };
            let (scenes, cost) = (answer.pictures, answer.cost);
            let failed = |detail: String| ProviderError::Unavailable {
                cause: Outage::Empty,
                retry_after: None,
                detail,
                cost,
            };
            let titled = on_a_thread(move || scenes.iter().map(|scene| wish.set(scene)).collect()).await;
            let titled: Result<Vec<Picture>, String> = titled.map_err(failed)?;
            Ok(Answer { pictures: titled.map_err(failed)?, made_by: answer.made_by, cost })
        })
    }
}

/// What is set over each scene.
struct Wish {
    engine: Engine,
    recipe: ThumbnailRecipe,
    title: String,
    size: Size,
    palette: usize,
}

impl Wish {
    fn set(&self, scene: &Picture) -> Result<Picture, String> {
        let pixels = decode(scene.bytes(), &Limits::default()).map_err(EngineError::Photo);
        let pixels = pixels.map_err(|error| error.to_string())?;
        let faces = self.engine.faces_in(&pixels).map_err(|error| error.to_string())?;
        let head = faces.first().map(|face| face.head);
        let options = ThumbnailOptions {
            title: &self.title,
            size: self.size,
            palette: self.palette,
            ..ThumbnailOptions::default()
        };
        let made = thumbnail::title_over(&pixels, head, &self.recipe, &options);
        let made = made.map_err(|error| error.to_string())?;
        let (file, _) =
            encode::jpeg_under(&made.picture, THUMBNAIL_BYTES).map_err(|error| error.to_string())?;
        let source = Source::CompositeWithTrainedAlgorithmicMedia;
        Ok(Picture::new(MediaType::Jpeg, provenance::mark(file, source).bytes))
    }
}
