//! What the nodes of an installation tell each other at once, so that none of them has to look again and again.
//!
//! It is a convenience, not a record: what is told may get lost, and whoever depends on it looks for itself now and then. It
//! carries ids and states, never what is in a picture or who somebody is.

use super::BoxFuture;
use super::database::DatabaseError;
use crate::generation::State;
use crate::ids::{AccountId, GenerationId};

/// Something that other nodes may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A generation waits for a worker.
    Work,
    /// Webhooks are due.
    Deliveries,
    /// An account took something back: a consent, a photo. Whoever works for it asks whether it may go on.
    TakenBack(AccountId),
    /// Something happened to a generation.
    Generation(GenerationEvent),
}

/// Something happened to a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerationEvent {
    /// Whose.
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

/// What a node hears from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// This.
    News(Vec<News>),
    /// Nothing for a while, and something may have been missed: whoever depends on it looks for itself.
    Missed,
}

/// The other nodes. Each node has one of these.
pub trait Nodes: Send + Sync {
    /// Tells the others.
    ///
    /// # Errors
    /// `Unavailable`. Nobody need be told again.
    fn tell(&self, news: Vec<News>) -> BoxFuture<'_, Result<(), DatabaseError>>;

    /// Waits for what another node tells. The first thing heard is `Missed`: from then on nothing is. It may be dropped while it
    /// waits. One listens at a time.
    fn listen(&self) -> BoxFuture<'_, Heard>;
}
