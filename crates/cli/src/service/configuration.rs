//! What an installation of the service decides, as the sections of the configuration file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::{Settings, SignUpPolicy};
use domain::credit::Credits;
use domain::ports::clock::Clock;
use domain::ports::outbound::Reach;
use domain::retention::{Period, Retention};
use domain::secret::Secret;
use domain::time::Timestamp;
use engine::Engine;
use imaging::credentials::Signer;
use ipnet::IpNet;
use serde::Deserialize;
use web::listen::Tls;
use web::{AllowedSource, LimitSettings, RateSettings, WebSettings};

use super::database::Kind;
use super::secret_text::SecretText;
use super::system::SystemClock;
use super::{log, makers, policy};
use crate::configuration::Configuration;

/// The shortest secret that cannot be guessed.
const SECRET: usize = 32;
/// How often what is over goes where each look costs a few calls: nothing is served past its time anyway.
const CLEAN_CONVEX: Duration = Duration::from_secs(15 * 60);

/// Where it is reached.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Serve {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) public_url: Option<String>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) metrics_token: Option<String>,
    pub(crate) secret: Option<SecretText>,
    pub(crate) connections: usize,
    pub(crate) drain_seconds: u64,
}

impl Default for Serve {
    fn default() -> Self {
        Serve {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: "covershots-data".into(),
            public_url: None,
            trusted_proxies: Vec::new(),
            metrics_token: None,
            secret: None,
            connections: LimitSettings::default().connections,
            drain_seconds: 0,
        }
    }
}

/// How it is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TlsSection {
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) acme_domains: Vec<String>,
    pub(crate) acme_contact: Option<String>,
    pub(crate) acme_directory: Option<String>,
    pub(crate) acme_root: Option<PathBuf>,
}

/// How much one caller may ask for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rates {
    pub(crate) requests_per_minute: u32,
    pub(crate) uploads_per_minute: u32,
}

impl Default for Rates {
    fn default() -> Self {
        let RateSettings { requests_per_minute, uploads_per_minute } = RateSettings::default();
        Rates { requests_per_minute, uploads_per_minute }
    }
}

/// Who may come, and with what they begin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Accounts {
    pub(crate) sign_up: SignUpWord,
    pub(crate) welcome_credits: u32,
    pub(crate) low_balance: u32,
}

impl Default for Accounts {
    fn default() -> Self {
        Accounts { sign_up: SignUpWord::Open, welcome_credits: 20, low_balance: 5 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SignUpWord {
    Open,
    Closed,
}

/// How long pictures are kept, in days.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RetentionSection {
    pub(crate) photos: u16,
    pub(crate) results: u16,
    pub(crate) previews: Option<u16>,
}

impl Default for RetentionSection {
    fn default() -> Self {
        let Retention { uploads, results, previews } = Retention::default();
        RetentionSection {
            photos: uploads.get(),
            results: results.get(),
            previews: previews.map(Period::get),
        }
    }
}

/// What is taken in.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Uploads {
    pub(crate) max_megabytes: u32,
    pub(crate) max_photos: u32,
    pub(crate) checks_at_once: usize,
    pub(crate) at_once: usize,
}

impl Default for Uploads {
    fn default() -> Self {
        let uploads = app::UploadSettings::default();
        Uploads {
            max_megabytes: u32::try_from(uploads.max_bytes / 1_000_000).unwrap_or(u32::MAX),
            max_photos: uploads.max_photos,
            checks_at_once: uploads.checks_at_once,
            at_once: LimitSettings::default().uploads_at_once,
        }
    }
}

/// Who makes the pictures.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Worker {
    pub(crate) here: bool,
    pub(crate) at_once: u32,
    pub(crate) lease_seconds: u64,
    pub(crate) least_likeness: u8,
    pub(crate) stop_within_seconds: u64,
}

impl Default for Worker {
    fn default() -> Self {
        let work = app::WorkSettings::default();
        Worker {
            here: true,
            at_once: work.at_once,
            lease_seconds: work.lease.as_secs(),
            least_likeness: work.likeness,
            stop_within_seconds: work.stop_within.as_secs(),
        }
    }
}

/// Who signs where pictures come from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Provenance {
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

impl Provenance {
    /// The signer, where there is a certificate.
    pub(crate) fn signer(&self) -> Result<Option<Signer>, String> {
        let (certificate, key) = match (&self.certificate, &self.key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate, key),
            _ => return Err("provenance: a certificate needs its key, and a key its certificate".to_owned()),
        };
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path)
                .map_err(|error| format!("provenance: {} can't be read ({error})", path.display()))
        };
        let signer = Signer::new(&read(certificate)?, &read(key)?);
        signer.map(Some).map_err(|error| format!("provenance: {error}"))
    }
}

/// What is posted to whom.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Webhooks {
    pub(crate) private_addresses: bool,
    pub(crate) max_endpoints: usize,
}

impl Default for Webhooks {
    fn default() -> Self {
        Webhooks { private_addresses: false, max_endpoints: app::WebhookSettings::default().max_endpoints }
    }
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: log::Format,
    pub(crate) level: String,
}

