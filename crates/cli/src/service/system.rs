//! The machine's own clock and randomness.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::ports::BoxFuture;
use domain::ports::clock::Clock;
use domain::ports::randomness::{Randomness, RandomnessError};
use domain::time::Timestamp;

/// The machine's clock.
pub(super) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn wait(&self, span: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(span))
    }
}

/// The operating system's randomness.
pub(super) struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        getrandom::fill(bytes).map_err(|_| RandomnessError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_the_present_and_no_two_draws_are_the_same() {
        assert!(SystemClock.now() > Timestamp::from_millis(1_700_000_000_000));
        let draw = || {
            let mut bytes = [0; 32];
            SystemRandomness.fill(&mut bytes).unwrap();
            bytes
        };
        assert_ne!(draw(), draw());
    }
}
