//! A secret in the configuration: read like any text, and never shown.

use std::fmt;

use domain::secret::Secret;
use serde::Deserialize;

/// A secret as it stands in the file.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretText(String);

impl SecretText {
    /// The same, as the rooms take it.
    pub(crate) fn secret(&self) -> Secret {
        Secret::new(self.0.as_str())
    }

    /// The environment's word, which comes before the file's. An empty one is none.
    pub(crate) fn or_environment(configured: Option<&SecretText>, variable: &str) -> Option<Secret> {
        let set = std::env::var(variable).ok().filter(|text| !text.is_empty());
        set.map(Secret::new).or_else(|| configured.map(SecretText::secret))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}
