//! A clock: the one place where the time comes from. Rules and the database take `now`; the use cases ask a clock.

use crate::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}
