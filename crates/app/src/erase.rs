//! Erase: an account goes with everything about it. The rows go at once, in one transaction; the objects right after, and
//! if something is in the way, again and again until they are gone. It counts as complete when the storage was listed and
//! showed nothing. What stays is a receipt that says how much was deleted and when, what the law keeps, and not whose it was.

use std::net::IpAddr;

use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::erasure::{Erasure, ErasureCounts};
use domain::ids::{AccountId, ErasureId};
use domain::object_key::ObjectClass;
use domain::ports::objects::{LIST_LIMIT, ObjectPrefix};
use domain::secret::Secret;
use domain::time::Timestamp;
use serde::Serialize;

use crate::{Admin, App, AppError, Caller};

/// What a person is left with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Its number.
    pub id: ErasureId,
    /// When every row about the account went.
    pub begun_at: Timestamp,
    /// When the last picture was known to be gone; `None` while the storage is still at it.
    pub completed_at: Option<Timestamp>,
    /// How much was deleted.
    pub counts: ErasureCounts,
    /// What was looked through before it counted as complete, and showed nothing more; empty until then.
    pub searched: Vec<String>,
    /// What stays, and why.
    pub stays: Vec<Stay>,
}

/// Something that stays after an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stay {
    /// What.
    pub what: String,
    /// Why it may, or must.
    pub why: &'static str,
}

impl App {
    /// Erases the caller's account, after their password was asked once more.
    ///
    /// # Errors
    /// `SessionNeeded`, `WrongSignIn`, `Throttled`, `Conflict(LastAdmin)` while there are other accounts.
    pub async fn erase(
        &self,
        caller: &Caller,
        password: &Secret,
        client: IpAddr,
    ) -> Result<Receipt, AppError> {
        caller.session()?;
        self.confirm_password(caller, password, client).await?;
        self.erase_account(caller.id()).await
    }

    /// The receipt of an erasure, for whoever has its number.
    ///
    /// # Errors
    /// `NotFound(Erasure)`.
    pub async fn receipt(&self, erasure: ErasureId) -> Result<Receipt, AppError> {
        Ok(self.receipt_of(self.database().erasure(erasure).await?))
    }

    /// The rows, and the objects if the storage lets us.
    pub(crate) async fn erase_account(&self, account: AccountId) -> Result<Receipt, AppError> {
        let id = self.new_id(ErasureId::new)?;
        let erasure = self.database().erase_account(account, id, self.now()).await?;
        self.something_ended(account);
        match self.finish_erasure(&erasure).await {
            Ok(complete) => Ok(self.receipt_of(complete)),
            Err(error) => {
                // The rows are gone, so it can't be undone: the rest is tried again until it is done.
                tracing::warn!(erasure = %id, %error, "the objects of an erasure are still to be deleted");
                self.cleaning_bell.notify_one();
                Ok(self.receipt_of(erasure))
            }
        }
    }

    /// Deletes what is left of an erasure and closes it. It may be asked again at any point.
    pub(crate) async fn finish_erasure(&self, erasure: &Erasure) -> Result<Erasure, AppError> {
        if let Some(account) = erasure.account {
            for class in ObjectClass::ALL {
                self.objects().delete_prefix(ObjectPrefix::Account(class, account)).await?;
            }
        }
        self.delete_pending(Some(erasure.id)).await?;
        if let Some(account) = erasure.account {
            self.nothing_is_left(account).await?;
        }
        self.say_farewells(erasure.id).await?;
        Ok(self.database().complete_erasure(erasure.id, self.now()).await?)
    }

