//! Sign up: a new account, signed in at once. The first one of an installation is its admin.

use std::net::IpAddr;

use domain::account::{Account, Email};
use domain::guessing::SIGN_UP;
use domain::ids::AccountId;
use domain::page::PageRequest;
use domain::ports::database::NewAccount;
use domain::secret::Secret;

use crate::{App, AppError, SignUpPolicy, SignedIn};

/// What somebody who wants an account says.
#[derive(Clone)]
pub struct SignUp {
    /// Their address.
    pub email: String,
    /// What they want to be called; may be empty.
    pub name: String,
    /// Their password.
    pub password: Secret,
    /// A word by which they know their browser again.
    pub device: String,
    /// Where they come from.
    pub client: IpAddr,
}

impl App {
    /// Makes an account, gives it what a new one begins with, and signs it in.
    ///
    /// # Errors
    /// `NotOffered` where somebody else vouches for people; `SignUpClosed`, `Throttled`, `Email`, `Invalid(name)`, `Password`, `Busy`, `Conflict(EmailTaken)`.
    pub async fn sign_up(&self, new: SignUp) -> Result<SignedIn, AppError> {
        self.has_local_accounts()?;
        let email: Email = new.email.parse()?;
        let name = person_name(&new.name)?;
        self.is_open().await?;
        self.count_try(&SIGN_UP, &email, new.client).await?;
        let password = self.ports.passwords.hash(&new.password, &email).await?;
        let id = self.new_id(AccountId::new)?;
        let account = NewAccount { id, email, name, password: Some(password), now: self.now() };
        let account = self.database().create_account(account).await?;
        self.welcome(&account).await?;
        self.open_session(account, &new.device).await
    }

    /// Whether nobody has an account yet: the first to make one is let in, and is the admin.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn is_new(&self) -> Result<bool, AppError> {
        Ok(self.database().list_accounts(PageRequest::first(1)).await?.items.is_empty())
    }

    async fn is_open(&self) -> Result<(), AppError> {
        let closed = self.settings.sign_up == SignUpPolicy::Closed && !self.is_new().await?;
        if closed { Err(AppError::SignUpClosed) } else { Ok(()) }
    }
}

/// A name as it is kept: trimmed, without control characters, of a bearable length.
pub(crate) fn person_name(text: &str) -> Result<String, AppError> {
    short_text("name", text, Account::NAME_LIMIT)
}

/// A text of one line as it is kept: trimmed, without control characters, of at most `limit` characters.
pub(crate) fn short_text(field: &'static str, text: &str, limit: usize) -> Result<String, AppError> {
    let text = text.trim();
    let length = text.chars().count();
    if length > limit {
        return Err(AppError::invalid(field, format!("it has {length} characters: use at most {limit}")));
    }
    if text.chars().any(char::is_control) {
        return Err(AppError::invalid(field, "it has control characters in it: write it in one plain line"));
    }
    Ok(text.to_owned())
}
