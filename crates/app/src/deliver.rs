//! Deliver: posts what happened to the endpoints that want to know, again and again until it is taken or given up.
//!
//! What is due is claimed first, so that two nodes don't post the same. A process that is killed between posting and noting
//! it posts again: a receiver knows repetitions by `webhook-id`.

use std::pin::pin;
use std::time::Duration;

use domain::ports::database::DeliveryResult;
use domain::ports::outbound::Post;
use domain::webhook::{Delivery, WebhookEndpoint};
use futures_util::future::join_all;

use crate::{App, AppError, sign};

impl App {
    /// Delivers until `stop` is done; what is being posted then is posted to its end.
    pub async fn deliver(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let posted = self.deliver_due().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "what is to be delivered is not known; it is asked again");
                0
            });
            // A full batch says that there may be more.
            let more = posted == self.settings.webhooks.at_once as usize;
            let pause = if more { Duration::ZERO } else { self.settings.webhooks.poll };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = self.delivery_bell.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Posts what is due now, a batch of it, and says how many were tried.
    ///
    /// # Errors
    /// `Unavailable` when the database does not say what is due.
    pub async fn deliver_due(&self) -> Result<usize, AppError> {
        let settings = &self.settings.webhooks;
        let now = self.now();
        let until = now + settings.timeout * 3;
        let due = self.database().claim_deliveries(now, until, settings.at_once).await?;
        let count = due.len();
        join_all(due.into_iter().map(|(delivery, endpoint)| self.post(delivery, endpoint))).await;
        Ok(count)
    }

    async fn post(&self, delivery: Delivery, endpoint: WebhookEndpoint) {
        let status = self.post_once(&delivery, &endpoint).await;
        let delivered = status.is_some_and(|status| (200..300).contains(&status));
        let result = DeliveryResult { delivered, status };
        let (event, tries) = (delivery.event.clone(), delivery.tries);
        let noted = self.database().record_delivery(endpoint.id, event, tries, result, self.now()).await;
        if let Err(error) = noted {
            // It is due again when the claim runs out.
            tracing::warn!(endpoint = %endpoint.id, %error, "how a delivery went was not noted");
        }
    }

    /// The status of the answer, if there was one.
    async fn post_once(&self, delivery: &Delivery, endpoint: &WebhookEndpoint) -> Option<u16> {
        let settings = &self.settings.webhooks;
        let Some(signature) = sign(&endpoint.secret, delivery.event.as_str(), self.now(), &delivery.body)
        else {
            tracing::error!(endpoint = %endpoint.id, "the secret of an endpoint is damaged");
            return None;
        };
        let mut headers = vec![("content-type", "application/json".to_owned())];
        headers.extend(signature);
        let post = Post {
            url: endpoint.url.clone(),
            headers,
            body: delivery.body.clone(),
            timeout: settings.timeout,
            reach: settings.reach,
        };
        // The operator may have narrowed the reach since the endpoint was made.
        settings.reach.check_url(&post.url).ok()?;
        match self.ports.sender.post(&post).await {
            Ok(status) => Some(status),
            Err(error) => {
                tracing::info!(endpoint = %endpoint.id, %error, "a webhook was not delivered");
                None
            }
        }
    }
}
