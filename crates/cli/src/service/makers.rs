//! Who makes the pictures: each that is configured, in the order in which they are asked, behind its guard.
//!
//! A vendor without a key is passed over; with none there is the engine alone, and no photo leaves this machine.

use std::sync::Arc;
use std::time::Duration;

use app::Maker;
use domain::consent::SubprocessorId;
use domain::ports::clock::Clock;
use domain::ports::provider::Provider;
use domain::secret::Secret;
use engine::{Engine, Titled};
use providers::gemini::{self, GeminiSettings, Safety};
use providers::openai::{self, OpenAiSettings, Quality};
use providers::{Gemini, GuardSettings, Guarded, LineSettings, OpenAi, Price, SettingsError};
use serde::Deserialize;

use super::secret_text::SecretText;
use crate::configuration::Configuration;

/// A name in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MakerName {
    Gemini,
    OpenAi,
    Engine,
}

impl MakerName {
    /// The usual order.
    pub(crate) fn usual() -> Vec<MakerName> {
        vec![MakerName::Gemini, MakerName::OpenAi, MakerName::Engine]
    }
}

/// What a model's tokens cost, in dollars a million.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceSection {
    text_in: f64,
    image_in: f64,
    text_out: f64,
    image_out: f64,
}

impl From<PriceSection> for Price {
    fn from(price: PriceSection) -> Self {
        let PriceSection { text_in, image_in, text_out, image_out } = price;
        Price { text_in, image_in, text_out, image_out }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SafetyWord {
    Strict,
    Medium,
    Relaxed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum QualityWord {
    Low,
    Medium,
    High,
    XHigh,
    Max,
}

/// How Gemini is asked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GeminiSection {
    key: Option<SecretText>,
    model: String,
    safety: SafetyWord,
    price: Option<PriceSection>,
    at_once: usize,
    per_minute: usize,
    timeout_seconds: u64,
    base_url: String,
}

impl Default for GeminiSection {
    fn default() -> Self {
        let guard = GuardSettings::default();
        GeminiSection {
            key: None,
            model: gemini::models::DEFAULT.to_owned(),
            safety: SafetyWord::Medium,
            price: None,
            at_once: guard.at_once,
            per_minute: guard.per_minute,
            timeout_seconds: LineSettings::new(gemini::BASE_URL).timeout.as_secs(),
            base_url: gemini::BASE_URL.to_owned(),
        }
    }
}

/// How OpenAI is asked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OpenAiSection {
    key: Option<SecretText>,
    model: String,
    quality: QualityWord,
    price: Option<PriceSection>,
    at_once: usize,
    per_minute: usize,
    timeout_seconds: u64,
    base_url: String,
}

impl Default for OpenAiSection {
    fn default() -> Self {
        let guard = GuardSettings::default();
        OpenAiSection {
            key: None,
            model: openai::models::DEFAULT.to_owned(),
            quality: QualityWord::Medium,
            price: None,
            at_once: guard.at_once,
            per_minute: guard.per_minute,
            timeout_seconds: LineSettings::new(openai::BASE_URL).timeout.as_secs(),
            base_url: openai::BASE_URL.to_owned(),
        }
    }
}

/// An outside service that photos may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subprocessor {
    /// By which a person consents to it.
    pub(super) id: &'static str,
    /// What it is called, and who runs it.
    pub(super) name: &'static str,
    /// Where it is reached.
    pub(super) endpoint: String,
    /// Its own terms of data processing.
    pub(super) terms: &'static str,
}

/// Where photos may be sent, in the order in which the services are asked.
pub(super) fn subprocessors(configuration: &Configuration) -> Vec<Subprocessor> {
    let of = |name: &MakerName| match name {
        MakerName::Gemini => gemini_key(configuration).map(|_| Subprocessor {
            id: gemini::ID,
            name: "Google Gemini (Google LLC, United States)",
            endpoint: configuration.gemini.base_url.clone(),
            terms: "https://ai.google.dev/gemini-api/terms",
        }),
        MakerName::OpenAi => openai_key(configuration).map(|_| Subprocessor {
            id: openai::ID,
            name: "OpenAI (OpenAI OpCo, LLC, United States)",
            endpoint: configuration.openai.base_url.clone(),
            terms: "https://openai.com/policies/data-processing-addendum/",
        }),
        MakerName::Engine => None,
    };
    configuration.providers.iter().filter_map(of).collect()
}

