//! Webhook endpoints, and the deliveries that wait for them.

use domain::generation::Generation;
use domain::ids::{AccountId, EndpointId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{Answer, Conflict, DeliveryResult, Noun, Webhooks};
use domain::time::Timestamp;
use domain::webhook::{Delivery, DeliveryState, Event, EventId, WebhookEndpoint, WebhookSecret, retry_at};

use super::failure::{Outcome, missing};
use super::row::{Row, all, json, millis, name};
use super::statement::{Tx, either, query};
use super::{Engine, Sql};

/// Where a page of the log begins.
type Cursor = (Timestamp, EventId, EndpointId);

impl<E: Engine> Webhooks for Sql<E> {
    fn add_endpoint(&self, endpoint: WebhookEndpoint) -> Answer<'_, WebhookEndpoint> {
        self.engine.write(move |tx| Box::pin(add(tx, endpoint)))
    }

    fn list_endpoints(&self, account: AccountId) -> Answer<'_, Vec<WebhookEndpoint>> {
        self.engine.read(move |tx| Box::pin(endpoints(tx, account)))
    }

    fn delete_endpoint(&self, account: AccountId, endpoint: EndpointId) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(delete(tx, account, endpoint)))
    }

    fn claim_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Answer<'_, Vec<(Delivery, WebhookEndpoint)>> {
        self.engine.write(move |tx| Box::pin(claim(tx, now, until, limit)))
    }

    fn record_delivery(
        &self,
        endpoint: EndpointId,
        event: EventId,
        tries: u32,
        result: DeliveryResult,
        now: Timestamp,
    ) -> Answer<'_, Delivery> {
        self.engine.write(move |tx| Box::pin(record(tx, endpoint, event, tries, result, now)))
    }

    fn list_deliveries(
        &self,
        account: AccountId,
        page: PageRequest<Cursor>,
    ) -> Answer<'_, Page<Delivery, Cursor>> {
        self.engine.read(move |tx| Box::pin(list(tx, account, page)))
    }

    fn replay_delivery(
        &self,
        account: AccountId,
        endpoint: EndpointId,
        event: EventId,
        now: Timestamp,
    ) -> Answer<'_, Delivery> {
        self.engine.write(move |tx| Box::pin(replay(tx, account, endpoint, event, now)))
    }
}

fn read_endpoint(row: &Row) -> Outcome<WebhookEndpoint> {
    Ok(WebhookEndpoint {
        id: row.parsed("id")?,
        account: row.parsed("account")?,
        url: row.text("url")?,
        secret: WebhookSecret::new(row.text("secret")?),
        created_at: row.time("created_at")?,
    })
}

fn read(row: &Row) -> Outcome<Delivery> {
    Ok(Delivery {
        endpoint: row.parsed("endpoint")?,
        event: EventId::stored(row.text("event")?),
        account: row.parsed("account")?,
        body: row.text("body")?,
        state: row.named("state")?,
        tries: row.number("tries")?,
        next_at: row.time("next_at")?,
        status: row.maybe("status", |row, column| row.number(column))?,
        created_at: row.time("created_at")?,
    })
}

async fn add(tx: &mut Tx, endpoint: WebhookEndpoint) -> Outcome<WebhookEndpoint> {
    query(
        "INSERT INTO endpoints (account, id, url, secret, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(endpoint.account.to_string())
    .bind(endpoint.id.to_string())
    .bind(&endpoint.url)
    .bind(endpoint.secret.expose())
    .bind(millis(endpoint.created_at))
    .execute(&mut *tx)
    .await
    .map_err(missing(Noun::Account))?;
    let known = endpoints(tx, endpoint.account).await?.into_iter().find(|known| *known == endpoint);
    known.ok_or(Conflict::IdReused.into())
}

/// The endpoints of an account, newest first.
pub(super) async fn endpoints(tx: &mut Tx, account: AccountId) -> Outcome<Vec<WebhookEndpoint>> {
    let rows = query("SELECT * FROM endpoints WHERE account = $1 ORDER BY id DESC").bind(account.to_string());
    all(rows.fetch_all(tx).await?, read_endpoint)
}

async fn delete(tx: &mut Tx, account: AccountId, endpoint: EndpointId) -> Outcome<()> {
    tx.hold(account).await?;
    let deleted = query("DELETE FROM endpoints WHERE account = $1 AND id = $2")
        .bind(account.to_string())
        .bind(endpoint.to_string())
        .execute(tx)
        .await?;
    if deleted == 0 { Err(Noun::Endpoint.into()) } else { Ok(()) }
}

/// Notes for each endpoint of the account that a generation ended.
pub(super) async fn announce(
    tx: &mut Tx,
    generation: &Generation,
    images: u8,
    now: Timestamp,
) -> Outcome<()> {
    let event = Event::ended(generation.id, generation.state, images, now);
    query(
        "INSERT INTO deliveries (endpoint, event, account, body, state, tries, next_at, created_at)
         SELECT id, $2, account, $3, 'pending', 0, $4, $4 FROM endpoints WHERE account = $1",
    )
    .bind(generation.account.to_string())
    .bind(EventId::ended(generation.id).as_str())
    .bind(json(&event)?)
    .bind(millis(now))
    .execute(tx)
    .await?;
    Ok(())
}

async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Outcome<Vec<(Delivery, WebhookEndpoint)>> {
    let rows = either(
        "UPDATE deliveries SET tries = tries + 1, next_at = $2 WHERE (endpoint, event) IN
             (SELECT endpoint, event FROM deliveries WHERE state = 'pending' AND next_at <= $1
              ORDER BY next_at LIMIT $3)
         RETURNING *",
        "WITH due AS MATERIALIZED (
             SELECT endpoint, event FROM deliveries WHERE state = 'pending' AND next_at <= $1
             ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED
         )
         UPDATE deliveries SET tries = tries + 1, next_at = $2 FROM due
         WHERE deliveries.endpoint = due.endpoint AND deliveries.event = due.event RETURNING deliveries.*",
    )
    .bind(millis(now))
    .bind(millis(until))
    .bind(limit);
    let mut claimed = Vec::new();
    for delivery in all(rows.fetch_all(&mut *tx).await?, read)? {
        let row = query("SELECT * FROM endpoints WHERE id = $1").bind(delivery.endpoint.to_string());
        let endpoint = read_endpoint(&row.fetch_one(&mut *tx).await?)?;
        claimed.push((delivery, endpoint));
    }
    claimed.sort_by(|(a, _), (b, _)| (a.created_at, &a.event).cmp(&(b.created_at, &b.event)));
    Ok(claimed)
}

