//! Change: one thing in an image is made different, and the face stays. It is made anew from the photo on this machine, as it was made
//! the first time; it costs nothing, and the image that it was stays beside it.

use domain::AspectRatio;
use domain::api_key::Scope;
use domain::attempt::AttemptOutcome;
use domain::consent::{Purpose, permit};
use domain::credit::Credits;
use domain::generation::{Change, Generation, GenerationOptions, Lighting, OwnBackground};
use domain::ids::{GenerationId, PhotoId};
use domain::image::ImageId;
use domain::ports::database::{NewGeneration, Started};
use domain::style::headshot::Frame;
use domain::{StyleKind, style::Style};

use crate::{App, AppError, Caller};

/// The one thing that is to be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Different {
    /// Another background; the style's own with `None`.
    Background(Option<OwnBackground>),
    /// Another light.
    Light(Lighting),
    /// More or less of the person.
    Frame(Frame),
    /// Another shape.
    Aspect(AspectRatio),
    /// Other words on a thumbnail.
    Title(String),
}

impl App {
    /// Whether one thing of an image can be changed: it was made here, and its photos are still there.
    ///
    /// # Errors
    /// `ScopeMissing(generations:write)`, `NotFound(Image)`.
    pub async fn can_change(&self, caller: &Caller, image: ImageId) -> Result<bool, AppError> {
        let account = caller.allow(Scope::GenerationsWrite)?;
        let attempts = self.database().list_attempts(account, image.generation).await?;
        let here = |provider: &str| {
            self.ports
                .makers
                .iter()
                .any(|maker| maker.provider.id() == provider && maker.provider.capabilities().local)
        };
        let made = attempts.iter().filter(|attempt| attempt.outcome == Some(AttemptOutcome::Succeeded));
        let all_here = made.clone().count() > 0 && made.clone().all(|attempt| here(&attempt.provider));
        let former = self.database().generation(account, image.generation).await?.generation;
        Ok(all_here && !self.person_photos(&former).await?.is_empty())
    }

    /// The photos of a generation that show the person and are still there.
    pub(crate) async fn person_photos(&self, generation: &Generation) -> Result<Vec<PhotoId>, AppError> {
        let mut photos = self.database().generation_photos(generation.account, generation.id).await?;
        if let Some(OwnBackground::Photo(own)) = generation.options.background {
            photos.retain(|&photo| photo != own);
        }
        Ok(photos)
    }

    /// Whether the photos that an image was made of are still there.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`, `NotFound(Image)`.
    pub async fn has_photos(&self, caller: &Caller, image: ImageId) -> Result<bool, AppError> {
        let known = self.generation(caller, image.generation).await?;
        Ok(!self.person_photos(&known.generation).await?.is_empty())
    }

    /// Starts a generation of one image that is like another but for one thing.
    ///
    /// # Errors
    /// `ScopeMissing(generations:write)`, `NotFound(Image)`, `ConsentMissing`, `Invalid(change)` for one that the product or the
    /// image does not know, `Options`, `Conflict(PhotoCount)` when its photos are gone.
    pub async fn change_image(
        &self,
        caller: &Caller,
        image: ImageId,
        different: Different,
    ) -> Result<Started, AppError> {
        let account = caller.allow(Scope::GenerationsWrite)?;
        let image = self.image(caller, image).await?.id;
        if !self.can_change(caller, image).await? {
            let message = "it was not made here, or its photo is gone: ask for a new picture instead";
            return Err(AppError::invalid("change", message));
        }
        let consents = self.database().list_consents(account).await?;
        permit(account, &Purpose::KeepPhotos, &consents, self.now()).map_err(AppError::ConsentMissing)?;
        let former = self.database().generation(account, image.generation).await?.generation;
        let style = self.catalogue.iter().find(|style| former.is_of(style.kind(), &style.id));
        let style = style.ok_or_else(|| AppError::invalid("change", "its style is not offered any more"))?;
        let mut photos = self.person_photos(&former).await?;
        let options = changed(former.options, image, different, style)?;
        options.validate()?;
        if let Some(OwnBackground::Photo(own)) = options.background {
            photos.push(own);
        }
        let new = NewGeneration {
            id: self.new_id(GenerationId::new)?,
            account,
            style: style.id.clone(),
            options,
            price: Credits::ZERO,
            photos,
            idempotency: None,
            now: self.now(),
        };
        self.start(new).await
    }
}

/// The options of an image with one thing different. What was changed before stays changed.
fn changed(
    former: GenerationOptions,
    image: ImageId,
    different: Different,
    style: &Style,
) -> Result<GenerationOptions, AppError> {
    let first = Change { of: image, place: image.number.saturating_sub(1), light: None, frame: None };
    // An image that is itself a change stands where its own original stood.
    let mut change = Change { of: image, ..former.change.unwrap_or(first) };
    let mut options = GenerationOptions { count: 1, ..former };
    let only = |kind, what: &str| {
        if style.kind() == kind {
            Ok(())
        } else {
            Err(AppError::invalid("change", format!("a {} has no {what}", style.kind())))
        }
    };
    match different {
        Different::Background(background) => options.background = background,
        Different::Aspect(aspect) => options.aspect = aspect,
        Different::Light(light) => {
            only(StyleKind::Headshot, "light of its own")?;
            change.light = Some(light);
        }
        Different::Frame(frame) => {
            only(StyleKind::Headshot, "frame of its own")?;
            change.frame = Some(frame);
        }
        Different::Title(title) => {
            only(StyleKind::Thumbnail, "title")?;
            options.title = Some(title.trim().to_owned()).filter(|title| !title.is_empty());
        }
    }
    options.change = Some(change);
    Ok(options)
}
