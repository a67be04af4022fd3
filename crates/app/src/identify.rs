//! Identify: whose token is this? Asked at every request, so it reads once and writes at most once a minute.

use std::time::Duration;

use domain::ports::identity::TokenKind;
use domain::time::Timestamp;

use crate::{App, AppError, Caller, Credential};

/// How long a use is not noted again.
const NOTED_EVERY: Duration = Duration::from_secs(60);

impl App {
    /// Who shows this session's token.
    ///
    /// # Errors
    /// `NotSignedIn`.
    pub async fn identify_session(&self, token: &str) -> Result<Caller, AppError> {
        let now = self.now();
        let digest = self.ports.tokens.recognise(TokenKind::Session, token).ok_or(AppError::NotSignedIn)?;
        let (session, account) =
            self.database().find_session(digest, now).await?.ok_or(AppError::NotSignedIn)?;
        if is_due(Some(session.used_at), now) {
            // One that stands on somebody else's word lives on by that alone.
            let expires_at = match session.sign_in {
                Some(_) => session.expires_at,
                None => self.settings.sessions.expires_at(session.created_at, now),
            };
            self.database().touch_session(session.id, now, expires_at).await?;
        }
        Ok(Caller { account, credential: Credential::Session(session.id) })
    }

    /// Who shows this API key.
    ///
    /// # Errors
    /// `NotSignedIn` for an unknown, revoked or expired key.
    pub async fn identify_api_key(&self, key: &str) -> Result<Caller, AppError> {
        let now = self.now();
        let digest = self.ports.tokens.recognise(TokenKind::ApiKey, key).ok_or(AppError::NotSignedIn)?;
        let (key, account) = self.database().find_api_key(digest, now).await?.ok_or(AppError::NotSignedIn)?;
        if is_due(key.used_at, now) {
            self.database().touch_api_key(key.id, now).await?;
        }
        Ok(Caller { account, credential: Credential::ApiKey(key.id, key.scopes) })
    }
}

fn is_due(used_at: Option<Timestamp>, now: Timestamp) -> bool {
    used_at.is_none_or(|used| now.since(used) >= NOTED_EVERY)
}
