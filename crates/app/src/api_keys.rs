//! API keys: made by a signed-in person, shown once, kept as a digest, revoked at will.

use domain::api_key::{ApiKey, Scopes};
use domain::ids::ApiKeyId;
use domain::ports::identity::TokenKind;
use domain::secret::Secret;
use domain::time::Timestamp;

use crate::sign_up::short_text;
use crate::{App, AppError, Caller};

/// The longest name of a key, in characters.
const NAME_LIMIT: usize = 100;
/// The most live keys of one account.
const MOST: usize = 50;

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// What its owner calls it.
    pub name: String,
    /// How far it reaches.
    pub scopes: Scopes,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A key just made.
#[derive(Debug)]
pub struct IssuedApiKey {
    /// The secret. It is shown this once.
    pub secret: Secret,
    /// The key.
    pub key: ApiKey,
}

impl App {
    /// Makes a key.
    ///
    /// # Errors
    /// `SessionNeeded`, `Invalid` (`name`, `scopes`, `expires_at`).
    pub async fn create_api_key(&self, caller: &Caller, new: NewApiKey) -> Result<IssuedApiKey, AppError> {
        caller.session()?;
        let now = self.now();
        let name = short_text("name", &new.name, NAME_LIMIT)?;
        if name.is_empty() {
            return Err(AppError::invalid("name", "give the key a name, so that you know it again"));
        }
        if new.scopes == Scopes::default() {
            return Err(AppError::invalid(
                "scopes",
                "choose at least one: a key without a scope can do nothing",
            ));
        }
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(AppError::invalid("expires_at", "it has passed: choose a later moment, or none"));
        }
        let live = self.database().list_api_keys(caller.id()).await?;
        if live.iter().filter(|key| key.is_live(now)).count() >= MOST {
            return Err(AppError::invalid(
                "name",
                format!("there are {MOST} keys already: revoke one first"),
            ));
        }
        let issued = self.ports.tokens.issue(TokenKind::ApiKey)?;
        let key = ApiKey {
            id: self.new_id(ApiKeyId::new)?,
            account: caller.id(),
            name,
            hint: issued.hint,
            scopes: new.scopes,
            created_at: now,
            used_at: None,
            expires_at: new.expires_at,
            revoked_at: None,
        };
        let key = self.database().create_api_key(key, issued.digest).await?;
        Ok(IssuedApiKey { secret: issued.token, key })
    }

    /// The caller's keys, revoked ones too, newest first.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub async fn api_keys(&self, caller: &Caller) -> Result<Vec<ApiKey>, AppError> {
        caller.session()?;
        Ok(self.database().list_api_keys(caller.id()).await?)
    }

    /// Revokes a key.
    ///
    /// # Errors
    /// `SessionNeeded`, `NotFound(ApiKey)`.
    pub async fn revoke_api_key(&self, caller: &Caller, key: ApiKeyId) -> Result<ApiKey, AppError> {
        caller.session()?;
        Ok(self.database().revoke_api_key(caller.id(), key, self.now()).await?)
    }
}
