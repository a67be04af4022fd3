//! Aliases, the arrival of people who are vouched for, farewells, and notes of what counts once.

use domain::account::{Account, Email};
use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::ids::{AccountId, ErasureId};
use domain::once::OnceKey;
use domain::ports::database::{
    Aliases, Answer, Arrival, Arrived, Conflict, NewAccount, Noun, SignIn, Welcome,
};
use domain::time::Timestamp;

use super::failure::{Failure, Outcome, missing, taken};
use super::row::{Row, all, millis};
use super::statement::{Tx, query};
use super::{Engine, Sql, accounts};

impl<E: Engine> Aliases for Sql<E> {
    fn take_in(&self, arrival: Arrival) -> Answer<'_, Arrived> {
        self.engine.write(move |tx| Box::pin(take_in(tx, arrival)))
    }

    fn find_alias(&self, alias: Alias) -> Answer<'_, Option<Account>> {
        self.engine
            .read(move |tx| Box::pin(async move { Ok(find(tx, &alias).await?.map(|(account, _)| account)) }))
    }

    fn alias(&self, account: AccountId, service: SubprocessorId) -> Answer<'_, Option<Alias>> {
        self.engine.read(move |tx| Box::pin(of_service(tx, account, service)))
    }

    fn set_alias(&self, account: AccountId, alias: Alias, now: Timestamp) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(async move { set(tx, account, &alias, now).await }))
    }

    fn drop_alias(&self, alias: Alias) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(async move { remove(tx, &alias).await }))
    }

    fn farewells(&self, erasure: ErasureId) -> Answer<'_, Vec<Alias>> {
        self.engine.read(move |tx| Box::pin(farewells(tx, erasure)))
    }

    fn confirm_farewell(&self, alias: Alias) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(confirm_farewell(tx, alias)))
    }

    fn note_once(&self, key: OnceKey, now: Timestamp, until: Timestamp) -> Answer<'_, bool> {
        self.engine.write(move |tx| Box::pin(note_once(tx, key, now, until)))
    }

    fn is_noted(&self, key: OnceKey, now: Timestamp) -> Answer<'_, bool> {
        self.engine.read(move |tx| Box::pin(is_noted(tx, key, now)))
    }
}

fn read(row: &Row) -> Outcome<Alias> {
    let service = SubprocessorId::new(&row.text("service")?).ok_or(Failure::Corrupt("service"))?;
    Alias::new(service, row.text("id")?).ok_or(Failure::Corrupt("id"))
}

/// The account of an alias, and when its address and name were so.
async fn find(tx: &mut Tx, alias: &Alias) -> Outcome<Option<(Account, Timestamp)>> {
    let row = query(
        "SELECT accounts.*, as_of FROM aliases JOIN accounts ON accounts.id = account
         WHERE service = $1 AND aliases.id = $2",
    )
    .bind(alias.service.as_str())
    .bind(&alias.id);
    let Some(row) = row.fetch_optional(tx).await? else { return Ok(None) };
    Ok(Some((accounts::read(&row)?, row.time("as_of")?)))
}

