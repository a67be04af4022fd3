//! Generate: a wish becomes a generation that waits for a worker. Whatever could be wrong with the wish is said here, before
//! it costs anything; then credits are held back in the same transaction that writes it.

use domain::api_key::Scope;
use domain::brand::BrandKit;
use domain::check::Verdict;
use domain::consent::{Consent, ConsentMissing, Purpose, permit};
use domain::generation::{GenerationOptions, OwnBackground};
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::platform::{Platform, SIDES};
use domain::ports::database::{Conflict, IdempotencyKey, MAX_PHOTOS, NewGeneration, Noun, Started};
use domain::ports::provider::Capabilities;
use domain::style::Style;
use domain::style::thumbnail::Layout;
use domain::thumbnail::{Difference, ThumbnailChoices};
use domain::{AspectRatio, StyleKind};
use serde::Serialize;

use crate::upload::sha256;
use crate::{App, AppError, Caller, Maker};

/// Random seeds stay within what a double-precision number holds exactly, so that any program can hand one back.
const SEED_BITS: u32 = 53;

/// What a person wishes for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GenerateRequest {
    /// Which product.
    pub kind: StyleKind,
    /// Which style.
    pub style: String,
    /// The photos, the best first. The background's is not among them.
    pub photos: Vec<PhotoId>,
    /// How many images.
    pub count: u8,
    /// Their shape and size.
    pub shape: Shape,
    /// The words on a thumbnail.
    pub title: Option<String>,
    /// A wish in the person's own words.
    pub note: Option<String>,
    /// What stands behind the person instead of the style's own background.
    pub background: Option<OwnBackground>,
    /// The seed; one is drawn when there is none.
    pub seed: Option<u64>,
    /// What is wished for a thumbnail beside that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<ThumbnailRequest>,
    /// The request's own key: the same one again gives the same generation.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What a person wishes for a thumbnail beside style and title.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ThumbnailRequest {
    /// Where person and title stand.
    pub layout: Option<Layout>,
    /// The one thing by which three of them are to differ.
    pub test: Option<Difference>,
    /// Other titles, for a test of titles.
    pub titles: Vec<String>,
    /// Whether the brand kit is put to use, as it is now.
    pub brand: bool,
}

/// The shape and size of images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Those of a place they go to.
    Platform(String),
    /// Any other.
    Free {
        /// The shape.
        aspect: AspectRatio,
        /// Pixels of the longer side.
        long_side: u32,
    },
}

impl App {
    /// Starts a generation.
    ///
    /// # Errors
    /// `ScopeMissing(generations:write)`, `Style`, `Platform`, `Options`, `Invalid`, `NoProvider`, `ConsentMissing`,
    /// `NotFound(Photo)`, `PhotoUnusable`, `Conflict` (`PhotoCount`, `KeyReused`), `Credit`.
    pub async fn generate(&self, caller: &Caller, request: GenerateRequest) -> Result<Started, AppError> {
        let account = caller.allow(Scope::GenerationsWrite)?;
        let idempotency = request.idempotency()?;
        let style = self.catalogue.find(request.kind, &request.style)?;
        let options = self.options(account, &request).await?;
        let able = self.makers_for(style, &options)?;
        let consents = self.agreed(account).await?;
        self.is_allowed(account, &able, &consents)?;
        self.look_up_photos(account, &request).await?;
        let mut photos = request.photos;
        if let Some(OwnBackground::Photo(background)) = request.background {
            photos.push(background);
        }
        let new = NewGeneration {
            id: self.new_id(GenerationId::new)?,
            account,
            style: style.id.clone(),
            options,
            price: self.settings.prices.of(style.kind()),
            photos,
            idempotency,
            now: self.now(),
        };
        self.start(new).await
    }

    /// Writes it down and calls a worker.
    pub(crate) async fn start(&self, new: NewGeneration) -> Result<Started, AppError> {
        let started = self.database().start_generation(new).await?;
        if !started.replayed {
            self.tell(&started.generation);
            self.call_worker();
        }
        Ok(started)
    }

    /// What was asked for, in full, within the limits.
    async fn options(
        &self,
        account: AccountId,
        request: &GenerateRequest,
    ) -> Result<GenerationOptions, AppError> {
        let (aspect, long_side) = match &request.shape {
            Shape::Free { aspect, long_side } => (*aspect, *long_side),
            Shape::Platform(id) => {
                let platform = Platform::find(request.kind, id)?;
                (platform.aspect(), platform.width.max(platform.height).max(*SIDES.start()))
            }
        };
        let title = request.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
        if title.is_some() && request.kind == StyleKind::Headshot {
            return Err(AppError::invalid(
                "title",
                "a headshot has no title: leave it out, or choose a thumbnail style",
            ));
        }
        if request.thumbnail.is_some() && request.kind == StyleKind::Headshot {
            return Err(AppError::invalid(
                "thumbnail",
                "a headshot has no layout, test or brand: leave it out, or choose a thumbnail style",
            ));
        }
        let note = request.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        let options = GenerationOptions {
            kind: Some(request.kind),
            count: request.count,
            aspect,
            long_side,
            title: title.map(str::to_owned),
            note: note.map(str::to_owned),
            background: request.background,
            change: None,
            seed: match request.seed {
                Some(seed) => seed,
                None => self.new_seed()?,
            },
            thumbnail: match &request.thumbnail {
                Some(wish) => self.thumbnail_choices(account, wish).await?,
                None => None,
            },
        };
        options.validate()?;
        Ok(options)
    }

