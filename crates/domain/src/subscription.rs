//! A subscription: an agreement to pay every month. The credits come with each payment; this only says how it stands.

use serde::{Deserialize, Serialize};

use crate::ids::AccountId;
use crate::time::Timestamp;

/// How a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// The first payment is not through.
    Incomplete,
    /// It is paid.
    Active,
    /// The last payment failed: the person has to look after it.
    PastDue,
    /// It is over.
    Ended,
}

/// A subscription, as the payment service last told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// What the payment service calls it.
    pub id: String,
    /// Whose it is.
    pub account: AccountId,
    /// How it stands.
    pub state: SubscriptionState,
    /// Until when it is paid; it is renewed then, or ends.
    pub paid_until: Timestamp,
    /// Whether it ends then.
    pub ends: bool,
    /// When this was true.
    pub as_of: Timestamp,
}

impl Subscription {
    /// Whether this is newer than what is known. What has ended stays so, and of two tellings of one moment the one that is
    /// further on counts.
    pub fn supersedes(&self, known: &Subscription) -> bool {
        let ended = self.state == SubscriptionState::Ended;
        known.state != SubscriptionState::Ended
            && (ended || (self.as_of, self.state) > (known.as_of, known.state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_counts_and_an_end_is_final() {
        let at = |state, millis| Subscription {
            id: "s".into(),
            account: AccountId::new(Timestamp::EPOCH, [0; 10]),
            state,
            paid_until: Timestamp::EPOCH,
            ends: false,
            as_of: Timestamp::from_millis(millis),
        };
        let active = at(SubscriptionState::Active, 5);
        assert!(active.supersedes(&at(SubscriptionState::PastDue, 4)));
        assert!(!active.supersedes(&at(SubscriptionState::PastDue, 6)));
        assert!(active.supersedes(&at(SubscriptionState::Incomplete, 5)));
        assert!(!active.supersedes(&active));
        assert!(!active.supersedes(&at(SubscriptionState::Ended, 1)));
        assert!(at(SubscriptionState::Ended, 1).supersedes(&active));
    }
}
