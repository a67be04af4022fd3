//! More: the same photos, style and options again with another seed, when a person likes what they saw and wants other takes.

use domain::api_key::Scope;
use domain::generation::OwnBackground;
use domain::ids::GenerationId;
use domain::ports::database::Started;
use domain::thumbnail::ThumbnailChoices;

use crate::{App, AppError, Caller, GenerateRequest, Shape, ThumbnailRequest};

impl App {
    /// Starts a generation like another one of the caller's: as many images, or `count`.
    ///
    /// # Errors
    /// `NotFound(Generation)`; `Conflict(PhotoCount)` when its photos are gone; else as for [`App::generate`].
    pub async fn generate_more(
        &self,
        caller: &Caller,
        like: GenerationId,
        count: Option<u8>,
        idempotency_key: Option<String>,
    ) -> Result<Started, AppError> {
        let account = caller.allow(Scope::GenerationsWrite)?;
        let former = self.database().generation(account, like).await?.generation;
        let mut photos = self.database().generation_photos(account, like).await?;
        let mut background = former.options.background;
        if let Some(OwnBackground::Photo(own)) = background {
            photos.retain(|&photo| photo != own);
            if self.database().photo(account, own, self.now()).await.is_err() {
                // It has gone meanwhile: the style's own takes its place.
                background = None;
            }
        }
        let style = self.catalogue.iter().find(|style| former.is_of(style.kind(), &style.id));
        let kind = style.map_or(domain::StyleKind::Headshot, domain::Style::kind);
        let count = count.unwrap_or(former.options.count);
        let thumbnail = former.options.thumbnail.map(|choices| again(choices, count));
        let request = GenerateRequest {
            kind,
            style: former.style.to_string(),
            photos,
            count,
            shape: Shape::Free { aspect: former.options.aspect, long_side: former.options.long_side },
            title: former.options.title,
            note: former.options.note,
            background,
            seed: None,
            thumbnail,
            idempotency_key,
        };
        self.generate(caller, request).await
    }
}

/// The wish that led to these choices; the brand kit is taken as it is now. Another number of pictures than a test's is no test.
fn again(choices: ThumbnailChoices, count: u8) -> ThumbnailRequest {
    ThumbnailRequest {
        layout: choices.layout,
        test: choices.test.filter(|_| count == ThumbnailChoices::VARIANTS),
        brand: choices.colours.is_some() || choices.font.is_some() || choices.logo,
        titles: choices.titles,
    }
}
