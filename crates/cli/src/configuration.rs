//! The configuration file, `covershots.toml`. Every field has a default; `covershots.example.toml` holds them all.

use std::path::Path;

use serde::Deserialize;

use crate::exit::Failure;
use crate::service::clerk::ClerkSection;
use crate::service::configuration::{
    Accounts, Log, Provenance, Rates, RetentionSection, Serve, TlsSection, Uploads, Webhooks, Worker,
};
use crate::service::convex::ConvexSection;
use crate::service::database::DatabaseSection;
use crate::service::makers::{GeminiSection, MakerName, OpenAiSection};
use crate::service::policy::PolicySection;
use crate::service::secret_text::SecretText;
use crate::service::storage::{StorageSection, environment};
use crate::service::stripe::StripeSection;

/// The file that is read where it exists and no other is named.
const FILE: &str = "covershots.toml";

/// All that can be configured.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Configuration {
    /// What is refused before it costs anything.
    pub(crate) limits: Limits,
    /// Who makes pictures, in the order in which they are asked.
    #[serde(default = "MakerName::usual")]
    pub(crate) providers: Vec<MakerName>,
    pub(crate) gemini: GeminiSection,
    pub(crate) openai: OpenAiSection,
    pub(crate) serve: Serve,
    pub(crate) database: DatabaseSection,
    pub(crate) convex: ConvexSection,
    pub(crate) tls: TlsSection,
    pub(crate) rates: Rates,
    pub(crate) accounts: Accounts,
    pub(crate) clerk: ClerkSection,
    pub(crate) stripe: StripeSection,
    pub(crate) retention: RetentionSection,
    pub(crate) storage: StorageSection,
    pub(crate) policy: PolicySection,
    pub(crate) uploads: Uploads,
    pub(crate) worker: Worker,
    pub(crate) provenance: Provenance,
    pub(crate) webhooks: Webhooks,
    pub(crate) log: Log,
}

impl Default for Configuration {
    fn default() -> Self {
        Configuration {
            providers: MakerName::usual(),
            limits: Limits::default(),
            gemini: GeminiSection::default(),
            openai: OpenAiSection::default(),
            serve: Serve::default(),
            database: DatabaseSection::default(),
            convex: ConvexSection::default(),
            tls: TlsSection::default(),
            rates: Rates::default(),
            accounts: Accounts::default(),
            clerk: ClerkSection::default(),
            stripe: StripeSection::default(),
            retention: RetentionSection::default(),
            storage: StorageSection::default(),
            policy: PolicySection::default(),
            uploads: Uploads::default(),
            worker: Worker::default(),
            provenance: Provenance::default(),
            webhooks: Webhooks::default(),
            log: Log::default(),
        }
    }
}

/// What is refused before it costs anything: a picture that comes in is a stranger's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Millions of bytes of a photo's file, 1 to 1,000.
    max_megabytes: u32,
    /// Millions of pixels of a photo, 1 to 1,000.
    max_megapixels: u32,
    /// Pixels of its longer side, 512 to 65,535.
    max_side: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let limits = imaging::Limits::default();
        Limits {
            max_megabytes: (limits.max_bytes / 1_000_000) as u32,
            max_megapixels: (limits.max_pixels / 1_000_000) as u32,
            max_side: limits.max_side,
        }
    }
}

impl Limits {
    /// The same in the words of the room that keeps to them.
    pub(crate) fn for_imaging(self) -> imaging::Limits {
        imaging::Limits {
            max_bytes: u64::from(self.max_megabytes) * 1_000_000,
            max_pixels: u64::from(self.max_megapixels) * 1_000_000,
            max_side: self.max_side,
        }
    }

    fn validate(&self) -> Result<(), String> {
        let check = |name, value, range: std::ops::RangeInclusive<u32>| {
            let (low, high) = (range.start(), range.end());
            if range.contains(&value) {
                return Ok(());
            }
            Err(format!("limits.{name} is {value}: use {low} to {high}"))
        };
        check("max_megabytes", self.max_megabytes, 1..=1000)?;
        check("max_megapixels", self.max_megapixels, 1..=1000)?;
        check("max_side", self.max_side, 512..=65_535)
    }
}

