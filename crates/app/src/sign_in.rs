//! Sign in: an address and a password become a session.
//!
//! Whether the address exists can be told neither from the answer nor from the time it takes, and known and unknown ones
//! are throttled alike.

use std::net::IpAddr;

use domain::account::{Account, Email};
use domain::guessing::SIGN_IN;
use domain::ids::SessionId;
use domain::ports::identity::{PasswordCheck, TokenKind};
use domain::secret::Secret;
use domain::session::Session;
use domain::time::Timestamp;

use crate::{App, AppError};

/// The longest word for a browser, in characters; a longer one is cut.
const DEVICE_LIMIT: usize = 100;

/// What somebody who signs in says.
#[derive(Clone)]
pub struct SignIn {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: Secret,
    /// A word by which they know their browser again.
    pub device: String,
    /// Where they come from.
    pub client: IpAddr,
}

/// A session just opened.
#[derive(Debug)]
pub struct SignedIn {
    /// What the cookie carries. It is shown this once.
    pub token: Secret,
    /// The session.
    pub session: Session,
    /// Who is signed in.
    pub account: Account,
}

impl App {
    /// Signs in.
    ///
    /// # Errors
    /// `NotOffered` where somebody else vouches for people; `WrongSignIn`, `Throttled`, `Busy`.
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<SignedIn, AppError> {
        self.has_local_accounts()?;
        let Ok(email) = sign_in.email.parse::<Email>() else { return Err(AppError::WrongSignIn) };
        let account = self.check_password(&email, &sign_in.password, sign_in.client).await?;
        // Granted when the account was made, unless the process was killed right then.
        self.welcome(&account).await?;
        self.open_session(account, &sign_in.device).await
    }

    /// The account of an address and its password. Every way to try a password passes here, so none is a way around the
    /// throttle.
    pub(crate) async fn check_password(
        &self,
        email: &Email,
        password: &Secret,
        client: IpAddr,
    ) -> Result<Account, AppError> {
        self.count_try(&SIGN_IN, email, client).await?;
        let known = self.database().find_for_sign_in(email.clone()).await?;
        let stored = known.as_ref().and_then(|known| known.password.as_ref());
        let check = self.ports.passwords.verify(password, stored).await?;
        match (check, known) {
            // A stronger hash is not stored here: setting a password ends the other sessions, and may overwrite one that
            // was changed meanwhile. The next change of the password stores one.
            (PasswordCheck::Right | PasswordCheck::RightRehashed(_), Some(known)) => {
                self.clear_tries(&SIGN_IN, email, client).await?;
                Ok(known.account)
            }
            _ => Err(AppError::WrongSignIn),
        }
    }

    /// Lets pass where people have passwords here.
    pub(crate) fn has_local_accounts(&self) -> Result<(), AppError> {
        if self.ports.outside.is_none() { Ok(()) } else { Err(AppError::NotOffered) }
    }

    pub(crate) async fn open_session(&self, account: Account, device: &str) -> Result<SignedIn, AppError> {
        let now = self.now();
        let expires_at = self.settings.sessions.expires_at(now, now);
        self.open_session_until(account, device, expires_at, None).await
    }

    /// Opens a session that ends by itself at `expires_at`, and with the sign-in elsewhere that it stands on.
    pub(crate) async fn open_session_until(
        &self,
        account: Account,
        device: &str,
        expires_at: Timestamp,
        sign_in: Option<String>,
    ) -> Result<SignedIn, AppError> {
        let now = self.now();
        let issued = self.ports.tokens.issue(TokenKind::Session)?;
        let device = device.trim().chars().filter(|c| !c.is_control()).take(DEVICE_LIMIT).collect();
        let session = Session {
            id: self.new_id(SessionId::new)?,
            account: account.id,
            device,
            created_at: now,
            used_at: now,
            expires_at,
            sign_in,
        };
        let session = self.database().open_session(session, issued.digest).await?;
        Ok(SignedIn { token: issued.token, session, account })
    }
}
