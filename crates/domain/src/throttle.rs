//! How often somebody may guess: rules over counters that the database keeps.
//!
//! Sign-ins are counted a target (an address, known or not) and a source (a client's network). The first failures
//! are free, since people mistype; after them each failure doubles the wait. While a wait lasts nothing is verified
//! and nothing is counted, so that the true owner is kept out for one short wait at most, however long somebody else
//! keeps trying. Nothing here tells whether an address exists: both kinds are counted alike.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What is counted for one target or one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// How many in a row, with no quiet window between.
    pub count: u32,
    /// When the last one was.
    pub last_at: Timestamp,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Try the password.
    Allowed,
    /// Answer "too many attempts" and verify nothing before this moment.
    NotBefore(Timestamp),
}

/// How many failures are free and how the wait grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Failures without a wait.
    pub free: u32,
    /// The wait after the first failure that is not free; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// After so long without a failure the counter is forgotten, and may be deleted.
    pub window: Duration,
}

impl Throttle {
    /// For one address, whoever tries. The wait is short at its longest: it slows a guesser to 1440 guesses a day, and
    /// cannot be used to lock a person out.
    pub const ADDRESS: Throttle = Throttle {
        free: 5,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(60),
        window: Duration::from_secs(60 * 60),
    };

    /// For one client's network, whatever addresses it tries. Many people may share it, so more failures are free; a
    /// guesser going through a list is stopped for longer.
    pub const CLIENT: Throttle = Throttle {
        free: 20,
        first_wait: Duration::from_secs(2),
        longest_wait: Duration::from_secs(15 * 60),
        window: Duration::from_secs(60 * 60),
    };

    /// Whether another attempt is allowed now.
    pub fn admit(&self, failures: Option<Failures>, now: Timestamp) -> Admission {
        let Some(failures) = failures.filter(|failures| !self.is_forgotten(*failures, now)) else {
            return Admission::Allowed;
        };
        let until = failures.last_at + self.wait(failures.count);
        if now < until { Admission::NotBefore(until) } else { Admission::Allowed }
    }

    /// The counter after one more failure. Call it before the password is verified and take it back on success, so
    /// that attempts made at the same moment do not all find the old count.
    pub fn after_failure(&self, failures: Option<Failures>, now: Timestamp) -> Failures {
        let before = failures.filter(|failures| !self.is_forgotten(*failures, now)).map_or(0, |f| f.count);
        // The last failure never moves back, whichever node's clock is behind.
        let last_at = failures.map_or(now, |failures| failures.last_at.max(now));
        Failures { count: before.saturating_add(1), last_at }
    }

    /// Whether a counter says nothing any more.
    pub fn is_forgotten(&self, failures: Failures, now: Timestamp) -> bool {
        now.since(failures.last_at) >= self.window
    }

    fn wait(&self, count: u32) -> Duration {
        let Some(over) = count.checked_sub(self.free).filter(|over| *over > 0) else {
            return Duration::ZERO;
        };
        let factor = 1u32.checked_shl(over - 1).unwrap_or(u32::MAX);
        self.first_wait.saturating_mul(factor).min(self.longest_wait)
    }
}

impl Admission {
    /// Allowed only if both allow it; otherwise the longer wait.
    pub fn and(self, other: Admission) -> Admission {
        match (self, other) {
            (Admission::NotBefore(a), Admission::NotBefore(b)) => Admission::NotBefore(a.max(b)),
            (Admission::Allowed, answer) | (answer, Admission::Allowed) => answer,
        }
    }
}

/// The network that a client is counted by: an IPv4 address, or the /64 that one IPv6 subscriber has to themselves.
/// An IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is that IPv4 address.
pub fn client_network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !(u128::MAX >> 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_468_216_789);
    const SECOND: Duration = Duration::from_secs(1);

    fn failures(rule: &Throttle, count: u32) -> Option<Failures> {
        (0..count).fold(None, |failures, _| Some(rule.after_failure(failures, NOW)))
    }

    #[test]
    fn the_first_failures_are_free_and_then_the_wait_doubles_to_its_longest() {
        let rule = Throttle::ADDRESS;
        assert_eq!(rule.admit(None, NOW), Admission::Allowed);
        assert_eq!(rule.admit(failures(&rule, 5), NOW), Admission::Allowed);
        for (count, wait) in [(6, 1), (7, 2), (8, 4), (11, 32), (12, 60), (44, 60), (1000, 60)] {
            let admission = rule.admit(failures(&rule, count), NOW);
            assert_eq!(admission, Admission::NotBefore(NOW + wait * SECOND), "{count}");
        }
    }

    #[test]
    fn a_wait_ends_and_the_next_failure_waits_longer() {
        let rule = Throttle::ADDRESS;
        let first = failures(&rule, 6);
        assert_eq!(rule.admit(first, NOW + SECOND), Admission::Allowed);
        let second = Some(rule.after_failure(first, NOW + SECOND));
        assert_eq!(rule.admit(second, NOW + SECOND), Admission::NotBefore(NOW + 3 * SECOND));
    }

    #[test]
    fn a_quiet_window_forgets() {
        let rule = Throttle::ADDRESS;
        let many = failures(&rule, 50);
        let later = NOW + rule.window;
        assert_eq!(rule.admit(many, later), Admission::Allowed);
        assert_eq!(rule.after_failure(many, later), Failures { count: 1, last_at: later });
    }

    #[test]
    fn a_clock_that_goes_back_does_not_open_the_door() {
        let rule = Throttle::ADDRESS;
        let many = failures(&rule, 12);
        assert_eq!(rule.admit(many, NOW - 30 * SECOND), Admission::NotBefore(NOW + 60 * SECOND));
        assert_eq!(rule.after_failure(many, NOW - 30 * SECOND).last_at, NOW);
    }

    #[test]
    fn the_longer_wait_of_target_and_source_holds() {
        let (short, long) = (Admission::NotBefore(NOW), Admission::NotBefore(NOW + SECOND));
        assert_eq!(short.and(long), long);
        assert_eq!(long.and(Admission::Allowed), long);
        assert_eq!(Admission::Allowed.and(Admission::Allowed), Admission::Allowed);
    }

    #[test]
    fn one_subscriber_is_one_client() {
        let network = |text: &str| client_network(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("2001:db8:1:2:aaaa::1"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2:bbbb::9"), "2001:db8:1:2::");
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    }

    proptest! {
        #[test]
        fn a_tireless_guesser_gets_few_tries_a_day(step in 1u64..5_000) {
            let rule = Throttle::ADDRESS;
            let (mut failures, mut tries, mut now) = (None, 0, NOW);
            while now < NOW + crate::time::DAY {
                match rule.admit(failures, now) {
                    Admission::Allowed => {
                        failures = Some(rule.after_failure(failures, now));
                        tries += 1;
                        now = now + Duration::from_millis(step);
                    }
                    Admission::NotBefore(until) => now = until,
                }
            }
            prop_assert!(tries < 1_460, "{}", tries);
        }
    }
}
