//! API keys.

use domain::account::Account;
use domain::api_key::ApiKey;
use domain::digest::SecretDigest;
use domain::ids::{AccountId, ApiKeyId};
use domain::ports::database::{Answer, ApiKeys};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Convex;
use super::wire::{AccountRow, ApiKeyRow, Row, all};

#[derive(Deserialize)]
struct Found {
    key: ApiKeyRow,
    account: AccountRow,
}

impl ApiKeys for Convex {
    fn create_api_key(&self, key: ApiKey, secret: SecretDigest) -> Answer<'_, ApiKey> {
        let ApiKey { id, account, name, hint, scopes, created_at, expires_at, .. } = key;
        let args = json!({
            "id": id, "account": account, "secret": secret.expose(), "name": name, "hint": hint,
            "scopes": scopes.to_string(), "created_at": created_at, "expires_at": expires_at,
        });
        self.carry_out("api_keys:create", args, ApiKeyRow::value)
    }

    fn find_api_key(&self, secret: SecretDigest, now: Timestamp) -> Answer<'_, Option<(ApiKey, Account)>> {
        let args = json!({ "secret": secret.expose(), "now": now });
        self.ask("api_keys:get", args, |found: Option<Found>| {
            found.map(|found| Ok((found.key.value()?, found.account.value()?))).transpose()
        })
    }

    fn touch_api_key(&self, key: ApiKeyId, now: Timestamp) -> Answer<'_, ()> {
        self.do_it("api_keys:touch", json!({ "key": key, "now": now }))
    }

    fn list_api_keys(&self, account: AccountId) -> Answer<'_, Vec<ApiKey>> {
        self.ask("api_keys:list", json!({ "account": account }), all::<ApiKeyRow>)
    }

    fn revoke_api_key(&self, account: AccountId, key: ApiKeyId, now: Timestamp) -> Answer<'_, ApiKey> {
        let args = json!({ "account": account, "key": key, "now": now });
        self.carry_out("api_keys:revoke", args, ApiKeyRow::value)
    }
}
