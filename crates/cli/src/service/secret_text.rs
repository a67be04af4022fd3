//! A secret in the configuration: read like any text, and never shown.

use std::fmt;

use domain::secret::Secret;
use serde::Deserialize;

/// A secret as it stands in the file.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub(crate) struct SecretText(Secret);

impl SecretText {
    /// The same, as the rooms take it.
    pub(crate) fn secret(&self) -> Secret {
        self.0.clone()
    }

    /// The secret in the environment, or else the one in the file. An empty one is none.
    pub(crate) fn or_environment(in_file: Option<&SecretText>, variable: &str) -> Option<Secret> {
        let set = std::env::var(variable).ok().filter(|text| !text.trim().is_empty());
        let secret = set.map(|text| Secret::new(text.trim())).or_else(|| in_file.map(SecretText::secret));
        secret.filter(|secret| !secret.expose().is_empty())
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        SecretText(Secret::new(text))
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}
