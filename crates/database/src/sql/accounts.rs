//! Accounts: making, finding and changing them.

use domain::account::{Account, Email, PasswordHash, Role};
use domain::digest::SecretDigest;
use domain::ids::{AccountId, SessionId};
use domain::ports::database::{
    AccountChange, AccountExport, Accounts, Answer, Conflict, NewAccount, Noun, SignIn,
};
use domain::retention::{Period, Retention};
use domain::time::Timestamp;

use super::failure::{Outcome, missing, taken};
use super::row::{Row, millis, name};
use super::statement::{Tx, query};
use super::{Engine, Sql, export, sessions};

/// What is held by whoever changes who the admins are.
pub(super) const ADMINS: &str = "admins";

impl<E: Engine> Accounts for Sql<E> {
    fn create_account(&self, new: NewAccount) -> Answer<'_, Account> {
        self.engine.write(move |tx| Box::pin(create(tx, new)))
    }

    fn account(&self, account: AccountId) -> Answer<'_, Account> {
        self.engine.read(move |tx| Box::pin(find(tx, account)))
    }

    fn find_for_sign_in(&self, email: Email) -> Answer<'_, Option<SignIn>> {
        self.engine.read(move |tx| Box::pin(find_for_sign_in(tx, email)))
    }

    fn change_account(&self, account: AccountId, change: AccountChange) -> Answer<'_, Account> {
        self.engine.write(move |tx| Box::pin(self::change(tx, account, change)))
    }

    fn set_role(&self, account: AccountId, role: Role) -> Answer<'_, Account> {
        self.engine.write(move |tx| Box::pin(set_role(tx, account, role)))
    }

    fn set_password(
        &self,
        account: AccountId,
        password: PasswordHash,
        keep: Option<SessionId>,
    ) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(set_password(tx, account, password, keep)))
    }

    fn offer_reset(&self, account: AccountId, secret: SecretDigest, expires_at: Timestamp) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(offer_reset(tx, account, secret, expires_at)))
    }

    fn use_reset(
        &self,
        secret: SecretDigest,
        password: PasswordHash,
        now: Timestamp,
    ) -> Answer<'_, AccountId> {
        self.engine.write(move |tx| Box::pin(use_reset(tx, secret, password, now)))
    }

    fn choose_retention(
        &self,
        account: AccountId,
        choice: Option<Period>,
        rules: Retention,
        now: Timestamp,
    ) -> Answer<'_, Account> {
        self.engine.write(move |tx| Box::pin(choose_retention(tx, account, choice, rules, now)))
    }

    fn export_account(&self, account: AccountId) -> Answer<'_, AccountExport> {
        self.engine.snapshot(move |tx| Box::pin(export::export(tx, account)))
    }
}

/// Reads an account.
pub(super) fn read(row: &Row) -> Outcome<Account> {
    Ok(Account {
        id: row.parsed("id")?,
        email: row.parsed("email")?,
        name: row.text("name")?,
        role: row.named("role")?,
        retention: row.maybe("retention", |row, column| row.number(column))?.and_then(Period::days),
        created_at: row.time("created_at")?,
    })
}

/// The account of an id.
pub(super) async fn find(tx: &mut Tx, account: AccountId) -> Outcome<Account> {
    let row = query("SELECT * FROM accounts WHERE id = $1").bind(account.to_string());
    read(&row.fetch_optional(tx).await?.ok_or(Noun::Account)?)
}

/// Makes an account.
pub(super) async fn create(tx: &mut Tx, new: NewAccount) -> Outcome<Account> {
    tx.hold_word(ADMINS).await?;
    if let Ok(account) = find(tx, new.id).await {
        return if account.email == new.email { Ok(account) } else { Err(Conflict::IdReused.into()) };
    }
    query(
        "INSERT INTO accounts (id, email, name, role, password, created_at)
         SELECT $1, $2, $3, CASE WHEN EXISTS (SELECT 1 FROM accounts) THEN 'member' ELSE 'admin' END, $4, $5",
    )
    .bind(new.id.to_string())
    .bind(new.email.as_str())
    .bind(&new.name)
    .bind(new.password.as_ref().map(PasswordHash::expose))
    .bind(millis(new.now))
    .execute(&mut *tx)
    .await
    .map_err(taken(Conflict::EmailTaken))?;
    query("INSERT INTO lanes (account) VALUES ($1)").bind(new.id.to_string()).execute(&mut *tx).await?;
    find(tx, new.id).await
}

