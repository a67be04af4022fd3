//! Throttled guessing: how often something may be tried from one place before it has to wait.
//!
//! Tries are counted in windows that begin with the first try. The count lives in the database, so that a guesser gains
//! nothing by going to another node or by waiting for a restart.

use std::time::Duration;

use crate::digest::Digest;
use crate::time::Timestamp;

/// What tries are counted for, such as an address at the sign-in or a network. It is a keyed digest: the counters
/// reveal neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThrottleKey(pub Digest);

/// How many tries a window allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleRule {
    /// Tries that are let through in one window.
    pub tries: u32,
    /// How long a window is.
    pub window: Duration,
}

/// The count of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// How many there were in the window.
    pub count: u32,
    /// When the window began.
    pub since: Timestamp,
}

/// Whether a try is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttled {
    /// Go on.
    No,
    /// Wait until then.
    Until(Timestamp),
}

impl ThrottleRule {
    /// Counts one more try at `now`. A try that is not let through is not counted: waiting out the window is enough.
    pub fn count(&self, before: Option<Tries>, now: Timestamp) -> (Tries, Throttled) {
        match before {
            Some(tries) if now < tries.since + self.window => {
                if tries.count < self.tries {
                    (Tries { count: tries.count + 1, since: tries.since }, Throttled::No)
                } else {
                    (tries, Throttled::Until(tries.since + self.window))
                }
            }
            _ => (Tries { count: 1, since: now }, Throttled::No),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_lets_so_many_through_and_then_makes_wait() {
        let rule = ThrottleRule { tries: 3, window: Duration::from_secs(60) };
        let at = |seconds: u64| Timestamp::from_millis(seconds * 1000);
        let mut tries = None;
        let mut asked = |now| {
            let (after, throttled) = rule.count(tries, now);
            tries = Some(after);
            throttled
        };
        for second in [10, 20, 30] {
            assert_eq!(asked(at(second)), Throttled::No);
        }
        assert_eq!(asked(at(40)), Throttled::Until(at(70)));
        assert_eq!(asked(at(69)), Throttled::Until(at(70)));
        assert_eq!(asked(at(70)), Throttled::No);
    }
}