impl Default for Log {
    fn default() -> Self {
        Log { format: log::Format::Auto, level: "info".into() }
    }
}

impl Configuration {
    /// Checks what can be checked of the service before anything is opened.
    pub(crate) fn validate_service(&self) -> Result<(), String> {
        self.encryption(PathBuf::new())?;
        self.kept_in()?;
        if self.serve.secret.as_ref().is_some_and(|text| text.secret().expose().len() < SECRET) {
            return Err(format!("serve.secret is too short: use {SECRET} random characters at least"));
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        makers::makers(self, Engine::default(), &clock)?;
        self.settings()?.validate().map_err(|error| error.to_string())?;
        self.web().validate().map_err(|error| error.to_string())?;
        self.clerk()?;
        self.payments().map(drop)
    }

    /// For the use cases.
    pub(crate) fn settings(&self) -> Result<Settings, String> {
        let days =
            |name, days| Period::days(days).ok_or(format!("retention.{name} is 0: use at least 1 day"));
        let retention = Retention {
            uploads: days("photos", self.retention.photos)?,
            results: days("results", self.retention.results)?,
            previews: self.retention.previews.map(|previews| days("previews", previews)).transpose()?,
        };
        let text = policy::document(self, retention);
        // Its version is decided when it is known which were in force before.
        let mut settings = Settings::new(text.publish(&[], Timestamp::EPOCH));
        settings.retention = retention;
        settings.sign_up = match self.accounts.sign_up {
            SignUpWord::Open => SignUpPolicy::Open,
            SignUpWord::Closed => SignUpPolicy::Closed,
        };
        settings.welcome = Credits::new(self.accounts.welcome_credits);
        settings.low_balance = Credits::new(self.accounts.low_balance);
        settings.minor_per_dollar = self.stripe.cents_per_dollar;
        settings.uploads.max_bytes = u64::from(self.uploads.max_megabytes) * 1_000_000;
        settings.uploads.max_photos = self.uploads.max_photos;
        settings.uploads.checks_at_once = self.uploads.checks_at_once;
        settings.work.at_once = self.worker.at_once;
        settings.work.lease = Duration::from_secs(self.worker.lease_seconds);
        settings.work.likeness = self.worker.least_likeness;
        settings.work.stop_within = Duration::from_secs(self.worker.stop_within_seconds);
        if let Some(look) = self.look()? {
            settings.work.poll = look;
            settings.webhooks.poll = look;
        }
        if self.kept_in()? == Kind::Convex {
            settings.clean.every = CLEAN_CONVEX;
        }
        settings.webhooks.max_endpoints = self.webhooks.max_endpoints;
        if self.webhooks.private_addresses {
            settings.webhooks.reach = Reach::Anywhere;
        }
        Ok(settings)
    }

    /// For the web.
    pub(crate) fn web(&self) -> WebSettings {
        WebSettings {
            public_url: self.serve.public_url.clone().or_else(|| self.acme_url()),
            tls: self.tls.certificate.is_some() || !self.tls.acme_domains.is_empty(),
            trusted_proxies: self.serve.trusted_proxies.clone(),
            metrics_token: self.serve.metrics_token.clone().map(Secret::new),
            allowed_sources: self.allowed_sources(),
            rates: RateSettings {
                requests_per_minute: self.rates.requests_per_minute,
                uploads_per_minute: self.rates.uploads_per_minute,
            },
            limits: LimitSettings {
                uploads_at_once: self.uploads.at_once,
                connections: self.serve.connections,
                ..LimitSettings::default()
            },
        }
    }

    /// Pictures come from the bucket itself, where there is one.
    fn allowed_sources(&self) -> Vec<AllowedSource> {
        let origin = self.storage.origin();
        origin.map(|source| AllowedSource { directive: "img-src", source }).into_iter().collect()
    }

    fn acme_url(&self) -> Option<String> {
        self.tls.acme_domains.first().map(|domain| format!("https://{domain}"))
    }

    /// For the listener; certificates that are fetched are kept in `cache`.
    pub(crate) fn encryption(&self, cache: PathBuf) -> Result<Tls, String> {
        let TlsSection { certificate, key, acme_domains, acme_contact, acme_directory, acme_root } =
            &self.tls;
        match (certificate, key) {
            (Some(certificate), Some(key)) if acme_domains.is_empty() => {
                Ok(Tls::Files { certificate: certificate.clone(), key: key.clone() })
            }
            (None, None) if acme_domains.is_empty() => Ok(Tls::None),
            (None, None) => Ok(Tls::Acme {
                domains: acme_domains.clone(),
                contact: acme_contact.clone(),
                cache,
                directory: acme_directory.clone(),
                root: acme_root.clone(),
            }),
            (Some(_), Some(_)) => Err("tls: give certificate and key, or acme_domains, not both".into()),
            _ => Err("tls: a certificate needs its key, and a key its certificate".into()),
        }
    }
}
