//! API keys.

use super::Answer;
use crate::account::Account;
use crate::api_key::ApiKey;
use crate::digest::SecretDigest;
use crate::ids::{AccountId, ApiKeyId};
use crate::time::Timestamp;

/// The verbs of API keys.
pub trait ApiKeys: Send + Sync {
    /// Keeps a new key.
    fn create_api_key(&self, key: ApiKey, secret: SecretDigest) -> Answer<'_, ApiKey>;

    /// The live key of a secret and its account; `None` when it is unknown, revoked or expired at `now`.
    fn find_api_key(&self, secret: SecretDigest, now: Timestamp) -> Answer<'_, Option<(ApiKey, Account)>>;

    /// Notes that a key was used.
    fn touch_api_key(&self, key: ApiKeyId, now: Timestamp) -> Answer<'_, ()>;

    /// The keys of an account, revoked ones too, newest first.
    fn list_api_keys(&self, account: AccountId) -> Answer<'_, Vec<ApiKey>>;

    /// Revokes a key. The first time counts.
    ///
    /// # Errors
    /// `NotFound(ApiKey)`.
    fn revoke_api_key(&self, account: AccountId, key: ApiKeyId, now: Timestamp) -> Answer<'_, ApiKey>;
}
