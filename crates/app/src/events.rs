//! Events: what happens to generations, told at once to whoever watches here. What happens on another node is told here too, where
//! nodes hear of each other (see `nodes`).
//!
//! They are a convenience, not a record: whoever watches reads the generation first and again after [`Told::Missed`], and asks now
//! and then.

use domain::ids::AccountId;
pub use domain::ports::nodes::GenerationEvent;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::{App, AppError, Caller};
use domain::api_key::Scope;

/// How many events a slow watcher may be behind before it misses some.
const BEHIND: usize = 1024;

/// What a watcher is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Something happened.
    Event(GenerationEvent),
    /// So much happened that some of it was missed: read again what is watched.
    Missed,
}

pub(crate) struct Events(broadcast::Sender<Told>);

/// One account's events, from the moment of subscribing on.
pub struct Subscription {
    account: AccountId,
    receiver: broadcast::Receiver<Told>,
}

impl Events {
    pub(crate) fn new() -> Self {
        Events(broadcast::Sender::new(BEHIND))
    }

    /// Tells whoever watches here.
    pub(crate) fn send(&self, event: GenerationEvent) {
        // An error says that nobody listens.
        let _ = self.0.send(Told::Event(event));
    }

    /// Something may have happened elsewhere that nobody here was told of.
    pub(crate) fn missed(&self) {
        let _ = self.0.send(Told::Missed);
    }

    pub(crate) fn subscribe(&self, account: AccountId) -> Subscription {
        Subscription { account, receiver: self.0.subscribe() }
    }
}

impl Subscription {
    /// The next event; `None` when the process stops. It may be dropped while it waits, and nothing is lost.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            match self.receiver.recv().await {
                Ok(Told::Event(event)) if event.account != self.account => {}
                Ok(told) => return Some(told),
                Err(RecvError::Lagged(_)) => return Some(Told::Missed),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl App {
    /// The caller's events, from now on.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`.
    pub fn watch(&self, caller: &Caller) -> Result<Subscription, AppError> {
        Ok(self.events.subscribe(caller.allow(Scope::ImagesRead)?))
    }
}
