//! The policy's versions, and what people allowed.

use domain::consent::{Consent, Permit, Purpose, permit};
use domain::ids::AccountId;
use domain::policy::{Policy, PolicyVersion};
use domain::ports::database::{Answer, Conflict, Consents, Noun, Withdrawal};
use domain::time::Timestamp;

use super::failure::{Outcome, missing};
use super::row::{Row, all, millis};
use super::statement::{Tx, query};
use super::{Engine, Sql, accounts, generations, photos};

impl<E: Engine> Consents for Sql<E> {
    fn publish_policy(&self, policy: Policy) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(publish(tx, policy)))
    }

    fn list_policies(&self) -> Answer<'_, Vec<Policy>> {
        self.engine.read(move |tx| Box::pin(list_policies(tx)))
    }

    fn record_consent(&self, consent: Consent) -> Answer<'_, Consent> {
        self.engine.write(move |tx| Box::pin(record(tx, consent)))
    }

    fn withdraw_consent(
        &self,
        account: AccountId,
        purpose: Purpose,
        now: Timestamp,
    ) -> Answer<'_, Withdrawal> {
        self.engine.write(move |tx| Box::pin(withdraw(tx, account, purpose, now)))
    }

    fn list_consents(&self, account: AccountId) -> Answer<'_, Vec<Consent>> {
        self.engine.read(move |tx| Box::pin(list(tx, account)))
    }
}

fn read(row: &Row) -> Outcome<Consent> {
    Ok(Consent {
        id: row.parsed("id")?,
        account: row.parsed("account")?,
        purpose: row.parsed("purpose")?,
        policy: PolicyVersion { version: row.text("version")?, digest: row.parsed("digest")? },
        given_at: row.time("given_at")?,
        withdrawn_at: row.maybe("withdrawn_at", Row::time)?,
    })
}

fn read_policy(row: &Row) -> Outcome<Policy> {
    Ok(Policy {
        version: PolicyVersion { version: row.text("version")?, digest: row.parsed("digest")? },
        text: row.text("text")?,
        published_at: row.time("published_at")?,
    })
}

async fn find_policy(tx: &mut Tx, version: &str) -> Outcome<Option<Policy>> {
    let row = query("SELECT * FROM policies WHERE version = $1").bind(version);
    row.fetch_optional(tx).await?.as_ref().map(read_policy).transpose()
}

async fn publish(tx: &mut Tx, policy: Policy) -> Outcome<()> {
    tx.hold_word("policies").await?;
    if let Some(known) = find_policy(tx, &policy.version.version).await? {
        let same = known.version == policy.version && known.text == policy.text;
        return if same { Ok(()) } else { Err(Conflict::PolicyChanged.into()) };
    }
    query("INSERT INTO policies (version, digest, text, published_at) VALUES ($1, $2, $3, $4)")
        .bind(&policy.version.version)
        .bind(policy.version.digest.to_string())
        .bind(&policy.text)
        .bind(millis(policy.published_at))
        .execute(tx)
        .await?;
    Ok(())
}

async fn list_policies(tx: &mut Tx) -> Outcome<Vec<Policy>> {
    let rows = query("SELECT * FROM policies ORDER BY published_at DESC, version DESC");
    all(rows.fetch_all(tx).await?, read_policy)
}

async fn record(tx: &mut Tx, consent: Consent) -> Outcome<Consent> {
    let policy = find_policy(tx, &consent.policy.version).await?;
    if policy.is_none_or(|policy| policy.version != consent.policy) {
        return Err(Noun::Policy.into());
    }
    tx.hold(consent.account).await?;
    if let Some(known) = list(tx, consent.account).await?.into_iter().find(|known| known.id == consent.id) {
        let same = known.purpose == consent.purpose && known.policy == consent.policy;
        return if same { Ok(known) } else { Err(Conflict::IdReused.into()) };
    }
    query(
        "INSERT INTO consents (account, id, purpose, version, digest, given_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(consent.account.to_string())
    .bind(consent.id.to_string())
    .bind(consent.purpose.to_string())
    .bind(&consent.policy.version)
    .bind(consent.policy.digest.to_string())
    .bind(millis(consent.given_at))
    .execute(tx)
    .await
    .map_err(missing(Noun::Account))?;
    Ok(Consent { withdrawn_at: None, ..consent })
}

async fn withdraw(tx: &mut Tx, account: AccountId, purpose: Purpose, now: Timestamp) -> Outcome<Withdrawal> {
    tx.hold(account).await?;
    accounts::find(tx, account).await?;
    query(
        "UPDATE consents SET withdrawn_at = $3 WHERE account = $1 AND purpose = $2 AND withdrawn_at IS NULL",
    )
    .bind(account.to_string())
    .bind(purpose.to_string())
    .bind(millis(now))
    .execute(&mut *tx)
    .await?;
    if purpose != Purpose::KeepPhotos {
        return Ok(Withdrawal::default());
    }
    let cancelled = generations::cancel_all(tx, account, now).await?;
    let photos = photos::delete_all(tx, account, now).await?;
    Ok(Withdrawal { cancelled, photos })
}

/// What a person allowed, newest first.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Outcome<Vec<Consent>> {
    let rows = query("SELECT * FROM consents WHERE account = $1 ORDER BY id DESC").bind(account.to_string());
    all(rows.fetch_all(tx).await?, read)
}

/// The gate, on what is written now.
pub(super) async fn require(
    tx: &mut Tx,
    account: AccountId,
    purpose: &Purpose,
    now: Timestamp,
) -> Outcome<Permit> {
    Ok(permit(account, purpose, &list(tx, account).await?, now)?)
}
