//! How often somebody may guess a password, or make accounts: limits as a list.
//!
//! A sign-in is counted three ways. By address and network together, tightly: that is one person mistyping, or one
//! guesser at one account. By network alone, for whoever tries one password at many accounts. By address alone,
//! loosely, for whoever tries from many networks: loosely, because a tight limit there would let anybody lock a person
//! out by failing in their name. Each way has windows that grow about tenfold while the tries in them only double, so a
//! guesser waits ever longer. Known and unknown addresses are counted alike: nothing tells whether one exists.
//!
//! A try is counted before the password is looked at, so that a hundred at once do not slip through together.

use std::net::IpAddr;
use std::time::Duration;

use crate::throttle::ThrottleRule;

/// What tries are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountedBy {
    /// The address tried and the network it is tried from.
    AddressAndNetwork,
    /// The network.
    Network,
    /// The address.
    Address,
}

impl CountedBy {
    /// Whether a right password clears the count. A network's stays, or a guesser would clear it with an account of
    /// their own.
    pub const fn is_cleared_by_success(self) -> bool {
        !matches!(self, CountedBy::Network)
    }
}

/// One limit. Each has counters of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is tried: part of the counter's key.
    pub what: &'static str,
    /// What tries are counted by.
    pub by: CountedBy,
    /// How many in how long.
    pub rule: ThrottleRule,
}

/// The limits of a sign-in. All of them must let a try through; they are asked in this order, narrowest first, so that
/// tries stopped by a narrow one use up nothing of a wide one: a minute of hammering costs a minute, not a day.
pub const SIGN_IN: [Limit; 7] = [
    limit("sign-in", CountedBy::AddressAndNetwork, 5, MINUTE),
    limit("sign-in", CountedBy::AddressAndNetwork, 15, HOUR),
    limit("sign-in", CountedBy::AddressAndNetwork, 40, DAY),
    limit("sign-in", CountedBy::Network, 30, MINUTE),
    limit("sign-in", CountedBy::Network, 100, HOUR),
    limit("sign-in", CountedBy::Network, 300, DAY),
    limit("sign-in", CountedBy::Address, 200, HOUR),
];

/// The limits of making an account.
pub const SIGN_UP: [Limit; 2] =
    [limit("sign-up", CountedBy::Network, 10, HOUR), limit("sign-up", CountedBy::Network, 30, DAY)];

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const fn limit(what: &'static str, by: CountedBy, tries: u32, seconds: u64) -> Limit {
    Limit { what, by, rule: ThrottleRule { tries, window: Duration::from_secs(seconds) } }
}

/// The network that a client is counted by: an IPv4 address, or the /64 that one IPv6 subscriber has to themselves.
/// An IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is that IPv4 address.
pub fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !(u128::MAX >> 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::throttle::{Throttled, Tries};
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_795_468_216_789);

    /// Counters as the database keeps them, by limit and by who tries what.
    #[derive(Default)]
    struct Counters(HashMap<(usize, &'static str, u32), Tries>);

    impl Counters {
        fn try_at(&mut self, address: &'static str, network: u32, now: Timestamp) -> bool {
            SIGN_IN.iter().enumerate().all(|(number, limit)| {
                let key = match limit.by {
                    CountedBy::AddressAndNetwork => (number, address, network),
                    CountedBy::Network => (number, "", network),
                    CountedBy::Address => (number, address, 0),
                };
                let (after, throttled) = limit.rule.count(self.0.get(&key).copied(), now);
                self.0.insert(key, after);
                throttled == Throttled::No
            })
        }

        /// How many of the tries, one each second for a day, are let through.
        fn day_of(&mut self, mut who: impl FnMut(u32) -> (&'static str, u32)) -> usize {
            (0..86_400u32)
                .filter(|&second| {
                    let (address, network) = who(second);
                    self.try_at(address, network, NOW + Duration::from_secs(second.into()))
                })
                .count()
        }
    }

    #[test]
    fn whoever_mistypes_a_few_times_is_not_stopped() {
        let mut counters = Counters::default();
        assert!((0..5).all(|_| counters.try_at("ann", 1, NOW)));
        assert!(!counters.try_at("ann", 1, NOW));
        assert!(counters.try_at("ann", 1, NOW + Duration::from_secs(60)));
    }

    #[test]
    fn a_minute_of_hammering_costs_a_minute() {
        let mut counters = Counters::default();
        let through = (0..1_000).filter(|_| counters.try_at("ann", 1, NOW)).count();
        assert_eq!(through, 5);
        assert!(counters.try_at("ann", 1, NOW + Duration::from_secs(60)));
    }

    #[test]
    fn one_guesser_at_one_account_gets_forty_guesses_a_day() {
        assert_eq!(Counters::default().day_of(|_| ("ann", 1)), 40);
    }

    #[test]
    fn one_network_at_many_accounts_gets_three_hundred_guesses_a_day_at_most() {
        let addresses = ["ann", "ben", "cem", "dee", "eva", "fay", "gil", "hal", "ida", "jon"];
        let tries = Counters::default().day_of(|second| (addresses[second as usize % 10], 1));
        assert!((200..=300).contains(&tries), "{tries}");
    }

    #[test]
    fn a_thousand_networks_at_one_account_are_slowed_and_its_owner_is_not_locked_out_for_long() {
        let mut counters = Counters::default();
        let tries = counters.day_of(|second| ("ann", second % 1_000));
        assert!(tries <= 200 * 24, "{tries}");
        // The limit by address alone begins anew within the hour, and her own network's counters were never touched.
        let morning = NOW + Duration::from_secs(DAY + HOUR);
        assert!(counters.try_at("ann", 5_000, morning));
    }

    #[test]
    fn limits_go_from_narrow_to_wide_and_no_two_share_a_counter() {
        for limits in [&SIGN_IN[..], &SIGN_UP[..]] {
            for (at, limit) in limits.iter().enumerate() {
                for other in &limits[at + 1..] {
                    if limit.by == other.by {
                        assert!(limit.rule.window < other.rule.window && limit.rule.tries < other.rule.tries);
                    }
                }
            }
        }
    }

    #[test]
    fn one_subscriber_is_one_network() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("2001:db8:1:2:aaaa::1"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2:bbbb::9"), "2001:db8:1:2::");
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    }
}