    /// What was chosen for a thumbnail, with the brand kit as it is; `None` when that is nothing.
    async fn thumbnail_choices(
        &self,
        account: AccountId,
        wish: &ThumbnailRequest,
    ) -> Result<Option<ThumbnailChoices>, AppError> {
        let kit = if wish.brand { self.database().brand_kit(account).await? } else { BrandKit::default() };
        let titles =
            wish.titles.iter().map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
        let choices = ThumbnailChoices {
            layout: wish.layout,
            test: wish.test,
            titles: titles.take(2).collect(),
            colours: kit.colours,
            font: kit.font,
            logo: kit.logo.is_some(),
        };
        Ok(Some(choices).filter(|choices| *choices != ThumbnailChoices::default()))
    }

    /// A seed drawn by lot.
    pub(crate) fn new_seed(&self) -> Result<u64, AppError> {
        let mut bytes = [0; 8];
        self.ports.randomness.fill(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes) >> (u64::BITS - SEED_BITS))
    }

    /// Who can make it, in the order in which they are asked.
    fn makers_for(&self, style: &Style, options: &GenerationOptions) -> Result<Vec<&Maker>, AppError> {
        let can = |maker: &&Maker| can_make(&maker.provider.capabilities(), style, options);
        let able: Vec<&Maker> = self.ports.makers.iter().filter(can).collect();
        let what = || format!("{}s of {} with {} pixels", style.kind(), options.aspect, options.long_side);
        if able.is_empty() { Err(AppError::NoProvider(what())) } else { Ok(able) }
    }

    /// The gate: photos may be kept, and may go to somebody who can make it.
    fn is_allowed(&self, account: AccountId, able: &[&Maker], consents: &[Consent]) -> Result<(), AppError> {
        let now = self.now();
        permit(account, &Purpose::KeepPhotos, consents, now).map_err(AppError::ConsentMissing)?;
        let mut missing: Option<ConsentMissing> = None;
        for maker in able {
            match maker.may_get(account, consents, now) {
                Ok(()) => return Ok(()),
                Err(error) => missing = missing.or(Some(error)),
            }
        }
        missing.map_or(Ok(()), |missing| Err(AppError::ConsentMissing(missing)))
    }

    /// Each photo that shows the person can be used. One that is not there is left to the transaction: in a repeated
    /// request it may have gone since.
    async fn look_up_photos(&self, account: AccountId, request: &GenerateRequest) -> Result<(), AppError> {
        let backgrounds = usize::from(matches!(request.background, Some(OwnBackground::Photo(_))));
        if request.photos.is_empty() || request.photos.len() + backgrounds > MAX_PHOTOS {
            return Err(AppError::Conflict(Conflict::PhotoCount));
        }
        for &id in &request.photos {
            match self.database().photo(account, id, self.now()).await.map_err(AppError::from) {
                Ok(photo) if photo.check.verdict == Verdict::Unusable => {
                    return Err(AppError::PhotoUnusable(Box::new(photo.check)));
                }
                Ok(_) | Err(AppError::NotFound(Noun::Photo)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl GenerateRequest {
    /// The key and the digest of all that was asked for with it.
    fn idempotency(&self) -> Result<Option<IdempotencyKey>, AppError> {
        let Some(key) = self.idempotency_key.clone() else { return Ok(None) };
        check_key(&key)?;
        let request = serde_json::to_vec(self).map_err(|error| AppError::Unavailable(Box::new(error)))?;
        Ok(Some(IdempotencyKey { key, request: sha256(&request) }))
    }
}

/// A key is 1 to 255 visible ASCII characters, so that it fits a header.
pub(crate) fn check_key(key: &str) -> Result<(), AppError> {
    let good = (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let message = "use 1 to 255 letters, digits and signs without spaces, for example a UUID";
    if good { Ok(()) } else { Err(AppError::invalid("idempotency_key", message)) }
}

/// Whether a provider can make what is asked for. The number of images is no hindrance: it is asked several times. A change is made
/// here: elsewhere another face would come of it.
pub(crate) fn can_make(able: &Capabilities, style: &Style, options: &GenerationOptions) -> bool {
    able.kinds.contains(&style.kind())
        && able.aspects.contains(&options.aspect)
        && able.max_long_side >= options.long_side
        && (able.typesets || !options.thumbnail.as_ref().is_some_and(ThumbnailChoices::need_typesetting))
        && (able.local || options.change.is_none())
        && able.max_count > 0
        && able.max_photos > 0
}

impl Maker {
    /// Whether the account's photos may go there.
    pub(crate) fn may_get(
        &self,
        account: AccountId,
        consents: &[Consent],
        now: domain::Timestamp,
    ) -> Result<(), ConsentMissing> {
        let Some(service) = self.send_to.clone() else { return Ok(()) };
        permit(account, &Purpose::SendTo(service), consents, now).map(drop)
    }
}
