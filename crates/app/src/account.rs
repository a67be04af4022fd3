//! Account: what a person corrects about themself, and how long their pictures are kept.

use std::net::IpAddr;

use domain::account::{Account, Email};
use domain::api_key::Scope;
use domain::ids::AccountId;
use domain::ports::database::AccountChange;
use domain::retention::Period;
use domain::secret::Secret;

use crate::sign_up::person_name;
use crate::{Admin, App, AppError, Caller};

impl App {
    /// The caller's account as it is now.
    ///
    /// # Errors
    /// `ScopeMissing(account:read)`.
    pub async fn account(&self, caller: &Caller) -> Result<Account, AppError> {
        Ok(self.database().account(caller.allow(Scope::AccountRead)?).await?)
    }

    /// Changes what the caller is called.
    ///
    /// # Errors
    /// `SessionNeeded`, `Invalid(name)`.
    pub async fn change_name(&self, caller: &Caller, name: &str) -> Result<Account, AppError> {
        caller.session()?;
        let change = AccountChange { name: Some(person_name(name)?), email: None };
        Ok(self.database().change_account(caller.id(), change).await?)
    }

    /// Changes the address the caller signs in with. It takes the password: whoever holds the address holds the account.
    ///
    /// # Errors
    /// `NotOffered` where somebody else vouches for people; `SessionNeeded`, `Email`, `WrongSignIn`, `Throttled`, `Conflict(EmailTaken)`.
    pub async fn change_email(
        &self,
        caller: &Caller,
        email: &str,
        password: &Secret,
        client: IpAddr,
    ) -> Result<Account, AppError> {
        caller.session()?;
        self.has_local_accounts()?;
        let email: Email = email.parse()?;
        self.confirm_password(caller, password, client).await?;
        let change = AccountChange { email: Some(email), name: None };
        Ok(self.database().change_account(caller.id(), change).await?)
    }

    /// Sets how long the caller's photos and results are kept; `None` is as long as the installation's rule says. What is
    /// there already follows.
    ///
    /// # Errors
    /// `SessionNeeded`, `Invalid(retention)` for a period that is not offered.
    pub async fn choose_retention(
        &self,
        caller: &Caller,
        choice: Option<Period>,
    ) -> Result<Account, AppError> {
        caller.session()?;
        if choice.is_some_and(|choice| !Period::CHOICES.contains(&choice)) {
            return Err(AppError::invalid("retention", "choose 1, 7 or 30 days"));
        }
        let account = self
            .database()
            .choose_retention(caller.id(), choice, self.settings.retention, self.now())
            .await?;
        // It may hold what ends earlier now.
        self.forget_archive(caller.id()).await;
        self.cleaning_bell.notify_one();
        Ok(account)
    }
}

impl Admin<'_> {
    /// Corrects an account's name, address or both, for the person who asks whoever runs the installation.
    ///
    /// # Errors
    /// `NotFound(Account)`, `Invalid(name)`, `Email`, `Conflict(EmailTaken)`.
    pub async fn correct(
        &self,
        account: AccountId,
        name: Option<&str>,
        email: Option<&str>,
    ) -> Result<Account, AppError> {
        let name = name.map(person_name).transpose()?;
        let email = email.map(str::parse).transpose()?;
        Ok(self.app.database().change_account(account, AccountChange { name, email }).await?)
    }
}
