//! Stripe: Checkout, the customer portal, and the messages that say what became of a payment.
//!
//! Our own thin client: the calls that are needed, typed only where something is read. Wire format:
//! <https://docs.stripe.com/api>, at the version that [`client::VERSION`] pins; the webhook endpoint is to be set to the same.

mod client;
mod config;
mod events;
mod form;
mod listing;
mod objects;
mod offers;
mod signature;
mod till;

use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::ports::BoxFuture;
use domain::ports::database::PaymentNews;
use domain::ports::payments::{Offer, Order, PaymentError, Payments, Till};
use domain::purchase::Purchase;
use domain::time::Timestamp;
use reqwest::Client;

pub use config::{PackConfig, PlanConfig, StripeConfig, StripeConfigError};

use client::Api;
use offers::Shelf;
use signature::Secrets;

/// What Stripe is called in the policy and in aliases.
const NAME: &str = "stripe";

/// An account with Stripe.
pub struct Stripe {
    service: SubprocessorId,
    api: Api,
    secrets: Secrets,
    shelf: Shelf,
    automatic_tax: bool,
    promotion_codes: bool,
}

impl Stripe {
    /// An account with Stripe, reached by `http`. Nothing is asked yet.
    ///
    /// # Errors
    /// [`StripeConfigError`] names what can't work.
    pub fn new(config: &StripeConfig, http: Client) -> Result<Self, StripeConfigError> {
        config.validate()?;
        Ok(Stripe {
            service: SubprocessorId::new(NAME).ok_or(StripeConfigError::Name)?,
            api: Api::new(http, config.api()?, config.secret_key()?),
            secrets: Secrets::new(&config.webhook_secrets)?,
            shelf: Shelf::new(config),
            automatic_tax: config.automatic_tax,
            promotion_codes: config.promotion_codes,
        })
    }

    /// A customer of Stripe as an alias.
    fn customer(&self, id: &str) -> Option<Alias> {
        Alias::new(self.service.clone(), id)
    }
}

impl Payments for Stripe {
    fn service(&self) -> Option<&SubprocessorId> {
        Some(&self.service)
    }

    fn offers(&self, now: Timestamp) -> BoxFuture<'_, Result<Vec<Offer>, PaymentError>> {
        Box::pin(self.shelf.offers(&self.api, now))
    }

    fn till<'a>(&'a self, order: Order<'a>) -> BoxFuture<'a, Result<Till, PaymentError>> {
        Box::pin(self.open_till(order))
    }

    fn portal<'a>(
        &'a self,
        customer: &'a Alias,
        return_url: &'a str,
    ) -> BoxFuture<'a, Result<String, PaymentError>> {
        Box::pin(self.open_portal(customer, return_url))
    }

    fn receipt<'a>(&'a self, purchase: &'a str) -> BoxFuture<'a, Result<String, PaymentError>> {
        Box::pin(self.find_receipt(purchase))
    }

    fn read_event<'a>(
        &'a self,
        headers: &'a [(&'a str, &'a str)],
        body: &'a [u8],
        now: Timestamp,
    ) -> BoxFuture<'a, Result<(String, Vec<PaymentNews>), PaymentError>> {
        Box::pin(async move {
            self.secrets.verify(headers, body, now)?;
            self.read(body).await
        })
    }

    fn visit<'a>(&'a self, visit: &'a str) -> BoxFuture<'a, Result<Vec<PaymentNews>, PaymentError>> {
        Box::pin(self.look_at_visit(visit))
    }

    fn list(&self, from: Timestamp, until: Timestamp) -> BoxFuture<'_, Result<Vec<Purchase>, PaymentError>> {
        Box::pin(self.list_purchases(from, until))
    }

    fn forget<'a>(&'a self, customer: &'a Alias) -> BoxFuture<'a, Result<(), PaymentError>> {
        Box::pin(self.delete_customer(customer))
    }
}
