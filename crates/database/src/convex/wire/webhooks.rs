//! Webhook endpoints and deliveries.

use domain::ids::{AccountId, EndpointId};
use domain::ports::database::DatabaseError;
use domain::time::Timestamp;
use domain::webhook::{Delivery, DeliveryState, EventId, WebhookEndpoint, WebhookSecret};
use serde::Deserialize;

use super::Row;

#[derive(Deserialize)]
pub(in crate::convex) struct EndpointRow {
    id: EndpointId,
    account: AccountId,
    url: String,
    secret: String,
    created_at: Timestamp,
}

impl Row for EndpointRow {
    type Value = WebhookEndpoint;

    fn value(self) -> Result<WebhookEndpoint, DatabaseError> {
        let EndpointRow { id, account, url, secret, created_at } = self;
        Ok(WebhookEndpoint { id, account, url, secret: WebhookSecret::new(secret), created_at })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct DeliveryRow {
    endpoint: EndpointId,
    event: EventId,
    account: AccountId,
    body: String,
    state: DeliveryState,
    tries: u32,
    next_at: Timestamp,
    status: Option<u16>,
    created_at: Timestamp,
}

impl Row for DeliveryRow {
    type Value = Delivery;

    fn value(self) -> Result<Delivery, DatabaseError> {
        let DeliveryRow { endpoint, event, account, body, state, tries, next_at, status, created_at } = self;
        Ok(Delivery { endpoint, event, account, body, state, tries, next_at, status, created_at })
    }
}
