//! Sessions: where am I signed in, and no longer there.

use domain::ids::SessionId;
use domain::session::Session;

use crate::{App, AppError, Caller};

impl App {
    /// The caller's open sessions, newest first.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<Session>, AppError> {
        caller.session()?;
        Ok(self.database().list_sessions(caller.id(), self.now()).await?)
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// `SessionNeeded`, `NotFound(Session)`.
    pub async fn revoke_session(&self, caller: &Caller, session: SessionId) -> Result<(), AppError> {
        caller.session()?;
        Ok(self.database().end_session(caller.id(), session).await?)
    }
}
