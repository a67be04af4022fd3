//! API keys.

use domain::account::Account;
use domain::api_key::ApiKey;
use domain::digest::SecretDigest;
use domain::ids::{AccountId, ApiKeyId};
use domain::ports::database::{Answer, ApiKeys, Conflict, Noun};
use domain::time::Timestamp;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::failure::{Failure, Outcome, missing};
use super::row::{Columns, all, millis};
use super::{Sqlite, accounts};

impl ApiKeys for Sqlite {
    fn create_api_key(&self, key: ApiKey, secret: SecretDigest) -> Answer<'_, ApiKey> {
        self.write(move |tx| Box::pin(create(tx, key, secret)))
    }

    fn find_api_key(&self, secret: SecretDigest, now: Timestamp) -> Answer<'_, Option<(ApiKey, Account)>> {
        self.read(move |tx| Box::pin(find(tx, secret, now)))
    }

    fn touch_api_key(&self, key: ApiKeyId, now: Timestamp) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(touch(tx, key, now)))
    }

    fn list_api_keys(&self, account: AccountId) -> Answer<'_, Vec<ApiKey>> {
        self.read(move |tx| Box::pin(list(tx, account)))
    }

    fn revoke_api_key(&self, account: AccountId, key: ApiKeyId, now: Timestamp) -> Answer<'_, ApiKey> {
        self.write(move |tx| Box::pin(revoke(tx, account, key, now)))
    }
}

fn read(row: &SqliteRow) -> Outcome<ApiKey> {
    Ok(ApiKey {
        id: row.parsed("id")?,
        account: row.parsed("account")?,
        name: row.text("name")?,
        hint: row.text("hint")?,
        scopes: row.parsed("scopes")?,
        created_at: row.time("created_at")?,
        used_at: row.maybe("used_at", Columns::time)?,
        expires_at: row.maybe("expires_at", Columns::time)?,
        revoked_at: row.maybe("revoked_at", Columns::time)?,
    })
}

async fn create(tx: &mut SqliteConnection, key: ApiKey, secret: SecretDigest) -> Outcome<ApiKey> {
    sqlx::query(
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
    let row = sqlx::query("SELECT * FROM api_keys WHERE id = $1 AND account = $2 AND secret = $3")
        .bind(key.id.to_string())
        .bind(key.account.to_string())
        .bind(secret.expose().to_string());
    read(&row.fetch_optional(tx).await?.ok_or(Conflict::IdReused)?)
}

async fn find(
    tx: &mut SqliteConnection,
    secret: SecretDigest,
    now: Timestamp,
) -> Outcome<Option<(ApiKey, Account)>> {
    let row = sqlx::query("SELECT * FROM api_keys WHERE secret = $1").bind(secret.expose().to_string());
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

async fn touch(tx: &mut SqliteConnection, key: ApiKeyId, now: Timestamp) -> Outcome<()> {
    let touched = sqlx::query("UPDATE api_keys SET used_at = max(ifnull(used_at, 0), $2) WHERE id = $1")
        .bind(key.to_string())
        .bind(millis(now))
        .execute(tx)
        .await?;
    if touched.rows_affected() == 0 { Err(Noun::ApiKey.into()) } else { Ok(()) }
}

/// The keys of an account, newest first.
pub(super) async fn list(tx: &mut SqliteConnection, account: AccountId) -> Outcome<Vec<ApiKey>> {
    let rows =
        sqlx::query("SELECT * FROM api_keys WHERE account = $1 ORDER BY id DESC").bind(account.to_string());
    all(rows.fetch_all(tx).await?, read)
}

async fn revoke(
    tx: &mut SqliteConnection,
    account: AccountId,
    key: ApiKeyId,
    now: Timestamp,
) -> Outcome<ApiKey> {
    let row = sqlx::query(
        "UPDATE api_keys SET revoked_at = ifnull(revoked_at, $3) WHERE id = $2 AND account = $1 RETURNING *",
    )
    .bind(account.to_string())
    .bind(key.to_string())
    .bind(millis(now));
    read(&row.fetch_optional(tx).await?.ok_or(Noun::ApiKey)?)
}
