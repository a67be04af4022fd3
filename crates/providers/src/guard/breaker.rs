//! The circuit breaker: a provider that fails again and again is left alone for a while, and then tried with one call.
//!
//! ```text
//! closed ──so many failures in a row, or a hopeless one──▶ open ──the rest is over──▶ half-open
//!    ▲                                                      ▲                             │
//!    │                                                      └───it fails, a longer rest───┤
//!    └───────────────────────────────────it answers───────────────────────────────────────┘
//! ```
//!
//! A call that is not answered in time costs the person that time. So from the first of these on no more calls are let through than
//! are missing to the number at which it rests: a dead provider costs that number of slow calls and no more.

use std::time::Duration;

use domain::Timestamp;
use domain::ports::provider::Circuit;

/// How a call ended, as far as it tells how the provider stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It lives, whatever it said.
    Answered,
    /// It failed quickly.
    Failed,
    /// It did not answer in time.
    Silent,
    /// It will go on to fail until the operator has done something.
    Hopeless,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Closed { failures: u32, silent: u32 },
    Open { until: Timestamp },
    HalfOpen,
}

/// The rule.
pub(super) struct Breaker {
    most: u32,
    first_rest: Duration,
    longest_rest: Duration,
    stand: Stand,
    /// The rest that it takes next.
    rest: Duration,
    /// Counts the changes of state: what a call tells is of no use any more once the state has changed since it began.
    round: u64,
    /// Calls of this round that are under way.
    under_way: u32,
    since: Option<Timestamp>,
}

impl Breaker {
    pub(super) fn new(most: u32, rest: Duration, longest_rest: Duration) -> Self {
        Breaker {
            most,
            first_rest: rest,
            longest_rest,
            stand: Stand::Closed { failures: 0, silent: 0 },
            rest,
            round: 0,
            under_way: 0,
            since: None,
        }
    }

    /// The state at `now`, and since when it is so.
    pub(super) fn circuit(&self, now: Timestamp) -> (Circuit, Option<Timestamp>) {
        match self.stand {
            Stand::Closed { .. } => (Circuit::Closed, self.since),
            Stand::Open { until } if now < until => (Circuit::Open, self.since),
            Stand::Open { until } => (Circuit::HalfOpen, Some(until)),
            Stand::HalfOpen => (Circuit::HalfOpen, self.since),
        }
    }

    /// How long a call would have to wait at least; `None` when it may be made.
    pub(super) fn rests(&self, now: Timestamp) -> Option<Duration> {
        match self.stand {
            Stand::Closed { silent, .. } => {
                let full = silent > 0 && silent.saturating_add(self.under_way) >= self.most;
                full.then_some(Duration::ZERO)
            }
            Stand::Open { until } => (now < until).then(|| until.since(now)),
            Stand::HalfOpen => (self.under_way > 0).then_some(Duration::ZERO),
        }
    }

    /// A call begins that may be made. The number is for [`Breaker::end`].
    pub(super) fn begin(&mut self, now: Timestamp) -> u64 {
        if matches!(self.stand, Stand::Open { .. }) {
            self.change(Stand::HalfOpen, now);
        }
        self.under_way += 1;
        self.round
    }

    /// A call has ended.
    pub(super) fn end(&mut self, round: u64, outcome: Outcome, now: Timestamp) {
        if round != self.round {
            return;
        }
        self.under_way = self.under_way.saturating_sub(1);
        match (self.stand, outcome) {
            (Stand::Closed { .. }, Outcome::Answered) => {
                self.stand = Stand::Closed { failures: 0, silent: 0 };
            }
            (_, Outcome::Answered) => {
                self.rest = self.first_rest;
                self.change(Stand::Closed { failures: 0, silent: 0 }, now);
            }
            (Stand::Closed { failures, silent }, Outcome::Failed | Outcome::Silent) => {
                let (failures, silent) = (failures + 1, silent + u32::from(outcome == Outcome::Silent));
                if failures >= self.most {
                    self.open(now);
                } else {
                    self.stand = Stand::Closed { failures, silent };
                }
            }
            _ => self.open(now),
        }
    }

