//! Webhook endpoints, and the deliveries that wait for them.

use domain::ids::{AccountId, EndpointId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{Answer, DeliveryResult, Webhooks};
use domain::time::Timestamp;
use domain::webhook::{Delivery, EventId, WebhookEndpoint, retry_at};
use serde::Deserialize;
use serde_json::json;

use super::wire::{DeliveryRow, EndpointRow, Row, all};
use super::{Convex, PAGE};

/// Where a page of the log begins.
type Cursor = (Timestamp, EventId, EndpointId);

#[derive(Deserialize)]
struct ClaimedRow {
    delivery: DeliveryRow,
    endpoint: EndpointRow,
}

impl Webhooks for Convex {
    fn add_endpoint(&self, endpoint: WebhookEndpoint) -> Answer<'_, WebhookEndpoint> {
        let WebhookEndpoint { id, account, url, secret, created_at } = endpoint;
        let args = json!({
            "id": id, "account": account, "url": url, "secret": secret.expose(), "created_at": created_at,
        });
        self.carry_out("webhooks:add", args, EndpointRow::value)
    }

    fn list_endpoints(&self, account: AccountId) -> Answer<'_, Vec<WebhookEndpoint>> {
        self.ask("webhooks:list", json!({ "account": account }), all::<EndpointRow>)
    }

    fn delete_endpoint(&self, account: AccountId, endpoint: EndpointId) -> Answer<'_, ()> {
        Box::pin(async move {
            let args = json!({ "account": account, "endpoint": endpoint });
            while !self.caller.mutation("webhooks:remove", args.clone()).await? {}
            Ok(())
        })
    }

    fn claim_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Answer<'_, Vec<(Delivery, WebhookEndpoint)>> {
        let args = json!({ "now": now, "until": until, "limit": limit.min(PAGE) });
        self.carry_out("webhooks:claim", args, |rows: Vec<ClaimedRow>| {
            rows.into_iter().map(|row| Ok((row.delivery.value()?, row.endpoint.value()?))).collect()
        })
    }

    fn record_delivery(
        &self,
        endpoint: EndpointId,
        event: EventId,
        tries: u32,
        result: DeliveryResult,
        now: Timestamp,
    ) -> Answer<'_, Delivery> {
        let args = json!({
            "endpoint": endpoint, "event": event, "tries": tries, "delivered": result.delivered,
            "status": result.status, "retry_at": retry_at(tries, now),
        });
        self.carry_out("webhooks:record", args, DeliveryRow::value)
    }

    fn list_deliveries(
        &self,
        account: AccountId,
        page: PageRequest<Cursor>,
    ) -> Answer<'_, Page<Delivery, Cursor>> {
        let limit = page.limit();
        let after =
            page.after.map(|(at, event, endpoint)| json!({ "at": at, "event": event, "endpoint": endpoint }));
        let args = json!({ "account": account, "after": after, "limit": limit + 1 });
        let cursor = |delivery: &Delivery| (delivery.created_at, delivery.event.clone(), delivery.endpoint);
        self.ask("webhooks:listDeliveries", args, move |rows: Vec<DeliveryRow>| {
            Ok(Page::cut(all(rows)?, limit, cursor))
        })
    }

    fn replay_delivery(
        &self,
        account: AccountId,
        endpoint: EndpointId,
        event: EventId,
        now: Timestamp,
    ) -> Answer<'_, Delivery> {
        let args = json!({ "account": account, "endpoint": endpoint, "event": event, "now": now });
        self.carry_out("webhooks:replay", args, DeliveryRow::value)
    }
}