/// Who makes the pictures, in the order in which they are asked.
pub(super) fn makers(
    configuration: &Configuration,
    engine: Engine,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Maker>, String> {
    let mut makers: Vec<Maker> = Vec::new();
    for name in &configuration.providers {
        let made = match name {
            MakerName::Engine => Ok(Some(own(engine.clone()))),
            MakerName::Gemini => {
                gemini_key(configuration).map(|key| gemini(configuration, key, &engine, clock)).transpose()
            }
            MakerName::OpenAi => {
                openai_key(configuration).map(|key| openai(configuration, key, &engine, clock)).transpose()
            }
        };
        makers.extend(made.map_err(|error| error.to_string())?);
    }
    let ids: Vec<&str> = makers.iter().map(|maker| maker.provider.id()).collect();
    if (1..ids.len()).any(|i| ids[..i].contains(&ids[i])) {
        return Err("providers: name each one once".to_owned());
    }
    if makers.is_empty() {
        return Err(
            "providers: nobody is left to make pictures: name engine, or set the key of another".to_owned()
        );
    }
    Ok(makers)
}

fn own(engine: Engine) -> Maker {
    let model = concat!("covershots ", env!("CARGO_PKG_VERSION")).to_owned();
    Maker { provider: Arc::new(engine), model, send_to: None }
}

/// How Gemini is asked, as it is configured.
pub(super) fn gemini_settings(configuration: &Configuration, key: Secret) -> GeminiSettings {
    let section = &configuration.gemini;
    let mut settings = GeminiSettings::new(key);
    settings.model.clone_from(&section.model);
    settings.price = section.price.map(Price::from);
    settings.safety = match section.safety {
        SafetyWord::Strict => Safety::Strict,
        SafetyWord::Medium => Safety::Medium,
        SafetyWord::Relaxed => Safety::Relaxed,
    };
    settings.line.base_url.clone_from(&section.base_url);
    settings.line.timeout = Duration::from_secs(section.timeout_seconds);
    settings
}

fn gemini(
    configuration: &Configuration,
    key: Secret,
    engine: &Engine,
    clock: &Arc<dyn Clock>,
) -> Result<Maker, SettingsError> {
    let settings = gemini_settings(configuration, key);
    let guard = guard(configuration.gemini.at_once, configuration.gemini.per_minute);
    let provider = Gemini::new(&settings, Arc::clone(clock))?;
    outside(Arc::new(provider), gemini::ID, settings.model, &guard, (engine, clock))
}

/// How OpenAI is asked, as it is configured.
pub(super) fn openai_settings(configuration: &Configuration, key: Secret) -> OpenAiSettings {
    let section = &configuration.openai;
    let mut settings = OpenAiSettings::new(key);
    settings.model.clone_from(&section.model);
    settings.price = section.price.map(Price::from);
    settings.quality = match section.quality {
        QualityWord::Low => Quality::Low,
        QualityWord::Medium => Quality::Medium,
        QualityWord::High => Quality::High,
        QualityWord::XHigh => Quality::XHigh,
        QualityWord::Max => Quality::Max,
    };
    settings.line.base_url.clone_from(&section.base_url);
    settings.line.timeout = Duration::from_secs(section.timeout_seconds);
    settings
}

fn openai(
    configuration: &Configuration,
    key: Secret,
    engine: &Engine,
    clock: &Arc<dyn Clock>,
) -> Result<Maker, SettingsError> {
    let settings = openai_settings(configuration, key);
    let guard = guard(configuration.openai.at_once, configuration.openai.per_minute);
    let provider = OpenAi::new(&settings, Arc::clone(clock))?;
    outside(Arc::new(provider), openai::ID, settings.model, &guard, (engine, clock))
}

fn guard(at_once: usize, per_minute: usize) -> GuardSettings {
    GuardSettings { at_once, per_minute, ..GuardSettings::default() }
}

fn outside(
    provider: Arc<dyn Provider>,
    id: &'static str,
    model: String,
    guard: &GuardSettings,
    (engine, clock): (&Engine, &Arc<dyn Clock>),
) -> Result<Maker, SettingsError> {
    let guarded = Guarded::new(provider, id, guard, Arc::clone(clock))?;
    // A title is set here, so that it is spelled right.
    let titled = Titled::new(Arc::new(guarded), engine.clone());
    Ok(Maker { provider: Arc::new(titled), model, send_to: SubprocessorId::new(id) })
}

/// The key for Gemini, if there is one.
pub(super) fn gemini_key(configuration: &Configuration) -> Option<Secret> {
    SecretText::or_environment(configuration.gemini.key.as_ref(), "GEMINI_API_KEY")
}

/// The key for OpenAI, if there is one.
pub(super) fn openai_key(configuration: &Configuration) -> Option<Secret> {
    SecretText::or_environment(configuration.openai.key.as_ref(), "OPENAI_API_KEY")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::system::SystemClock;

    fn ids(text: &str) -> Result<Vec<String>, String> {
        let configuration: Configuration = toml::from_str(text).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let makers = makers(&configuration, Engine::default(), &clock)?;
        Ok(makers.iter().map(|maker| maker.provider.id().to_owned()).collect())
    }

    #[test]
    fn those_with_a_key_make_pictures_in_their_order() {
        assert_eq!(ids("").unwrap(), ["engine"]);
        let keys = "[gemini]\nkey = \"g\"\n[openai]\nkey = \"o\"\n";
        assert_eq!(ids(keys).unwrap(), ["gemini", "openai", "engine"]);
        let order = format!("providers = [\"openai\", \"gemini\"]\n{keys}");
        assert_eq!(ids(&order).unwrap(), ["openai", "gemini"]);
        assert_eq!(ids("[openai]\nkey = \"o\"").unwrap(), ["openai", "engine"]);
    }

    #[test]
    fn what_can_t_work_is_said_before_anything_is_opened() {
        for (text, said) in [
            ("providers = [\"gemini\"]", "nobody is left"),
            ("providers = [\"engine\", \"engine\"]", "each one once"),
            ("[gemini]\nkey = \"g\"\nbase_url = \"http://example.com\"", "only https"),
            ("[gemini]\nkey = \"g\"\nmodel = \"gemini-99\"", "gemini.price"),
            ("[openai]\nkey = \"o\"\nquality = \"max\"\nmodel = \"gpt-image-2\"", "openai.quality"),
            ("[openai]\nkey = \"o\"\nper_minute = 0", "openai.per_minute"),
        ] {
            let error = ids(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_key_does_not_print() {
        let configuration: Configuration = toml::from_str("[gemini]\nkey = \"AIza-very-private\"").unwrap();
        assert!(!format!("{configuration:?}").contains("very-private"));
    }
}