async fn of_service(tx: &mut Tx, account: AccountId, service: SubprocessorId) -> Outcome<Option<Alias>> {
    let row = query("SELECT * FROM aliases WHERE account = $1 AND service = $2")
        .bind(account.to_string())
        .bind(service.as_str());
    row.fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Every alias of an account.
pub(super) async fn of(tx: &mut Tx, account: AccountId) -> Outcome<Vec<Alias>> {
    let rows = query("SELECT * FROM aliases WHERE account = $1 ORDER BY service").bind(account.to_string());
    all(rows.fetch_all(tx).await?, read)
}

/// Gives an account an alias, in the place of an earlier one of that service.
pub(super) async fn set(tx: &mut Tx, account: AccountId, alias: &Alias, now: Timestamp) -> Outcome<()> {
    tx.hold(account).await?;
    accounts::find(tx, account).await?;
    query("DELETE FROM aliases WHERE account = $1 AND service = $2 AND id <> $3")
        .bind(account.to_string())
        .bind(alias.service.as_str())
        .bind(&alias.id)
        .execute(&mut *tx)
        .await?;
    let set = query(
        "INSERT INTO aliases (service, id, account, as_of) VALUES ($1, $2, $3, $4)
         ON CONFLICT (service, id) DO UPDATE SET
             as_of = CASE WHEN aliases.as_of > excluded.as_of THEN aliases.as_of ELSE excluded.as_of END
         WHERE aliases.account = excluded.account",
    )
    .bind(alias.service.as_str())
    .bind(&alias.id)
    .bind(account.to_string())
    .bind(millis(now))
    .execute(tx)
    .await
    .map_err(missing(Noun::Account))?;
    if set == 0 { Err(Conflict::IdReused.into()) } else { Ok(()) }
}

/// Takes an alias away.
pub(super) async fn remove(tx: &mut Tx, alias: &Alias) -> Outcome<()> {
    query("DELETE FROM aliases WHERE service = $1 AND id = $2")
        .bind(alias.service.as_str())
        .bind(&alias.id)
        .execute(tx)
        .await?;
    Ok(())
}

async fn take_in(tx: &mut Tx, arrival: Arrival) -> Outcome<Arrived> {
    // Whoever arrives twice at once, or by two ways with one address, is taken in once.
    tx.hold_word(&format!("alias {} {}", arrival.alias.service.as_str(), arrival.alias.id)).await?;
    if let Some(email) = &arrival.verified_email {
        tx.hold_word(&format!("email {}", email.as_str())).await?;
    }
    if is_noted(tx, arrival.unless, arrival.now).await? {
        return Err(Noun::Account.into());
    }
    if let Some((account, as_of)) = find(tx, &arrival.alias).await? {
        let account =
            if arrival.as_of > as_of { bring_up_to_date(tx, account, &arrival).await? } else { account };
        return Ok(Arrived { account, how: Welcome::Known });
    }
    let email = arrival.verified_email.clone().ok_or(Conflict::EmailUnverified)?;
    if let Some(SignIn { account, .. }) = accounts::find_for_sign_in(tx, email.clone()).await? {
        if of_service(tx, account.id, arrival.alias.service.clone()).await?.is_some() {
            return Err(Conflict::EmailTaken.into());
        }
        close_all_doors(tx, account.id).await?;
        set(tx, account.id, &arrival.alias, arrival.as_of).await?;
        return Ok(Arrived { account, how: Welcome::Moved });
    }
    let id = arrival.new.ok_or(Conflict::NoNewAccounts)?;
    let new = NewAccount { id, email, name: arrival.name, password: None, now: arrival.now };
    let account = accounts::create(tx, new).await?;
    set(tx, account.id, &arrival.alias, arrival.as_of).await?;
    Ok(Arrived { account, how: Welcome::New })
}

/// Takes over name and address. An address that another account has stays there: that is no reason not to let somebody in.
async fn bring_up_to_date(tx: &mut Tx, account: Account, arrival: &Arrival) -> Outcome<Account> {
    tx.hold(account.id).await?;
    let free = match &arrival.verified_email {
        Some(email) => accounts::find_for_sign_in(tx, email.clone()).await?.is_none(),
        None => false,
    };
    let email = arrival.verified_email.as_ref().filter(|_| free).map(Email::as_str);
    query("UPDATE accounts SET email = coalesce($2, email), name = $3 WHERE id = $1")
        .bind(account.id.to_string())
        .bind(email)
        .bind(&arrival.name)
        .execute(&mut *tx)
        .await
        .map_err(taken(Conflict::EmailTaken))?;
    set(tx, account.id, &arrival.alias, arrival.as_of).await?;
    accounts::find(tx, account.id).await
}

/// Whoever made a local account may not have had its address: nothing of theirs opens it any more, or is told of it.
async fn close_all_doors(tx: &mut Tx, account: AccountId) -> Outcome<()> {
    tx.hold(account).await?;
    for statement in [
        "UPDATE accounts SET password = NULL WHERE id = $1",
        "DELETE FROM resets WHERE account = $1",
        "DELETE FROM sessions WHERE account = $1",
        "DELETE FROM api_keys WHERE account = $1",
        "DELETE FROM endpoints WHERE account = $1",
    ] {
        query(statement).bind(account.to_string()).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Notes whom an erasure has to tell, before the account goes.
pub(super) async fn say_farewell(tx: &mut Tx, account: AccountId, erasure: ErasureId) -> Outcome<()> {
    query(
        "INSERT INTO farewells (service, id, erasure) SELECT service, id, $2 FROM aliases WHERE account = $1
         ON CONFLICT DO NOTHING",
    )
    .bind(account.to_string())
    .bind(erasure.to_string())
    .execute(tx)
    .await?;
    Ok(())
}

async fn farewells(tx: &mut Tx, erasure: ErasureId) -> Outcome<Vec<Alias>> {
    let rows = query("SELECT * FROM farewells WHERE erasure = $1 ORDER BY service, id");
    all(rows.bind(erasure.to_string()).fetch_all(tx).await?, read)
}

async fn confirm_farewell(tx: &mut Tx, alias: Alias) -> Outcome<()> {
    query("DELETE FROM farewells WHERE service = $1 AND id = $2")
        .bind(alias.service.as_str())
        .bind(alias.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes something that counts once; whether it was the first time.
pub(super) async fn note_once(tx: &mut Tx, key: OnceKey, now: Timestamp, until: Timestamp) -> Outcome<bool> {
    let noted = query(
        "INSERT INTO once (key, expires_at) VALUES ($1, $2)
         ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE once.expires_at <= $3",
    )
    .bind(key.digest().to_string())
    .bind(millis(until))
    .bind(millis(now))
    .execute(tx)
    .await?;
    Ok(noted > 0)
}

async fn is_noted(tx: &mut Tx, key: OnceKey, now: Timestamp) -> Outcome<bool> {
    let row = query("SELECT 1 FROM once WHERE key = $1 AND expires_at > $2")
        .bind(key.digest().to_string())
        .bind(millis(now));
    Ok(row.fetch_optional(tx).await?.is_some())
}
