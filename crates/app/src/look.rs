//! Look: what a style would make of a photo, small, at once and for nothing, by whoever makes pictures on this machine. Nothing is
//! written: no generation, no image, no ledger.

use std::sync::Arc;

use domain::AspectRatio;
use domain::StyleKind;
use domain::api_key::Scope;
use domain::check::Verdict;
use domain::consent::{Purpose, permit};
use domain::generation::OwnBackground;
use domain::ids::PhotoId;
use domain::ports::provider::{Background, Options, Picture, ProviderError, Request, ThumbnailOptions};
use domain::thumbnail::ThumbnailChoices;

use crate::{App, AppError, Caller};

/// Pixels of the longer side of a look: enough to choose by, too little to keep.
pub const LOOK_SIDE: u32 = 400;

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookRequest {
    /// Which product.
    pub kind: StyleKind,
    /// Which style.
    pub style: String,
    /// Which photo.
    pub photo: PhotoId,
    /// The shape.
    pub aspect: AspectRatio,
    /// The words on a thumbnail.
    pub title: Option<String>,
    /// What stands behind the person instead of the style's own background.
    pub background: Option<OwnBackground>,
    /// What is chosen for a thumbnail beside that, as the first picture of its set has it.
    pub thumbnail: Option<ThumbnailChoices>,
}

impl App {
    /// Makes a look.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`, `Style`, `NotFound(Photo)`, `ConsentMissing`, `PhotoUnusable`, `NoProvider` where nothing makes
    /// pictures on this machine, `Invalid(photo)` when nothing can be made of it.
    pub async fn look(&self, caller: &Caller, look: LookRequest) -> Result<Picture, AppError> {
        let account = caller.allow(Scope::Photos)?;
        let style = self.catalogue.find(look.kind, &look.style)?;
        let maker = self.ports.makers.iter().find(|maker| {
            let able = maker.provider.capabilities();
            let typesets = look.thumbnail.as_ref().is_some_and(ThumbnailChoices::need_typesetting);
            able.local
                && able.kinds.contains(&look.kind)
                && able.aspects.contains(&look.aspect)
                && (able.typesets || !typesets)
        });
        let maker = maker.ok_or_else(|| AppError::NoProvider("looks on this machine".into()))?;
        let consents = self.database().list_consents(account).await?;
        permit(account, &Purpose::KeepPhotos, &consents, self.now()).map_err(AppError::ConsentMissing)?;
        let photo = self.photo(caller, look.photo).await?;
        if photo.check.verdict == Verdict::Unusable {
            return Err(AppError::PhotoUnusable(Box::new(photo.check)));
        }
        let _permit = self.may_compute().await?;
        let background = match look.background {
            None => None,
            Some(OwnBackground::Colour(colour)) => Some(Background::Colour(colour)),
            Some(OwnBackground::Photo(own)) => Some(Background::Picture(self.picture_of(caller, own).await?)),
        };
        let thumbnail = match look.thumbnail {
            Some(choices) => {
                let logo = if choices.logo { self.database().brand_logo(account).await? } else { None };
                Some(ThumbnailOptions { choices, numbers: vec![1], logo })
            }
            None => None,
        };
        let request = Request {
            photos: vec![self.picture_of(caller, look.photo).await?],
            style: Arc::new(style.clone()),
            options: Options {
                count: 1,
                first: 0,
                aspect: look.aspect,
                long_side: LOOK_SIDE,
                background,
                title: look.title.filter(|title| !title.trim().is_empty()),
                note: None,
                seed: 1,
                thumbnail,
            },
        };
        let answer = maker.provider.generate(&request, &|_| {}).await;
        let answer = answer.map_err(|error| match error {
            ProviderError::Refused { reason, .. } => AppError::invalid("photo", reason),
            error => AppError::Unavailable(Box::new(error)),
        })?;
        let made = answer.pictures.into_iter().next();
        let made = made.ok_or_else(|| AppError::invalid("photo", "nothing came of it: use another photo"))?;
        self.shrunk(made).await
    }

    /// The bytes of a photo of the caller's.
    pub(crate) async fn picture_of(&self, caller: &Caller, photo: PhotoId) -> Result<Picture, AppError> {
        let photo = self.photo(caller, photo).await?;
        let kind = photo
            .media_type
            .parse()
            .map_err(|_| AppError::PhotoUnreadable("it is of no known kind".into()))?;
        Ok(Picture::new(kind, self.read_object(photo.key()).await?))
    }

    /// The same picture as small as a preview.
    pub(crate) async fn shrunk(&self, picture: Picture) -> Result<Picture, AppError> {
        let pictures = Arc::clone(&self.ports.pictures);
        let shrinking = tokio::task::spawn_blocking(move || pictures.preview(picture.bytes()));
        let small = shrinking.await.map_err(|error| AppError::Unavailable(Box::new(error)))??;
        Ok(small.preview)
    }
}