/// The account of an address, with the hash of its password.
pub(super) async fn find_for_sign_in(tx: &mut Tx, email: Email) -> Outcome<Option<SignIn>> {
    let row = query("SELECT * FROM accounts WHERE email = $1").bind(email.as_str());
    let Some(row) = row.fetch_optional(tx).await? else { return Ok(None) };
    let password = row.maybe("password", |row, column| row.text(column))?.map(PasswordHash::new);
    Ok(Some(SignIn { account: read(&row)?, password }))
}

async fn change(tx: &mut Tx, account: AccountId, change: AccountChange) -> Outcome<Account> {
    query("UPDATE accounts SET email = coalesce($2, email), name = coalesce($3, name) WHERE id = $1")
        .bind(account.to_string())
        .bind(change.email.as_ref().map(Email::as_str))
        .bind(change.name)
        .execute(&mut *tx)
        .await
        .map_err(taken(Conflict::EmailTaken))?;
    find(tx, account).await
}

async fn set_role(tx: &mut Tx, account: AccountId, role: Role) -> Outcome<Account> {
    tx.hold_word(ADMINS).await?;
    let before = find(tx, account).await?;
    if before.role == Role::Admin && role != Role::Admin && is_last_admin(tx).await? {
        return Err(Conflict::LastAdmin.into());
    }
    query("UPDATE accounts SET role = $2 WHERE id = $1")
        .bind(account.to_string())
        .bind(name(&role)?)
        .execute(&mut *tx)
        .await?;
    Ok(Account { role, ..before })
}

/// Whether there is no more than one admin.
pub(super) async fn is_last_admin(tx: &mut Tx) -> Outcome<bool> {
    let admins =
        query("SELECT count(*) AS admins FROM (SELECT 1 FROM accounts WHERE role = 'admin' LIMIT 2) AS few");
    Ok(admins.fetch_one(tx).await?.integer("admins")? < 2)
}

async fn set_password(
    tx: &mut Tx,
    account: AccountId,
    password: PasswordHash,
    keep: Option<SessionId>,
) -> Outcome<()> {
    tx.hold(account).await?;
    let changed = query("UPDATE accounts SET password = $2 WHERE id = $1")
        .bind(account.to_string())
        .bind(password.expose())
        .execute(&mut *tx)
        .await?;
    if changed == 0 {
        return Err(Noun::Account.into());
    }
    query("DELETE FROM resets WHERE account = $1").bind(account.to_string()).execute(&mut *tx).await?;
    sessions::end_all(tx, account, keep).await.map(drop)
}

async fn offer_reset(
    tx: &mut Tx,
    account: AccountId,
    secret: SecretDigest,
    expires_at: Timestamp,
) -> Outcome<()> {
    query(
        "INSERT INTO resets (account, secret, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, expires_at = excluded.expires_at",
    )
    .bind(account.to_string())
    .bind(secret.expose().to_string())
    .bind(millis(expires_at))
    .execute(tx)
    .await
    .map_err(missing(Noun::Account))?;
    Ok(())
}

async fn use_reset(
    tx: &mut Tx,
    secret: SecretDigest,
    password: PasswordHash,
    now: Timestamp,
) -> Outcome<AccountId> {
    let account = reset_of(tx, secret, now).await?;
    tx.hold(account).await?;
    // Whoever was at the account before may have used it.
    reset_of(tx, secret, now).await?;
    set_password(tx, account, password, None).await?;
    Ok(account)
}

async fn reset_of(tx: &mut Tx, secret: SecretDigest, now: Timestamp) -> Outcome<AccountId> {
    let row = query("SELECT account FROM resets WHERE secret = $1 AND expires_at > $2")
        .bind(secret.expose().to_string())
        .bind(millis(now));
    row.fetch_optional(tx).await?.ok_or(Noun::Reset)?.parsed("account")
}

async fn choose_retention(
    tx: &mut Tx,
    account: AccountId,
    choice: Option<Period>,
    rules: Retention,
    now: Timestamp,
) -> Outcome<Account> {
    tx.hold(account).await?;
    query("UPDATE accounts SET retention = $2 WHERE id = $1")
        .bind(account.to_string())
        .bind(choice.map(|period| i64::from(period.get())))
        .execute(&mut *tx)
        .await?;
    for (statement, span) in [
        (
            "UPDATE photos SET expires_at = created_at + $2 WHERE account = $1 AND expires_at > $3",
            rules.upload_expires(choice, Timestamp::EPOCH),
        ),
        (
            "UPDATE images SET expires_at = created_at + $2 WHERE account = $1 AND expires_at > $3",
            rules.result_expires(choice, Timestamp::EPOCH),
        ),
    ] {
        query(statement)
            .bind(account.to_string())
            .bind(millis(span))
            .bind(millis(now))
            .execute(&mut *tx)
            .await?;
    }
    find(tx, account).await
}
