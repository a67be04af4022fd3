//! OpenAI: pictures from photos and words by image edits ([reference](https://platform.openai.com/docs/api-reference/images/createEdit),
//! [guide](https://platform.openai.com/docs/guides/image-generation)).
//!
//! [`models`] is what each model can and costs, `request` what is sent, `reply` what comes back and whose turn it is when it is no
//! picture.

pub mod models;
mod reply;
mod request;

use std::sync::Arc;

use bytes::Bytes;
use domain::ports::clock::Clock;
use domain::ports::provider::{
    Answer, Capabilities, Generating, MadeBy, OnProgress, Progress, Provider, ProviderError, Request,
};
use domain::secret::Secret;
use domain::{AspectRatio, StyleKind};
use reqwest::header::{AUTHORIZATION, HeaderValue};

use crate::apart::apart;
use crate::line::{Line, Reply, with_cost};
use crate::settings::{LineSettings, Price, SettingsError};
use crate::{answer, photo, prompt};
use models::Model;
pub use models::Quality;

/// The provider's name, in the configuration and everywhere.
pub const ID: &str = "openai";
/// Where the API is.
pub const BASE_URL: &str = "https://api.openai.com";

/// How OpenAI is asked.
#[derive(Clone, Debug)]
pub struct OpenAiSettings {
    /// The key of the API.
    pub key: Secret,
    /// The model's name.
    pub model: String,
    /// What it costs; as in the [table](models) when there is none.
    pub price: Option<Price>,
    /// How much work goes into a picture.
    pub quality: Quality,
    /// Calls for one generation at a time.
    pub at_once: u32,
    /// The way there.
    pub line: LineSettings,
}

impl OpenAiSettings {
    /// The usual with a key.
    pub fn new(key: Secret) -> Self {
        OpenAiSettings {
            key,
            model: models::DEFAULT.to_owned(),
            price: None,
            quality: Quality::default(),
            at_once: 4,
            line: LineSettings::new(BASE_URL),
        }
    }
}

/// OpenAI behind the port.
pub struct OpenAi {
    line: Line,
    model: Model,
    quality: Quality,
    at_once: u32,
    photo_side: u32,
    clock: Arc<dyn Clock>,
}

impl OpenAi {
    /// An OpenAI by these settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: &OpenAiSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let no_key = || SettingsError::new(ID, "key", "what it is", "it is no key: copy it anew");
        let key = settings.key.expose();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| no_key())?;
        if key.is_empty() {
            return Err(no_key());
        }
        bearer.set_sensitive(true);
        let model = Model::find(&settings.model, settings.price)?;
        model.check_quality(settings.quality)?;
        Ok(OpenAi {
            line: Line::new(ID, &settings.line, (AUTHORIZATION, bearer))?,
            model,
            quality: settings.quality,
            at_once: settings.at_once.max(1),
            photo_side: settings.line.photo_side,
            clock,
        })
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.model.name
    }

    /// Asks for the model's description, which costs nothing: whether it is reached, the key is good and the model is there.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn check(&self) -> Result<(), ProviderError> {
        let reply = self.line.get(&format!("/v1/models/{}", self.model.name)).await?;
        if reply.status == 200 { Ok(()) } else { Err(self.failure(&reply)) }
    }

    fn failure(&self, reply: &Reply) -> ProviderError {
        reply::failure(reply.status, &reply.headers, &reply.body, self.clock.now())
    }

    async fn make(&self, request: &Request) -> Result<Answer, ProviderError> {
        let prompt = self.words(request);
        let photos = photo::prepare(request::pictures(request, models::MAX_PHOTOS), self.photo_side).await?;
        let form = request::form(&prompt, &photos, &self.model, self.quality, &request.options)?;
        let reply = self.line.post("/v1/images/edits", &form.media_type, Bytes::from(form.body)).await?;
        if reply.status != 200 {
            return Err(self.failure(&reply));
        }
        let reference = reply.headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let made_by = MadeBy { provider: ID.to_owned(), model: self.model.name.clone(), reference };
        let (price, size) = (self.model.price, request.options.aspect.size(request.options.long_side));
        let read = apart(move || {
            let made = reply::read(&reply.body, &price)?;
            let pictures =
                answer::pictures(&made.pictures, size).map_err(|error| with_cost(error, made.cost))?;
            Ok((pictures, made.cost))
        });
        let (pictures, cost) = read.await.unwrap_or_else(|| Err(answer::broken_off()))?;
        Ok(Answer { pictures, made_by, cost })
    }

    fn words(&self, request: &Request) -> String {
        prompt::of(request, request.photos.len().min(models::MAX_PHOTOS))
    }
}

impl Provider for OpenAi {
    fn id(&self) -> &str {
        ID
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            // A cover's title has to be spelled right, which no model is trusted with.
            kinds: vec![StyleKind::Headshot],
            aspects: AspectRatio::ALL.to_vec(),
            max_photos: models::MAX_PHOTOS,
            max_count: 1,
            at_once: self.at_once,
            max_long_side: 4096,
            typesets: false,
            local: false,
        }
    }

    fn prompt(&self, request: &Request) -> Option<String> {
        Some(self.words(request))
    }

    fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a> {
        Box::pin(async move {
            if request.photos.is_empty() {
                return Err(ProviderError::Invalid { detail: "no photo was sent".into() });
            }
            let made = self.make(request).await?;
            progress(Progress { finished: 1, requested: request.options.count });
            Ok(made)
        })
    }
}
