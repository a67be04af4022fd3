//! Webhook endpoints and what is on its way to them.

use super::Answer;
use crate::ids::{AccountId, EndpointId};
use crate::page::{Page, PageRequest};
use crate::time::Timestamp;
use crate::webhook::{Delivery, EventId, WebhookEndpoint};

/// How one try to deliver went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryResult {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// The answer's HTTP status, if there was an answer.
    pub status: Option<u16>,
}

/// The verbs of webhooks.
pub trait Webhooks: Send + Sync {
    /// Keeps an endpoint.
    fn add_endpoint(&self, endpoint: WebhookEndpoint) -> Answer<'_, WebhookEndpoint>;

    /// The endpoints of an account, newest first.
    fn list_endpoints(&self, account: AccountId) -> Answer<'_, Vec<WebhookEndpoint>>;

    /// Deletes an endpoint with its deliveries.
    fn delete_endpoint(&self, account: AccountId, endpoint: EndpointId) -> Answer<'_, ()>;

    /// Takes up to `limit` deliveries that are due at `now`, counting a try for each; they are due again at `until` unless
    /// a result is recorded before. Claims that come at once never get the same one.
    fn claim_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Answer<'_, Vec<(Delivery, WebhookEndpoint)>>;

    /// Notes how the `tries`-th try went. A failed one is due again after a pause, until it is given up. A result of an
    /// earlier try than the last is only believed when it is a success.
    fn record_delivery(
        &self,
        endpoint: EndpointId,
        event: EventId,
        tries: u32,
        result: DeliveryResult,
        now: Timestamp,
    ) -> Answer<'_, Delivery>;

    /// The deliveries of an account, newest first.
    fn list_deliveries(
        &self,
        account: AccountId,
        page: PageRequest<(Timestamp, EventId, EndpointId)>,
    ) -> Answer<'_, Page<Delivery, (Timestamp, EventId, EndpointId)>>;

    /// Sends a delivery again, from its first try, whatever became of it.
    fn replay_delivery(
        &self,
        account: AccountId,
        endpoint: EndpointId,
        event: EventId,
        now: Timestamp,
    ) -> Answer<'_, Delivery>;
}
