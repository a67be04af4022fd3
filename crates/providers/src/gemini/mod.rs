//! Google's Gemini: pictures from photos and words by `generateContent`
//! ([reference](https://ai.google.dev/api/generate-content), [guide](https://ai.google.dev/gemini-api/docs/image-generation)).
//!
//! [`models`] is what each model can and costs, `request` what is sent, `reply` what comes back and whose turn it is when it is no
//! picture.

pub mod models;
mod reply;
mod request;

use std::sync::Arc;

use bytes::Bytes;
use domain::Timestamp;
use domain::ports::clock::Clock;
use domain::ports::provider::{
    Answer, Capabilities, Generating, MadeBy, OnProgress, Progress, Provider, ProviderError, Request,
};
use domain::secret::Secret;
use domain::{AspectRatio, StyleKind};
use reqwest::header::{HeaderName, HeaderValue};

use crate::apart::apart;
use crate::line::{Line, Reply, with_cost};
use crate::settings::{LineSettings, Price, SettingsError};
use crate::{answer, photo, prompt};
use models::Model;

/// The provider's name, in the configuration and everywhere.
pub const ID: &str = "gemini";
/// Where the API is.
pub const BASE_URL: &str = "https://generativelanguage.googleapis.com";

/// How Gemini is asked.
#[derive(Clone, Debug)]
pub struct GeminiSettings {
    /// The key of the API.
    pub key: Secret,
    /// The model's name.
    pub model: String,
    /// What it costs; as in the [table](models) when there is none.
    pub price: Option<Price>,
    /// How much is blocked.
    pub safety: Safety,
    /// Calls for one generation at a time.
    pub at_once: u32,
    /// The way there.
    pub line: LineSettings,
}

impl GeminiSettings {
    /// The usual with a key.
    pub fn new(key: Secret) -> Self {
        GeminiSettings {
            key,
            model: models::DEFAULT.to_owned(),
            price: None,
            safety: Safety::default(),
            at_once: 4,
            line: LineSettings::new(BASE_URL),
        }
    }
}

/// From which probability of harm on something is blocked
/// ([safety settings](https://ai.google.dev/gemini-api/docs/safety-settings)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Safety {
    /// From a low one.
    Strict,
    /// From a medium one.
    #[default]
    Medium,
    /// From a high one.
    Relaxed,
}

/// Gemini behind the port.
pub struct Gemini {
    line: Line,
    model: Model,
    safety: Safety,
    at_once: u32,
    photo_side: u32,
    clock: Arc<dyn Clock>,
}

impl Gemini {
    /// A Gemini by these settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: &GeminiSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let mut key = HeaderValue::from_str(settings.key.expose())
            .ok()
            .filter(|key| !key.is_empty())
            .ok_or_else(|| SettingsError::new(ID, "key", "what it is", "it is no key: copy it anew"))?;
        key.set_sensitive(true);
        Ok(Gemini {
            line: Line::new(ID, &settings.line, (HeaderName::from_static("x-goog-api-key"), key))?,
            model: Model::find(&settings.model, settings.price)?,
            safety: settings.safety,
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
        let reply = self.line.get(&format!("/v1beta/models/{}", self.model.name)).await?;
        if reply.status == 200 { Ok(()) } else { Err(self.failure(&reply)) }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn failure(&self, reply: &Reply) -> ProviderError {
        reply::failure(reply.status, &reply.headers, &reply.body, self.now())
    }

    async fn make(&self, request: &Request) -> Result<Answer, ProviderError> {
        let prompt = self.words(request);
        let photos = photo::prepare(request::pictures(request), self.photo_side).await?;
        let body = request::body(&prompt, &photos, &self.model, self.safety, &request.options);
        let path = format!("/v1beta/models/{}:generateContent", self.model.name);
        let reply = self.line.post(&path, "application/json", Bytes::from(body)).await?;
        if reply.status != 200 {
            return Err(self.failure(&reply));
        }
        let (price, size) = (self.model.price, request.options.aspect.size(request.options.long_side));
        let read = apart(move || {
            let made = reply::read(&reply.body, &price)?;
            let pictures =
                answer::pictures(&made.pictures, size).map_err(|error| with_cost(error, made.cost))?;
            Ok((pictures, made.model, made.reference, made.cost))
        });
        let (pictures, model, reference, cost) = read.await.unwrap_or_else(|| Err(answer::broken_off()))?;
        let model = model.unwrap_or_else(|| self.model.name.clone());
        let made_by = MadeBy { provider: ID.to_owned(), model, reference };
        Ok(Answer { pictures, made_by, cost })
    }

    fn words(&self, request: &Request) -> String {
        prompt::of(request, request.photos.len().min(self.model.max_photos))
    }
}

impl Provider for Gemini {
    fn id(&self) -> &str {
        ID
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            // A cover's title has to be spelled right, which no model is trusted with: whoever sets it over a scene offers covers.
            kinds: vec![StyleKind::Headshot],
            aspects: AspectRatio::ALL.to_vec(),
            max_photos: self.model.max_photos,
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