    /// Has outside services delete what they keep of an erased account. Each is tried, whatever becomes of the others.
    async fn say_farewells(&self, erasure: ErasureId) -> Result<(), AppError> {
        let mut failure = None;
        for alias in self.database().farewells(erasure).await? {
            match self.say_farewell(&alias).await {
                Ok(()) => self.database().confirm_farewell(alias).await?,
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn say_farewell(&self, alias: &Alias) -> Result<(), AppError> {
        if let Some(outside) = self.outside().filter(|outside| *outside.service() == alias.service) {
            return Ok(outside.delete(alias).await?);
        }
        if self.ports.payments.service() == Some(&alias.service) {
            return Ok(self.ports.payments.forget(alias).await?);
        }
        let service = alias.service.as_str();
        tracing::error!(
            service,
            "it keeps data of an erased account, and is not configured any more: configure it, or delete them there"
        );
        Err(AppError::Unavailable(format!("{service} is not configured").into()))
    }

    /// Lists what an account had: its erasure is complete when there is nothing.
    async fn nothing_is_left(&self, account: AccountId) -> Result<(), AppError> {
        for class in ObjectClass::ALL {
            let page = self.objects().list(ObjectPrefix::Account(class, account), None, 1).await?;
            if !page.objects.is_empty() {
                return Err(AppError::Unavailable("something was stored while it was being deleted".into()));
            }
        }
        Ok(())
    }

    /// Deletes objects whose rows are gone, those of one erasure or all, and says how many. The first that can't be deleted
    /// does not keep the others.
    pub(crate) async fn delete_pending(&self, erasure: Option<ErasureId>) -> Result<u64, AppError> {
        let mut deleted = 0;
        loop {
            let keys = self.database().pending_deletions(erasure, LIST_LIMIT as u32).await?;
            let (all, mut gone, mut failure) = (keys.len(), Vec::with_capacity(keys.len()), None);
            for key in keys {
                match self.objects().delete(key).await {
                    Ok(()) => gone.push(key),
                    Err(error) => failure = Some(error),
                }
            }
            deleted += gone.len() as u64;
            if !gone.is_empty() {
                self.database().confirm_deletions(gone).await?;
            }
            match failure {
                Some(error) => return Err(error.into()),
                None if all < LIST_LIMIT => return Ok(deleted),
                None => {}
            }
        }
    }
}

impl Admin<'_> {
    /// Where a text still stands, such as an erased account's id or address: the names of the tables. It reads everything.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn search_everywhere(&self, text: String) -> Result<Vec<String>, AppError> {
        Ok(self.app.database().search_everywhere(text).await?)
    }

    /// Erases an account.
    ///
    /// # Errors
    /// `NotFound(Account)`, `Conflict(LastAdmin)` while there are other accounts.
    pub async fn erase(&self, account: AccountId) -> Result<Receipt, AppError> {
        self.app.erase_account(account).await
    }
}

impl App {
    /// What a person is left with. An erasure is complete when every place was listed and showed nothing, and every service that
    /// knew the person has deleted them.
    fn receipt_of(&self, Erasure { id, account: _, begun_at, completed_at, counts }: Erasure) -> Receipt {
        let vouches = self.outside().map(|outside| outside.service().as_str());
        let takes_money = self.ports.payments.service().map(SubprocessorId::as_str);
        let mut searched = Vec::new();
        if completed_at.is_some() {
            let places =
                ObjectClass::ALL.map(|class| format!("the account's {} in the storage", class.prefix()));
            searched.extend(places);
            let services = vouches.into_iter().chain(takes_money);
            searched.extend(
                services.map(|service| format!("the person at {service}, who was deleted there if known")),
            );
        }
        Receipt { id, begun_at, completed_at, counts, searched, stays: stays(&counts, takes_money) }
    }
}

/// What an erasure leaves, and why.
fn stays(counts: &ErasureCounts, takes_money: Option<&str>) -> Vec<Stay> {
    let kept = counts.payments_kept;
    let law = |what| Stay { what, why: "the law on invoices asks for it" };
    let books = format!("{kept} payments in the books, with nothing that says whose they were");
    let invoices = takes_money.map(|service| format!("the invoices of these payments at {service}"));
    let paid = std::iter::once(books).chain(invoices).filter(|_| kept > 0).map(law);
    let receipt = Stay {
        what: "this receipt, with numbers alone".to_owned(),
        why: "you may want to show that it was done",
    };
    paid.chain([receipt]).collect()
}
