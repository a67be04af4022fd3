//! Deliver: posts what happened to the endpoints that want to know, again and again until it is taken or given up.
//!
//! What is due is claimed first, so that two nodes don't post the same. A process that is killed between posting and noting
//! it posts again: a receiver knows repetitions by `webhook-id`.

use std::pin::pin;
use std::sync::Arc;

use domain::ports::database::DeliveryResult;
use domain::ports::outbound::Post;
use domain::webhook::{Delivery, WebhookEndpoint};
use futures_util::future::join_all;
use tokio::task::JoinSet;

use crate::{App, AppError, sign};

impl App {
    /// Delivers until `stop` is done, as many at a time as the settings say: a receiver that is slow keeps one place, not
    /// all of them. What is being posted at the end is posted to its end.
    pub async fn deliver(self: &Arc<Self>, stop: impl Future<Output = ()>) {
        let settings = self.settings.webhooks;
        let mut stop = pin!(stop);
        let mut posting = JoinSet::new();
        loop {
            let busy = u32::try_from(posting.len()).unwrap_or(u32::MAX);
            for (delivery, endpoint) in self.claim_or_wait(settings.at_once.saturating_sub(busy)).await {
                let app = Arc::clone(self);
                posting.spawn(async move { app.post(delivery, endpoint).await });
            }
            let has_room = posting.len() < settings.at_once as usize;
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = posting.join_next() => {}
                () = self.delivery_bell.notified(), if has_room => {}
                () = tokio::time::sleep(self.about(settings.poll)), if has_room => {}
            }
        }
        while posting.join_next().await.is_some() {}
    }

    async fn claim_or_wait(&self, at_most: u32) -> Vec<(Delivery, WebhookEndpoint)> {
        self.claim_due(at_most).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what is to be delivered is not known; it is asked again");
            Vec::new()
        })
    }

    /// Takes what is due, for long enough to post it.
    async fn claim_due(&self, at_most: u32) -> Result<Vec<(Delivery, WebhookEndpoint)>, AppError> {
        if at_most == 0 {
            return Ok(Vec::new());
        }
        let now = self.now();
        let until = now + self.settings.webhooks.timeout * 3;
        Ok(self.database().claim_deliveries(now, until, at_most).await?)
    }

    /// Posts what is due now, a batch of it, and says how many were tried.
    ///
    /// # Errors
    /// `Unavailable` when the database does not say what is due.
    pub async fn deliver_due(&self) -> Result<usize, AppError> {
        let due = self.claim_due(self.settings.webhooks.at_once).await?;
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