/// Reads the named file, or `covershots.toml` in the current folder where there is one, and what the environment says instead.
pub(crate) fn read(named: Option<&Path>) -> Result<Configuration, Failure> {
    let mut configuration = read_file(named)?;
    configuration.read_database_environment();
    if let Some(secret) = environment("COVERSHOTS_SECRET") {
        configuration.serve.secret = Some(SecretText::from(secret));
    }
    configuration.validate_service().map_err(Failure::usage)?;
    Ok(configuration)
}

fn read_file(named: Option<&Path>) -> Result<Configuration, Failure> {
    let path = named.unwrap_or(Path::new(FILE));
    let mut configuration = match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).map_err(|e| Failure::usage(format_args!("{}: {e}", path.display())))?,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Configuration::default()
        }
        Err(error) => {
            return Err(Failure::usage(format_args!(
                "the configuration {} can't be read ({error}): check the path after --config",
                path.display()
            )));
        }
    };
    configuration.storage = configuration.storage.decided(environment);
    if let Some(contact) = environment("COVERSHOTS_CONTACT") {
        configuration.policy.contact = Some(contact);
    }
    Ok(configuration)
}

fn parse(text: &str) -> Result<Configuration, String> {
    let configuration: Configuration =
        toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    configuration.limits.validate()?;
    configuration.validate_service()?;
    Ok(configuration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_holds_every_default() {
        let example = include_str!("../../../covershots.example.toml");
        assert_eq!(parse(example).unwrap(), Configuration::default());
        // What has no default stands there as a comment, so that each field is shown.
        let shown = example.replace("\n# e.g. ", "\n");
        let plain = toml::from_str::<toml::Table>(&shown).unwrap();
        let fields = |section: &str| plain[section].as_table().unwrap().len();
        let sections = [
            ("limits", 3),
            ("gemini", 8),
            ("openai", 8),
            ("serve", 8),
            ("database", 3),
            ("convex", 3),
            ("tls", 6),
            ("rates", 2),
            ("accounts", 3),
            ("clerk", 6),
            ("stripe", 8),
            ("retention", 3),
            ("storage", 5),
            ("policy", 2),
            ("uploads", 4),
            ("worker", 5),
            ("provenance", 2),
            ("webhooks", 2),
            ("log", 2),
        ];
        for (section, count) in sections {
            assert_eq!(fields(section), count, "each field of {section} is shown");
        }
        assert_eq!(Configuration::default().limits.for_imaging(), imaging::Limits::default());
    }

    #[test]
    fn a_mistake_is_named() {
        assert!(parse("[limits]\nmax_side = 12").unwrap_err().contains("limits.max_side is 12: use 512"));
        assert!(parse("[limits]\nmax_sides = 12").unwrap_err().contains("line 2"));
        assert!(parse("[limit]").is_err());
        assert!(parse("[limits]\nmax_megabytes = -1").is_err());
        for (text, named) in [
            ("[serve]\nlisten = \"here\"", "line 2"),
            ("[serve]\npublic_url = \"photos.example.org\"", "public_url"),
            ("[retention]\nphotos = 0", "retention.photos"),
            ("[tls]\ncertificate = \"a.pem\"", "needs its key"),
            ("[uploads]\nat_once = 0", "uploads_at_once"),
            ("[database]\nurl = \"mysql://ann:pw@host/db\"", "database.url"),
            ("[database]\nconnections = 0", "database.connections"),
            ("[serve]\nsecret = \"short\"", "serve.secret"),
            ("[worker]\nat_once = 0", "work.at_once"),
            ("[clerk]\npublishable_key = \"pk_test_!\"", "publishable_key"),
            (
                "[stripe]\npacks = [{ id = \"a\", name = \"A\", credits = 1, price = \"price_1\" }]",
                "public_url",
            ),
            ("[worker]\nlease_seconds = 1", "work.lease"),
            ("[worker]\nleast_likeness = 101", "work.likeness"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
