//! Webhooks: telling a person's own server that a generation ended. An event is written in the transaction that ends
//! the generation, and delivered afterwards as often as it takes, so that it is told even if this process is killed.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::generation::State;
use crate::ids::{AccountId, EndpointId, GenerationId};
use crate::time::Timestamp;

/// The secret an endpoint's messages are signed with. It has to be kept as it is; it prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// A secret made elsewhere.
    pub const fn new(secret: String) -> Self {
        WebhookSecret(secret)
    }

    /// The secret, to sign with or to store.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// Where a person wants to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebhookEndpoint {
    /// Names it.
    pub id: EndpointId,
    /// Whose it is.
    pub account: AccountId,
    /// The address to post to.
    pub url: String,
    /// What its messages are signed with.
    #[serde(skip)]
    pub secret: WebhookSecret,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Names an event: unique and the same at every try, so that the receiver can tell a repetition. It follows from what
/// happened, since a generation ends once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

impl EventId {
    /// The end of a generation.
    pub fn ended(generation: GenerationId) -> Self {
        EventId(format!("ended-{generation}"))
    }

    /// An id that was stored or sent back by a person.
    pub const fn stored(text: String) -> Self {
        EventId(text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What happened, as it is posted: `{"type":"generation.succeeded","timestamp":…,"data":{…}}`, the shape that
/// the Standard Webhooks specification recommends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// `generation.` and the state.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened, RFC 3339.
    pub timestamp: String,
    /// What it happened to.
    pub data: EventData,
}

/// What an event is about. It is thin on purpose: the receiver asks the API for the rest, with its own key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventData {
    /// The generation that ended.
    pub generation: GenerationId,
    /// How many images it has.
    pub images: u8,
}

impl Event {
    /// A generation ended.
    pub fn ended(generation: GenerationId, state: State, images: u8, at: Timestamp) -> Self {
        let name = match state {
            State::Queued => "queued",
            State::Running => "running",
            State::Succeeded => "succeeded",
            State::Refused => "refused",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        };
        Event {
            kind: format!("generation.{name}"),
            timestamp: at.to_string(),
            data: EventData { generation, images },
        }
    }
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// To be tried, now or later.
    Pending,
    /// The receiver answered with success.
    Delivered,
    /// Given up after the last try; it can be replayed.
    Dead,
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// To where.
    pub endpoint: EndpointId,
    /// What happened.
    pub event: EventId,
    /// Whose endpoint it is.
    pub account: AccountId,
    /// The bytes to post and to sign, the same at every try.
    pub body: String,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next, while it is pending.
    pub next_at: Timestamp,
    /// The last answer's HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// When the event happened.
    pub created_at: Timestamp,
}

/// Pauses after the first, second … failed try, as the Standard Webhooks specification suggests. After the last one a
/// delivery is given up.
pub const RETRY_AFTER: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
];

/// When a delivery that failed at `now` for the `tries`-th time (from 1) is tried again; `None`: it is given up.
pub fn retry_at(tries: u32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    RETRY_AFTER.get(index).map(|&pause| now + pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_given_up_after_the_last_pause() {
        let now = Timestamp::EPOCH;
        assert_eq!(retry_at(1, now), Some(now + Duration::from_secs(5)));
        assert_eq!(retry_at(7, now), Some(now + Duration::from_secs(14 * 3600)));
        assert_eq!(retry_at(8, now), None);
        assert_eq!(retry_at(u32::MAX, now), None);
    }
}
