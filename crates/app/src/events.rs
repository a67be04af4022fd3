//! Events: what happens to generations, told at once to whoever watches in this process.
//!
//! They are a convenience, not a record. Each node tells of what happened on it: a generation that another node's worker
//! takes is told of there. Whoever watches reads the generation first and again after [`Told::Missed`], and asks now and then.

use domain::generation::{Generation, State};
use domain::ids::{AccountId, GenerationId};
use serde::Serialize;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::{App, AppError, Caller};
use domain::api_key::Scope;

/// How many events a slow watcher may be behind before it misses some.
const BEHIND: usize = 1024;

/// Something happened to a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GenerationEvent {
    /// Whose.
    #[serde(skip)]
    pub account: AccountId,
    /// Which.
    pub generation: GenerationId,
    /// Where it stands now.
    pub state: State,
    /// How far it is, 0 to 100.
    pub progress: u8,
    /// The number of an image that is there now, if that is what happened.
    pub image: Option<u8>,
}

/// What a watcher is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Something happened.
    Event(GenerationEvent),
    /// So much happened that some of it was missed: read again what is watched.
    Missed,
}

pub(crate) struct Events(broadcast::Sender<GenerationEvent>);

/// One account's events, from the moment of subscribing on.
pub struct Subscription {
    account: AccountId,
    receiver: broadcast::Receiver<GenerationEvent>,
}

impl Events {
    pub(crate) fn new() -> Self {
        Events(broadcast::Sender::new(BEHIND))
    }

    /// Tells how a generation stands. Nobody need listen.
    pub(crate) fn tell(&self, generation: &Generation) {
        let Generation { account, id, state, progress, .. } = *generation;
        self.send(GenerationEvent { account, generation: id, state, progress, image: None });
    }

    pub(crate) fn send(&self, event: GenerationEvent) {
        // An error says that nobody listens.
        let _ = self.0.send(event);
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
                Ok(event) if event.account == self.account => return Some(Told::Event(event)),
                Ok(_) => {}
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
