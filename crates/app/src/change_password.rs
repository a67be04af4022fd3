//! Change password: with the old one, so that a session left open is not enough to take an account over.

use std::net::IpAddr;

use domain::secret::Secret;

use crate::{App, AppError, Caller};

impl App {
    /// Sets a new password. Every other session ends.
    ///
    /// # Errors
    /// `NotOffered` where somebody else vouches for people; `SessionNeeded`, `WrongSignIn` when the old one is wrong, `Throttled`, `Password`, `Busy`.
    pub async fn change_password(
        &self,
        caller: &Caller,
        old: &Secret,
        new: &Secret,
        client: IpAddr,
    ) -> Result<(), AppError> {
        let session = caller.session()?;
        self.has_local_accounts()?;
        self.confirm_password(caller, old, client).await?;
        let hash = self.ports.passwords.hash(new, &caller.account.email).await?;
        Ok(self.database().set_password(caller.id(), hash, Some(session)).await?)
    }

    /// Asks a signed-in person for their password once more, before something that can't be undone.
    pub(crate) async fn confirm_password(
        &self,
        caller: &Caller,
        password: &Secret,
        client: IpAddr,
    ) -> Result<(), AppError> {
        let account = self.check_password(&caller.account.email, password, client).await?;
        if account.id == caller.id() { Ok(()) } else { Err(AppError::WrongSignIn) }
    }
}
