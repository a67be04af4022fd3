//! Sessions of signed-in browsers.

use domain::account::Account;
use domain::digest::SecretDigest;
use domain::ids::{AccountId, SessionId};
use domain::ports::database::{Answer, Conflict, Noun, Sessions};
use domain::session::Session;
use domain::time::Timestamp;

use super::failure::{Outcome, missing};
use super::row::{Row, all, millis};
use super::statement::{Tx, query};
use super::{Engine, Sql, accounts};

impl<E: Engine> Sessions for Sql<E> {
    fn open_session(&self, session: Session, secret: SecretDigest) -> Answer<'_, Session> {
        self.engine.write(move |tx| Box::pin(open(tx, session, secret)))
    }

    fn find_session(&self, secret: SecretDigest, now: Timestamp) -> Answer<'_, Option<(Session, Account)>> {
        self.engine.read(move |tx| Box::pin(find(tx, secret, now)))
    }

    fn touch_session(&self, session: SessionId, now: Timestamp, expires_at: Timestamp) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(touch(tx, session, now, expires_at)))
    }

    fn list_sessions(&self, account: AccountId, now: Timestamp) -> Answer<'_, Vec<Session>> {
        self.engine.read(move |tx| Box::pin(list(tx, account, now)))
    }

    fn end_session(&self, account: AccountId, session: SessionId) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(end(tx, account, session)))
    }

    fn end_sessions(&self, account: AccountId, keep: Option<SessionId>) -> Answer<'_, u64> {
        self.engine.write(move |tx| Box::pin(end_all(tx, account, keep)))
    }

    fn end_sign_in(&self, sign_in: String) -> Answer<'_, u64> {
        self.engine.write(move |tx| Box::pin(end_sign_in(tx, sign_in)))
    }
}

fn read(row: &Row) -> Outcome<Session> {
    Ok(Session {
        id: row.parsed("id")?,
        account: row.parsed("account")?,
        device: row.text("device")?,
        created_at: row.time("created_at")?,
        used_at: row.time("used_at")?,
        expires_at: row.time("expires_at")?,
        sign_in: row.maybe("sign_in", Row::text)?,
    })
}

async fn open(tx: &mut Tx, session: Session, secret: SecretDigest) -> Outcome<Session> {
    query(
        "INSERT INTO sessions (id, account, secret, device, created_at, used_at, expires_at, sign_in)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(session.id.to_string())
    .bind(session.account.to_string())
    .bind(secret.expose().to_string())
    .bind(&session.device)
    .bind(millis(session.created_at))
    .bind(millis(session.used_at))
    .bind(millis(session.expires_at))
    .bind(session.sign_in.as_ref())
    .execute(&mut *tx)
    .await
    .map_err(missing(Noun::Account))?;
    let row = query("SELECT * FROM sessions WHERE id = $1 AND account = $2 AND secret = $3")
        .bind(session.id.to_string())
        .bind(session.account.to_string())
        .bind(secret.expose().to_string());
    read(&row.fetch_optional(tx).await?.ok_or(Conflict::IdReused)?)
}

async fn find(tx: &mut Tx, secret: SecretDigest, now: Timestamp) -> Outcome<Option<(Session, Account)>> {
    let row = query("SELECT * FROM sessions WHERE secret = $1 AND expires_at > $2")
        .bind(secret.expose().to_string())
        .bind(millis(now));
    let Some(row) = row.fetch_optional(&mut *tx).await? else { return Ok(None) };
    let session = read(&row)?;
    // The account may have gone since the statement before; then so has the session.
    match accounts::find(tx, session.account).await {
        Ok(account) => Ok(Some((session, account))),
        Err(super::failure::Failure::Rule(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn touch(tx: &mut Tx, session: SessionId, now: Timestamp, expires_at: Timestamp) -> Outcome<()> {
    let touched = query(
        "UPDATE sessions SET used_at = CASE WHEN used_at > $2 THEN used_at ELSE $2 END, expires_at = $3 WHERE id = $1 AND expires_at > $2",
    )
    .bind(session.to_string())
    .bind(millis(now))
    .bind(millis(expires_at))
    .execute(tx)
    .await?;
    if touched == 0 { Err(Noun::Session.into()) } else { Ok(()) }
}

async fn list(tx: &mut Tx, account: AccountId, now: Timestamp) -> Outcome<Vec<Session>> {
    let rows = query("SELECT * FROM sessions WHERE account = $1 AND expires_at > $2 ORDER BY id DESC")
        .bind(account.to_string())
        .bind(millis(now));
    all(rows.fetch_all(tx).await?, read)
}

/// Every session of an account, expired ones too.
pub(super) async fn of(tx: &mut Tx, account: AccountId) -> Outcome<Vec<Session>> {
    list(tx, account, Timestamp::EPOCH).await
}

async fn end(tx: &mut Tx, account: AccountId, session: SessionId) -> Outcome<()> {
    let ended = query("DELETE FROM sessions WHERE account = $1 AND id = $2")
        .bind(account.to_string())
        .bind(session.to_string())
        .execute(tx)
        .await?;
    if ended == 0 { Err(Noun::Session.into()) } else { Ok(()) }
}

/// Ends every session of an account but one.
pub(super) async fn end_all(tx: &mut Tx, account: AccountId, keep: Option<SessionId>) -> Outcome<u64> {
    let ended = query("DELETE FROM sessions WHERE account = $1 AND id IS DISTINCT FROM $2")
        .bind(account.to_string())
        .bind(keep.map(|session| session.to_string()))
        .execute(tx)
        .await?;
    Ok(ended)
}

async fn end_sign_in(tx: &mut Tx, sign_in: String) -> Outcome<u64> {
    let ended = query("DELETE FROM sessions WHERE sign_in IS NOT NULL AND sign_in = $1").bind(sign_in);
    Ok(ended.execute(tx).await?)
}
