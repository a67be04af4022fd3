//! An API key: what lets a program act for an account, and how far.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, ApiKeyId};
use crate::time::Timestamp;

/// One thing a key may do. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// See photos and upload or delete them.
    #[serde(rename = "photos")]
    Photos,
    /// See generations and images, and fetch them.
    #[serde(rename = "images:read")]
    ImagesRead,
    /// Start and cancel generations, which spends credits.
    #[serde(rename = "generations:write")]
    GenerationsWrite,
    /// See the account, its credits and its consents.
    #[serde(rename = "account:read")]
    AccountRead,
    /// Change webhook endpoints.
    #[serde(rename = "webhooks")]
    Webhooks,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 5] =
        [Scope::Photos, Scope::ImagesRead, Scope::GenerationsWrite, Scope::AccountRead, Scope::Webhooks];

    /// The scope as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::Photos => "photos",
            Scope::ImagesRead => "images:read",
            Scope::GenerationsWrite => "generations:write",
            Scope::AccountRead => "account:read",
            Scope::Webhooks => "webhooks",
        }
    }
}

/// Some scopes. A key without any can do nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// Every scope.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether a scope is among them.
    pub const fn allow(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u8 != 0
    }

    /// The scopes, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |&scope| self.allow(scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u8))
    }
}

/// A name that is not a scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a scope: use photos, images:read, generations:write, account:read and webhooks, with spaces between"
)]
pub struct ScopeError;

impl fmt::Display for Scopes {
    /// The scopes with spaces between them, as OAuth writes them (RFC 6749, 3.3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { " " }, scope.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        text.split_ascii_whitespace()
            .map(|name| Scope::ALL.into_iter().find(|scope| scope.as_str() == name).ok_or(ScopeError))
            .collect()
    }
}

impl Serialize for Scopes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// One key, as its owner sees it in a list. The secret was shown once and is kept as a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Names it.
    pub id: ApiKeyId,
    /// For whom it acts.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// The first characters of the secret, to know it again.
    pub hint: String,
    /// How far it reaches.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub used_at: Option<Timestamp>,
    /// From this moment on it opens nothing; `None` until it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back_and_unknown_ones_are_refused() {
        let scopes: Scopes = [Scope::Webhooks, Scope::Photos].into_iter().collect();
        assert_eq!(scopes.to_string(), "photos webhooks");
        assert_eq!(scopes.to_string().parse(), Ok(scopes));
        assert_eq!("".parse(), Ok(Scopes::default()));
        assert_eq!("photos admin".parse::<Scopes>(), Err(ScopeError));
        assert!(scopes.allow(Scope::Photos) && !scopes.allow(Scope::ImagesRead));
        assert!(Scope::ALL.into_iter().all(|scope| Scopes::all().allow(scope)));
    }
}
