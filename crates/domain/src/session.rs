//! A session: a signed-in browser. The cookie carries a random secret; here is only its digest.

use std::time::Duration;

use serde::Serialize;

use crate::ids::{AccountId, SessionId};
use crate::time::{DAY, Timestamp};

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLife {
    /// It ends after so long without use.
    pub idle: Duration,
    /// It ends after so long in any case.
    pub absolute: Duration,
}

impl Default for SessionLife {
    /// A fortnight without use, 90 days in any case.
    fn default() -> Self {
        SessionLife { idle: 14 * DAY, absolute: 90 * DAY }
    }
}

impl SessionLife {
    /// When a session made at `created` and last used at `used` ends.
    pub fn expires_at(&self, created: Timestamp, used: Timestamp) -> Timestamp {
        (used + self.idle).min(created + self.absolute)
    }
}

/// One signed-in browser, as its owner sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Names it; it opens nothing.
    pub id: SessionId,
    /// Who is signed in.
    pub account: AccountId,
    /// A word by which the person knows the browser again: "Firefox on Linux".
    pub device: String,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub used_at: Timestamp,
    /// From this moment on it opens nothing.
    pub expires_at: Timestamp,
    /// The sign-in at the outside identity that it stands on, if it does: when that ends, so does this.
    pub sign_in: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_prolongs_a_session_up_to_its_end() {
        let life = SessionLife::default();
        let day = |days: u32| Timestamp::EPOCH + days * DAY;
        assert_eq!(life.expires_at(day(0), day(0)), day(14));
        assert_eq!(life.expires_at(day(0), day(10)), day(24));
        assert_eq!(life.expires_at(day(0), day(89)), day(90));
    }
}
