//! API keys.

use domain::account::Account;
use domain::api_key::ApiKey;
use domain::digest::SecretDigest;
use domain::ids::{AccountId, ApiKeyId};
use domain::ports::database::{Answer, ApiKeys, Conflict, Noun};
use domain::time::Timestamp;

use super::failure::{Failure, Outcome, missing};
use super::row::{Row, all, millis};
use super::statement::{Tx, query};
use super::{Engine, Sql, accounts};

impl<E: Engine> ApiKeys for Sql<E> {
    fn create_api_key(&self, key: ApiKey, secret: SecretDigest) -> Answer<'_, ApiKey> {
        self.engine.write(move |tx| Box::pin(create(tx, key, secret)))
    }

    fn find_api_key(&self, secret: SecretDigest, now: Timestamp) -> Answer<'_, Option<(ApiKey, Account)>> {
        self.engine.read(move |tx| Box::pin(find(tx, secret, now)))
    }

    fn touch_api_key(&self, key: ApiKeyId, now: Timestamp) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(touch(tx, key, now)))
    }

    fn list_api_keys(&self, account: AccountId) -> Answer<'_, Vec<ApiKey>> {
        self.engine.read(move |tx| Box::pin(list(tx, account)))
    }

    fn revoke_api_key(&self, account: AccountId, key: ApiKeyId, now: Timestamp) -> Answer<'_, ApiKey> {
        self.engine.write(move |tx| Box::pin(revoke(tx, account, key, now)))
    }
}

fn read(row: &Row) -> Outcome<ApiKey> {
    Ok(ApiKey {
        id: row.parsed("id")?,
        account: row.parsed("account")?,
        name: row.text("name")?,
        hint: row.text("hint")?,
        scopes: row.parsed("scopes")?,
        created_at: row.time("created_at")?,
        used_at: row.maybe("used_at", Row::time)?,
        expires_at: row.maybe("expires_at", Row::time)?,
        revoked_at: row.maybe("revoked_at", Row::time)?,
    })
}

async fn create(tx: &mut Tx, key: ApiKey, secret: SecretDigest) -> Outcome<ApiKey> {
    query(
        "INSERT INTO api_keys (id, account, secret, name, hint, scopes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(key.id.to_string())
    .bind(key.account.to_string())
    .bind(secret.expose().to_string())
    .bind(&key.name)
    .bind(&key.hint)
    .bind(key.scopes.to_string())
    .bind(millis(key.created_at))
    .bind(key.expires_at.map(millis))
    .execute(&mut *tx)
    .await
    .map_err(missing(Noun::Account))?;
    let row = query("SELECT * FROM api_keys WHERE id = $1 AND account = $2 AND secret = $3")
        .bind(key.id.to_string())
        .bind(key.account.to_string())
        .bind(secret.expose().to_string());
    read(&row.fetch_optional(tx).await?.ok_or(Conflict::IdReused)?)
}

async fn find(tx: &mut Tx, secret: SecretDigest, now: Timestamp) -> Outcome<Option<(ApiKey, Account)>> {
    let row = query("SELECT * FROM api_keys WHERE secret = $1").bind(secret.expose().to_string());
    let Some(row) = row.fetch_optional(&mut *tx).await? else { return Ok(None) };
    let key = read(&row)?;
    if !key.is_live(now) {
        return Ok(None);
    }
    // The account may have gone since the statement before; then so has the key.
    match accounts::find(tx, key.account).await {
        Ok(account) => Ok(Some((key, account))),
        Err(Failure::Rule(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn touch(tx: &mut Tx, key: ApiKeyId, now: Timestamp) -> Outcome<()> {
    let touched =
        query("UPDATE api_keys SET used_at = CASE WHEN used_at > $2 THEN used_at ELSE $2 END WHERE id = $1")
            .bind(key.to_string())
            .bind(millis(now))
            .execute(tx)
            .await?;
    if touched == 0 { Err(Noun::ApiKey.into()) } else { Ok(()) }
}

/// The keys of an account, newest first.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Outcome<Vec<ApiKey>> {
    let rows = query("SELECT * FROM api_keys WHERE account = $1 ORDER BY id DESC").bind(account.to_string());
    all(rows.fetch_all(tx).await?, read)
}

async fn revoke(tx: &mut Tx, account: AccountId, key: ApiKeyId, now: Timestamp) -> Outcome<ApiKey> {
    let row = query(
        "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE id = $2 AND account = $1 RETURNING *",
    )
    .bind(account.to_string())
    .bind(key.to_string())
    .bind(millis(now));
    read(&row.fetch_optional(tx).await?.ok_or(Noun::ApiKey)?)
}
