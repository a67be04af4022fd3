//! Reset: an admin hands a person a link, by whatever way they trust, and with it the person chooses a new password.
//!
//! The service sends no mail, so it needs no mail server and there is nothing to be caught on the way. The link names the
//! account beside the secret, so that the new password is measured against the right address; the secret alone decides.

use std::net::IpAddr;
use std::time::Duration;

use domain::guessing::{CountedBy, Limit};
use domain::ids::AccountId;
use domain::ports::database::Noun;
use domain::ports::identity::{RESET_VALID_FOR, TokenKind};
use domain::secret::Secret;
use domain::throttle::ThrottleRule;
use domain::time::Timestamp;

use crate::{Admin, App, AppError};

/// Each use hashes a password, which is dear.
const USES: [Limit; 1] = [Limit {
    what: "reset",
    by: CountedBy::Network,
    rule: ThrottleRule { tries: 20, window: Duration::from_secs(3600) },
}];

impl Admin<'_> {
    /// Makes a reset link's token for an account, and says until when it is good. It takes the place of an earlier one.
    ///
    /// # Errors
    /// `NotFound(Account)`.
    pub async fn issue_reset_link(&self, account: AccountId) -> Result<(Secret, Timestamp), AppError> {
        let app = self.app;
        app.database().account(account).await?;
        let issued = app.ports.tokens.issue(TokenKind::Reset)?;
        let until = app.now() + RESET_VALID_FOR;
        app.database().offer_reset(account, issued.digest, until).await?;
        Ok((Secret::new(format!("{account}.{}", issued.token.expose())), until))
    }
}

impl App {
    /// Sets a new password with a reset link's token, once. Every session of the account ends.
    ///
    /// # Errors
    /// `NotFound(Reset)` for a link that is not good any more or never was, `Throttled`, `Password`, `Busy`.
    pub async fn use_reset_link(
        &self,
        token: &str,
        password: &Secret,
        client: IpAddr,
    ) -> Result<AccountId, AppError> {
        let unknown = || AppError::NotFound(Noun::Reset);
        let (account, secret) = token.split_once('.').ok_or_else(unknown)?;
        let account: AccountId = account.parse().map_err(|_| unknown())?;
        let digest = self.ports.tokens.recognise(TokenKind::Reset, secret).ok_or_else(unknown)?;
        let account = match self.database().account(account).await.map_err(AppError::from) {
            Err(AppError::NotFound(_)) => return Err(unknown()),
            account => account?,
        };
        self.count_try(&USES, &account.email, client).await?;
        let hash = self.ports.passwords.hash(password, &account.email).await?;
        Ok(self.database().use_reset(digest, hash, self.now()).await?)
    }
}
