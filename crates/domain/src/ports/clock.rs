//! A clock: the one place where the time comes from. Rules and the database take `now`; the use cases ask a clock.

use std::time::Duration;

use super::BoxFuture;
use crate::time::Timestamp;

/// Tells the time, and lets it pass.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Done when so much time has passed. A clock that is moved by hand moves itself instead.
    fn wait(&self, span: Duration) -> BoxFuture<'_, ()>;
}
