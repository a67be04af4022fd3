//! Sign out: this browser, or every one.

use crate::{App, AppError, Caller};

impl App {
    /// Ends the caller's session. One that has ended already is signed out.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), AppError> {
        let session = caller.session()?;
        match self.database().end_session(caller.id(), session).await.map_err(AppError::from) {
            Ok(()) | Err(AppError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends every session of the caller, this one too, and says how many there were. API keys stay.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub async fn sign_out_everywhere(&self, caller: &Caller) -> Result<u64, AppError> {
        caller.session()?;
        Ok(self.database().end_sessions(caller.id(), None).await?)
    }
}