    /// A call was given up before it ended.
    pub(super) fn give_up(&mut self, round: u64) {
        if round == self.round {
            self.under_way = self.under_way.saturating_sub(1);
        }
    }

    fn open(&mut self, now: Timestamp) {
        let rest = self.rest;
        self.rest = rest.saturating_mul(2).min(self.longest_rest);
        self.change(Stand::Open { until: now + rest }, now);
    }

    fn change(&mut self, stand: Stand, now: Timestamp) {
        self.stand = stand;
        self.round += 1;
        self.under_way = 0;
        self.since = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn breaker() -> Breaker {
        Breaker::new(3, REST, Duration::from_secs(100))
    }

    fn call(breaker: &mut Breaker, outcome: Outcome, now: Timestamp) {
        assert_eq!(breaker.rests(now), None);
        let round = breaker.begin(now);
        breaker.end(round, outcome, now);
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_when_a_probe_is_answered() {
        let mut breaker = breaker();
        for outcome in [Outcome::Failed, Outcome::Failed, Outcome::Answered, Outcome::Failed, Outcome::Failed]
        {
            call(&mut breaker, outcome, at(0));
        }
        assert_eq!(breaker.circuit(at(0)), (Circuit::Closed, None), "never three in a row");
        call(&mut breaker, Outcome::Failed, at(1));
        assert_eq!(breaker.circuit(at(2)), (Circuit::Open, Some(at(1))));
        assert_eq!(breaker.rests(at(11)), Some(Duration::from_secs(20)));
        assert_eq!((breaker.circuit(at(31)).0, breaker.rests(at(31))), (Circuit::HalfOpen, None));
        let probe = breaker.begin(at(31));
        assert!(breaker.rests(at(31)).is_some(), "one probe at a time");
        breaker.end(probe, Outcome::Answered, at(33));
        assert_eq!((breaker.circuit(at(33)), breaker.rests(at(33))), ((Circuit::Closed, Some(at(33))), None));
    }

    #[test]
    fn each_rest_is_twice_as_long_up_to_the_longest_until_it_answers() {
        let mut breaker = breaker();
        let mut now = at(0);
        call(&mut breaker, Outcome::Hopeless, now);
        for rest in [30, 60, 100, 100] {
            assert_eq!(breaker.rests(now), Some(Duration::from_secs(rest)));
            now = now + Duration::from_secs(rest);
            call(&mut breaker, Outcome::Failed, now);
        }
        now = now + Duration::from_secs(100);
        call(&mut breaker, Outcome::Answered, now);
        call(&mut breaker, Outcome::Hopeless, now);
        assert_eq!(
            breaker.rests(now),
            Some(REST),
            "a hopeless one opens at once, and the rest is short again"
        );
    }

    #[test]
    fn from_the_first_silence_on_no_more_calls_are_made_than_are_missing() {
        let mut breaker = breaker();
        let begun: Vec<_> = (0..2).map(|_| breaker.begin(at(0))).collect();
        assert_eq!(breaker.rests(at(0)), None, "as long as it answers, any number");
        breaker.end(begun[0], Outcome::Silent, at(60));
        assert_eq!(breaker.rests(at(60)), None, "one silent, one under way, one more may be made");
        breaker.begin(at(60));
        assert!(breaker.rests(at(60)).is_some());
        breaker.end(begun[1], Outcome::Answered, at(61));
        assert_eq!(breaker.rests(at(61)), None, "it lives");
    }

    #[test]
    fn what_began_before_the_state_changed_changes_nothing() {
        let mut breaker = breaker();
        let late = breaker.begin(at(0));
        for _ in 0..3 {
            call(&mut breaker, Outcome::Failed, at(0));
        }
        breaker.end(late, Outcome::Answered, at(5));
        assert_eq!(breaker.circuit(at(5)).0, Circuit::Open);
        let probe = breaker.begin(at(30));
        breaker.give_up(probe);
        assert_eq!(breaker.rests(at(30)), None, "a probe that was given up makes room for another");
    }
}