async fn record(
    tx: &mut Tx,
    endpoint: EndpointId,
    event: EventId,
    tries: u32,
    result: DeliveryResult,
    now: Timestamp,
) -> Outcome<Delivery> {
    let row = either(
        "SELECT * FROM deliveries WHERE endpoint = $1 AND event = $2",
        "SELECT * FROM deliveries WHERE endpoint = $1 AND event = $2 FOR UPDATE",
    )
    .bind(endpoint.to_string())
    .bind(event.as_str());
    let mut delivery = read(&row.fetch_optional(&mut *tx).await?.ok_or(Noun::Delivery)?)?;
    let late = delivery.tries != tries || delivery.state != DeliveryState::Pending;
    if late && !result.delivered {
        return Ok(delivery);
    }
    delivery.status = result.status;
    (delivery.state, delivery.next_at) = match (result.delivered, retry_at(tries, now)) {
        (true, _) => (DeliveryState::Delivered, delivery.next_at),
        (false, Some(next)) => (DeliveryState::Pending, next),
        (false, None) => (DeliveryState::Dead, delivery.next_at),
    };
    query("UPDATE deliveries SET state = $3, next_at = $4, status = $5 WHERE endpoint = $1 AND event = $2")
        .bind(endpoint.to_string())
        .bind(event.as_str())
        .bind(name(&delivery.state)?)
        .bind(millis(delivery.next_at))
        .bind(delivery.status)
        .execute(tx)
        .await?;
    Ok(delivery)
}

async fn list(tx: &mut Tx, account: AccountId, page: PageRequest<Cursor>) -> Outcome<Page<Delivery, Cursor>> {
    let limit = page.limit();
    let (at, event, endpoint) = match page.after {
        Some((at, event, endpoint)) => (millis(at), event.as_str().to_owned(), endpoint.to_string()),
        None => (i64::MAX, String::new(), String::new()),
    };
    let rows = query(
        "SELECT * FROM deliveries WHERE account = $1 AND (created_at, event, endpoint) < ($2, $3, $4)
         ORDER BY created_at DESC, event DESC, endpoint DESC LIMIT $5",
    )
    .bind(account.to_string())
    .bind(at)
    .bind(event)
    .bind(endpoint)
    .bind(limit + 1);
    let cursor = |delivery: &Delivery| (delivery.created_at, delivery.event.clone(), delivery.endpoint);
    Ok(Page::cut(all(rows.fetch_all(tx).await?, read)?, limit, cursor))
}

/// Every delivery of an account, oldest first.
pub(super) async fn deliveries_of(tx: &mut Tx, account: AccountId) -> Outcome<Vec<Delivery>> {
    let rows = query("SELECT * FROM deliveries WHERE account = $1 ORDER BY created_at, event, endpoint")
        .bind(account.to_string());
    all(rows.fetch_all(tx).await?, read)
}

async fn replay(
    tx: &mut Tx,
    account: AccountId,
    endpoint: EndpointId,
    event: EventId,
    now: Timestamp,
) -> Outcome<Delivery> {
    let row = query(
        "UPDATE deliveries SET state = 'pending', tries = 0, next_at = $4
         WHERE account = $1 AND endpoint = $2 AND event = $3 RETURNING *",
    )
    .bind(account.to_string())
    .bind(endpoint.to_string())
    .bind(event.as_str())
    .bind(millis(now));
    read(&row.fetch_optional(tx).await?.ok_or(Noun::Delivery)?)
}
