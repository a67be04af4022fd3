//! What has to be known of an instance of Clerk.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use domain::secret::Secret;

/// Where Clerk's Backend API is.
const API: &str = "https://api.clerk.com";

/// What has to be known of an instance of Clerk.
#[derive(Clone, Debug, Default)]
pub struct ClerkConfig {
    /// `pk_test_…` or `pk_live_…`: it names the instance.
    pub publishable_key: String,
    /// `sk_test_…` or `sk_live_…`: for the Backend API.
    pub secret_key: Option<Secret>,
    /// `whsec_…`, the secrets of the webhook endpoint: the present one, and those that are being replaced.
    pub webhook_secrets: Vec<Secret>,
    /// The origins whose pages may sign people in, such as `https://photos.example.org`; at least one.
    pub authorized_parties: Vec<String>,
    /// Another address of the Backend API, for tests.
    pub api_url: Option<String>,
    /// Another address of the instance than the key says, for tests.
    pub frontend_url: Option<String>,
}

/// What can't work. The operator's turn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClerkConfigError {
    /// The publishable key names no host.
    #[error(
        "clerk.publishable_key is none: copy it from the API keys page of the dashboard, it begins with pk_"
    )]
    PublishableKey,
    /// There is no secret key.
    #[error(
        "clerk.secret_key is missing or none: copy it from the API keys page of the dashboard, it begins with sk_"
    )]
    SecretKey,
    /// A webhook secret can't be read.
    #[error(
        "clerk.webhook_secrets has one that is none: copy it from the endpoint in the dashboard, it begins with whsec_"
    )]
    WebhookSecret,
    /// Nobody may sign people in.
    #[error(
        "clerk.authorized_parties is empty: set it or serve.public_url to the address of your pages, like https://photos.example.org"
    )]
    AuthorizedParties,
    /// An address can't be read.
    #[error("{0} is no address: write it like https://example.org")]
    Url(&'static str),
    /// The service's own name can't be used: a mistake in the program.
    #[error("the name of the service can't be used")]
    Name,
}

impl ClerkConfig {
    /// The instance's own address, without a slash at the end. It is the issuer of its tokens too.
    pub(super) fn frontend(&self) -> Result<String, ClerkConfigError> {
        // The key is a name even where the address is another.
        let host = frontend_host(&self.publishable_key).ok_or(ClerkConfigError::PublishableKey)?;
        match &self.frontend_url {
            Some(url) => origin(url).ok_or(ClerkConfigError::Url("clerk.frontend_url")),
            None => Ok(format!("https://{host}")),
        }
    }

    pub(super) fn api(&self) -> Result<String, ClerkConfigError> {
        origin(self.api_url.as_deref().unwrap_or(API)).ok_or(ClerkConfigError::Url("clerk.api_url"))
    }

    pub(super) fn secret_key(&self) -> Result<Secret, ClerkConfigError> {
        let good = |key: &&Secret| {
            key.expose().starts_with("sk_") && key.expose().bytes().all(|b| b.is_ascii_graphic())
        };
        self.secret_key.as_ref().filter(good).cloned().ok_or(ClerkConfigError::SecretKey)
    }

    pub(super) fn authorized_parties(&self) -> Result<Vec<String>, ClerkConfigError> {
        if self.authorized_parties.is_empty() {
            return Err(ClerkConfigError::AuthorizedParties);
        }
        let parties = self.authorized_parties.iter().map(|party| origin(party));
        parties.collect::<Option<_>>().ok_or(ClerkConfigError::Url("clerk.authorized_parties"))
    }
}

/// An address without path, query and slash at the end.
fn origin(url: &str) -> Option<String> {
    let url = url.strip_suffix('/').unwrap_or(url);
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    (!host.is_empty() && host.chars().all(plain)).then(|| url.to_owned())
}

/// The host in a publishable key: base64 of it and a dollar sign stand after the second underscore.
fn frontend_host(key: &str) -> Option<String> {
    let encoded = key.strip_prefix("pk_test_").or_else(|| key.strip_prefix("pk_live_"))?;
    let decoded = BASE64_STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).ok()?;
    let host = String::from_utf8(decoded).ok()?.strip_suffix('$')?.to_owned();
    origin(&format!("https://{host}")).map(|_| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_names_the_host() {
        // The example of Clerk's documentation: clerk.example.com$ in base64.
        assert_eq!(frontend_host("pk_live_Y2xlcmsuZXhhbXBsZS5jb20k").as_deref(), Some("clerk.example.com"));
        for bad in [
            "",
            "pk_live_",
            "sk_live_Y2xlcmsuZXhhbXBsZS5jb20k",
            "pk_live_Y2xlcmsuZXhhbXBsZS5jb20",
            "pk_test_!",
        ] {
            assert_eq!(frontend_host(bad), None, "{bad}");
        }
        // A path or a user in it would lead elsewhere.
        for host in ["a/b$", "u@a$", "$", "a b$"] {
            let key = format!("pk_test_{}", BASE64_STANDARD_NO_PAD.encode(host));
            assert_eq!(frontend_host(&key), None, "{host}");
        }
    }
}
