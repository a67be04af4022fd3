//! Convex, where everything but the pictures is kept when its address is configured.

use std::time::Duration;

use database::{Convex, ConvexOptions};
use reqwest::Url;
use serde::Deserialize;

use super::http;
use super::secret_text::SecretText;
use super::storage::environment;
use crate::exit::Failure;

/// Where address and key may stand in the environment.
const URL: &str = "COVERSHOTS_CONVEX_URL";
const KEY: &str = "COVERSHOTS_CONVEX_KEY";

/// Which deployment, and how often it is asked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ConvexSection {
    pub(crate) url: Option<String>,
    key: Option<SecretText>,
    poll_seconds: u64,
}

impl Default for ConvexSection {
    fn default() -> Self {
        ConvexSection { url: None, key: None, poll_seconds: 30 }
    }
}

impl ConvexSection {
    /// As the environment changes it.
    pub(super) fn read_environment(&mut self) {
        self.url = environment(URL).or(self.url.take());
        self.key = environment(KEY).map(SecretText::from).or(self.key.take());
    }

    /// Checks what can be checked before anything is opened.
    pub(super) fn validate(&self) -> Result<(), String> {
        if (1..=3600).contains(&self.poll_seconds) {
            return Ok(());
        }
        Err(format!("convex.poll_seconds is {}: use 1 to 3600", self.poll_seconds))
    }

    /// How often whoever is idle looks for work: each look is a call, and calls cost money.
    pub(super) fn poll(&self) -> Duration {
        Duration::from_secs(self.poll_seconds)
    }

    /// Whether it is on this machine.
    pub(super) fn is_here(&self) -> bool {
        self.url.as_deref().is_some_and(ends_here)
    }

    /// Whether the key would travel unencrypted.
    pub(super) fn is_open_to_read(&self) -> bool {
        self.url.as_deref().is_some_and(|url| url.starts_with("http://")) && !self.is_here()
    }

    /// Reaches the deployment, and makes sure that its functions are those of this program.
    pub(super) async fn connect(&self) -> Result<Convex, Failure> {
        let missing = |what: &str, variable: &str| {
            Failure::usage(format_args!("convex.{what} is missing: set it, or {variable} in the environment"))
        };
        let url = self.url.as_ref().ok_or_else(|| missing("url", URL))?;
        let key = self.key.as_ref().ok_or_else(|| missing("key", KEY))?;
        let options = ConvexOptions::new(url, key.secret());
        Convex::connect(http::client().map_err(Failure::machine)?, options).await.map_err(Failure::machine)
    }
}

/// Whether an address is one of this machine.
fn ends_here(url: &str) -> bool {
    let host = Url::parse(url).ok().and_then(|url| Some(url.host_str()?.trim_matches(['[', ']']).to_owned()));
    host.is_some_and(|host| {
        host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_missing_is_named_and_the_key_is_never_shown() {
        let none = ConvexSection { url: Some("https://a.example.org".into()), ..ConvexSection::default() };
        let failure = none.connect().await.map(drop).unwrap_err().to_string();
        assert!(failure.contains("convex.key") && failure.contains(KEY), "{failure}");
        let section = ConvexSection {
            url: Some("happy-animal-123".into()),
            key: Some(SecretText::from("prod:hunter2".to_owned())),
            ..ConvexSection::default()
        };
        let failure = section.connect().await.map(drop).unwrap_err().to_string();
        assert!(failure.contains("convex.url") && !failure.contains("hunter2"), "{failure}");
        assert!(!format!("{section:?}").contains("hunter2"));
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_encryption_unnoticed() {
        for (url, open) in [
            ("https://happy-animal-123.convex.cloud", false),
            ("http://127.0.0.1:3210", false),
            ("http://[::1]:3210", false),
            ("http://localhost:3210", false),
            ("http://convex.internal:3210", true),
        ] {
            let section = ConvexSection { url: Some(url.into()), ..ConvexSection::default() };
            assert_eq!(section.is_open_to_read(), open, "{url}");
        }
    }
}
