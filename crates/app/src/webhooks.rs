//! Webhooks: a person's own server is told when a generation ends. Here are the endpoints and the log; the posting is in
//! `deliver`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::api_key::Scope;
use domain::ids::EndpointId;
use domain::page::{Page, PageRequest};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::webhook::{Delivery, EventId, WebhookEndpoint, WebhookSecret};

use crate::{App, AppError, Caller};

/// Bytes of a secret: Standard Webhooks asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// Where the log goes on: the last delivery's time, event and endpoint.
pub type DeliveryCursor = (Timestamp, EventId, EndpointId);

/// An endpoint just made.
#[derive(Debug)]
pub struct IssuedEndpoint {
    /// What messages are signed with, as the receiver's library takes it (`whsec_…`). It is shown this once.
    pub secret: Secret,
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
}

impl App {
    /// Adds an endpoint.
    ///
    /// # Errors
    /// `ScopeMissing(webhooks)`, `Url`, `TooManyEndpoints`.
    pub async fn add_endpoint(&self, caller: &Caller, url: &str) -> Result<IssuedEndpoint, AppError> {
        let account = caller.allow(Scope::Webhooks)?;
        self.settings.webhooks.reach.check_url(url)?;
        let limit = self.settings.webhooks.max_endpoints;
        if self.database().list_endpoints(account).await?.len() >= limit {
            return Err(AppError::TooManyEndpoints { limit });
        }
        let mut bytes = [0; SECRET_BYTES];
        self.ports.randomness.fill(&mut bytes)?;
        let secret = format!("whsec_{}", STANDARD.encode(bytes));
        let endpoint = WebhookEndpoint {
            id: self.new_id(EndpointId::new)?,
            account,
            url: url.to_owned(),
            secret: WebhookSecret::new(secret.clone()),
            created_at: self.now(),
        };
        let endpoint = self.database().add_endpoint(endpoint).await?;
        Ok(IssuedEndpoint { secret: Secret::new(secret), endpoint })
    }

    /// The caller's endpoints, newest first.
    ///
    /// # Errors
    /// `ScopeMissing(webhooks)`.
    pub async fn endpoints(&self, caller: &Caller) -> Result<Vec<WebhookEndpoint>, AppError> {
        Ok(self.database().list_endpoints(caller.allow(Scope::Webhooks)?).await?)
    }

    /// Deletes an endpoint with its log.
    ///
    /// # Errors
    /// `ScopeMissing(webhooks)`, `NotFound(Endpoint)`.
    pub async fn delete_endpoint(&self, caller: &Caller, endpoint: EndpointId) -> Result<(), AppError> {
        Ok(self.database().delete_endpoint(caller.allow(Scope::Webhooks)?, endpoint).await?)
    }

    /// What was and is to be posted, newest first.
    ///
    /// # Errors
    /// `ScopeMissing(webhooks)`.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        page: PageRequest<DeliveryCursor>,
    ) -> Result<Page<Delivery, DeliveryCursor>, AppError> {
        Ok(self.database().list_deliveries(caller.allow(Scope::Webhooks)?, page).await?)
    }

    /// Posts an event again, whatever became of it.
    ///
    /// # Errors
    /// `ScopeMissing(webhooks)`, `NotFound(Delivery)`.
    pub async fn replay_delivery(
        &self,
        caller: &Caller,
        endpoint: EndpointId,
        event: EventId,
    ) -> Result<Delivery, AppError> {
        let account = caller.allow(Scope::Webhooks)?;
        let delivery = self.database().replay_delivery(account, endpoint, event, self.now()).await?;
        self.call_deliverer();
        Ok(delivery)
    }
}
