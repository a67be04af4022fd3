//! Counters that slow guessing down.

use super::Answer;
use crate::throttle::{ThrottleKey, ThrottleRule, Throttled};
use crate::time::Timestamp;

/// The verbs of throttles.
pub trait Throttles: Send + Sync {
    /// Counts a try, and says whether it is let through.
    fn count_try(&self, key: ThrottleKey, rule: ThrottleRule, now: Timestamp) -> Answer<'_, Throttled>;

    /// Forgets the tries of a key, after one that was right.
    fn clear_tries(&self, key: ThrottleKey) -> Answer<'_, ()>;
}
