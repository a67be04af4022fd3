//! Who calls, and how far they reach.
//!
//! A session is the person themself. An API key is a program in their name: it reaches as far as its scopes, and never to
//! what would let it reach further or outlive its revocation: passwords, sessions, keys, consents, erasure.

use domain::account::{Account, Role};
use domain::api_key::{Scope, Scopes};
use domain::ids::{AccountId, ApiKeyId, SessionId};

use crate::AppError;

/// An account that was identified, and by what.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub account: Account,
    /// By what.
    pub credential: Credential,
}

/// By what somebody was identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A session.
    Session(SessionId),
    /// An API key and its reach.
    ApiKey(ApiKeyId, Scopes),
}

impl Caller {
    /// The account's id.
    pub fn id(&self) -> AccountId {
        self.account.id
    }

    /// Lets a session pass, and a key that has the scope.
    ///
    /// # Errors
    /// `ScopeMissing`.
    pub fn allow(&self, scope: Scope) -> Result<AccountId, AppError> {
        match self.credential {
            Credential::ApiKey(_, scopes) if !scopes.allow(scope) => Err(AppError::ScopeMissing(scope)),
            _ => Ok(self.account.id),
        }
    }

    /// Lets a session pass, and no key.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub fn session(&self) -> Result<SessionId, AppError> {
        match self.credential {
            Credential::Session(session) => Ok(session),
            Credential::ApiKey(..) => Err(AppError::SessionNeeded),
        }
    }

    /// Lets an admin's session pass.
    ///
    /// # Errors
    /// `SessionNeeded`, `AdminNeeded`.
    pub fn admin(&self) -> Result<(), AppError> {
        self.session()?;
        if self.account.role == Role::Admin { Ok(()) } else { Err(AppError::AdminNeeded) }
    }
}
