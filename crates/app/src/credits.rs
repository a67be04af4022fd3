//! Credits: what there is, what came of them, and what a new account begins with.

use domain::account::Account;
use domain::api_key::Scope;
use domain::credit::{Credits, LedgerEntry, Position};
use domain::page::{Page, PageRequest};
use domain::ports::database::Grant;

use crate::{App, AppError, Caller};

impl App {
    /// Where the caller stands.
    ///
    /// # Errors
    /// `ScopeMissing(account:read)`.
    pub async fn credits(&self, caller: &Caller) -> Result<Position, AppError> {
        Ok(self.database().credits(caller.allow(Scope::AccountRead)?).await?)
    }

    /// The caller's ledger, newest first.
    ///
    /// # Errors
    /// `ScopeMissing(account:read)`.
    pub async fn ledger(
        &self,
        caller: &Caller,
        page: PageRequest<u64>,
    ) -> Result<Page<LedgerEntry, u64>, AppError> {
        Ok(self.database().ledger(caller.allow(Scope::AccountRead)?, page).await?)
    }

    /// Gives an account that never had a credit what a new one begins with. Once, however often it is asked.
    pub(crate) async fn welcome(&self, account: &Account) -> Result<(), AppError> {
        let amount = self.settings.welcome;
        if amount == Credits::ZERO
            || !self.database().ledger(account.id, PageRequest::first(1)).await?.items.is_empty()
        {
            return Ok(());
        }
        let key = format!("welcome/{}", account.id);
        let grant = Grant { account: account.id, key, amount, note: "to begin with".into(), now: self.now() };
        self.database().grant_credits(grant).await?;
        Ok(())
    }
}
