//! Where people pay and see to what they paid: Stripe's own pages.

use domain::alias::Alias;
use domain::ports::database::PaymentNews;
use domain::ports::payments::{Order, PaymentError, Till};

use super::Stripe;
use super::client::{id, unavailable};
use super::form::Form;
use super::objects::{CheckoutSession, Invoice, Named, Page, PaymentIntent};
use super::offers::Item;

/// What stands in an address for the visit that Stripe puts there.
const VISIT: &str = "{visit}";
/// What Stripe replaces.
const STRIPES_VISIT: &str = "{CHECKOUT_SESSION_ID}";

impl Stripe {
    pub(super) async fn open_till(&self, order: Order<'_>) -> Result<Till, PaymentError> {
        let item = self.shelf.find(order.offer)?;
        let known = match order.customer {
            Some(customer) => customer.clone(),
            None => self.make_customer(&order, &format!("customer/{}", order.account)).await?,
        };
        let opened = self.open_session(&order, item, &known, "").await;
        // A customer that was deleted over there is made anew, once.
        let (session, customer) = match opened {
            Err(PaymentError::Unknown) => {
                let key = format!("customer/{}/{}", order.account, order.key);
                let new = self.make_customer(&order, &key).await?;
                (self.open_session(&order, item, &new, "/again").await, new)
            }
            opened => (opened, known),
        };
        let session = session.map_err(|error| match error {
            // The customer is there: what is missing is the price.
            PaymentError::Unknown => {
                PaymentError::Refused(Box::new(std::io::Error::other("there is no such price")))
            }
            error => error,
        })?;
        let url = session.url.ok_or_else(|| unavailable(std::io::Error::other("the page has no address")))?;
        Ok(Till { url, visit: session.id, customer })
    }

    async fn make_customer(&self, order: &Order<'_>, key: &str) -> Result<Alias, PaymentError> {
        let form = Form::new()
            .with("email", order.email.as_str())
            .with("metadata[account]", order.account.to_string());
        let made: Named = self.api.post("/customers", &form, Some(key)).await?;
        self.customer(&made.id).ok_or_else(|| unavailable(std::io::Error::other("the customer has no id")))
    }

    async fn open_session(
        &self,
        order: &Order<'_>,
        item: &Item,
        customer: &Alias,
        key_end: &str,
    ) -> Result<CheckoutSession, PaymentError> {
        let account = order.account.to_string();
        let credits = item.credits.to_string();
        let (mode, copy) = if item.monthly {
            ("subscription", "subscription_data")
        } else {
            ("payment", "payment_intent_data")
        };
        let mut form = Form::new()
            .with("mode", mode)
            .with("customer", &customer.id)
            .with("client_reference_id", &account)
            .with("line_items[0][price]", &item.price)
            .with("line_items[0][quantity]", "1")
            .with("success_url", order.paid_url.replace(VISIT, STRIPES_VISIT))
            .with("cancel_url", order.cancelled_url);
        // What is written here is what later messages are believed by: refunds and invoices carry the copy.
        for (name, value) in [("account", account.as_str()), ("offer", &item.id), ("credits", &credits)] {
            form = form
                .with(&format!("metadata[{name}]"), value)
                .with(&format!("{copy}[metadata][{name}]"), value);
        }
        if !item.monthly {
            // Else a refund would be told of in another currency than the purchase.
            form = form.with("adaptive_pricing[enabled]", "false");
        }
        if self.automatic_tax {
            form = form
                .with("automatic_tax[enabled]", "true")
                .with("customer_update[address]", "auto")
                .with("billing_address_collection", "auto");
        }
        if self.promotion_codes {
            form = form.with("allow_promotion_codes", "true");
        }
        let key = format!("order/{}/{}/{}{key_end}", order.account, item.id, order.key);
        self.api.post("/checkout/sessions", &form, Some(&key)).await
    }

    pub(super) async fn open_portal(
        &self,
        customer: &Alias,
        return_url: &str,
    ) -> Result<String, PaymentError> {
        let form = Form::new().with("customer", &customer.id).with("return_url", return_url);
        let page: Page = self.api.post("/billing_portal/sessions", &form, None).await?;
        Ok(page.url)
    }

    pub(super) async fn look_at_visit(&self, visit: &str) -> Result<Vec<PaymentNews>, PaymentError> {
        let session: CheckoutSession =
            self.api.get(&format!("/checkout/sessions/{}", id(visit)?), &Form::new()).await?;
        let mut news = self.of_session(&session, false);
        // The plan's credits come with its invoices: the first one is this visit's.
        if let Some(invoice) = &session.invoice {
            let invoice: Invoice = self.api.get(&format!("/invoices/{}", id(invoice)?), &Form::new()).await?;
            news.extend(self.of_invoice(&invoice));
        }
        Ok(news)
    }

    pub(super) async fn find_receipt(&self, purchase: &str) -> Result<String, PaymentError> {
        let purchase = id(purchase)?;
        let url = if purchase.starts_with("in_") {
            let invoice: Invoice = self.api.get(&format!("/invoices/{purchase}"), &Form::new()).await?;
            invoice.hosted_invoice_url
        } else if purchase.starts_with("pi_") {
            let query = Form::new().with("expand[0]", "latest_charge");
            let payment: PaymentIntent =
                self.api.get(&format!("/payment_intents/{purchase}"), &query).await?;
            payment.latest_charge.and_then(|charge| charge.receipt_url)
        } else {
            None
        };
        url.ok_or(PaymentError::Unknown)
    }

    pub(super) async fn delete_customer(&self, customer: &Alias) -> Result<(), PaymentError> {
        match self.api.delete::<Named>(&format!("/customers/{}", id(&customer.id)?)).await {
            Ok(_) | Err(PaymentError::Unknown) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::account::Email;
    use domain::ids::AccountId;
    use domain::ports::payments::Payments;
    use domain::secret::Secret;
    use standins::stripe;

    use super::*;
    use crate::StripeConfig;
    use crate::stripe::config::tests::usual;

    /// The session that the stand-in opens for a pack, with these switches.
    async fn session(automatic_tax: bool, promotion_codes: bool) -> serde_json::Value {
        tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
        let (account, server) = stripe::Stripe::open(reqwest::Client::new()).await;
        account.with(|books| books.add_price("price_1", 1000, "eur", false));
        let config = StripeConfig {
            secret_key: Some(Secret::new(stripe::SECRET_KEY)),
            automatic_tax,
            promotion_codes,
            api_url: Some(server.url()),
            ..usual()
        };
        let email: Email = "ann@example.org".parse().unwrap();
        let order = Order {
            key: "1",
            account: AccountId::new(Timestamp::EPOCH, [1; 10]),
            email: &email,
            customer: None,
            offer: "small",
            paid_url: "https://photos.example.org/credits/paid?visit={visit}",
            cancelled_url: "https://photos.example.org/credits",
        };
        let till = Stripe::new(&config, reqwest::Client::new()).unwrap().till(order).await.unwrap();
        account.with(|books| books.get(&till.visit))
    }

    #[tokio::test]
    async fn taxes_and_promotion_codes_are_asked_for_where_they_are_switched_on() {
        for (tax, codes) in [(false, false), (true, false), (false, true), (true, true)] {
            let session = session(tax, codes).await;
            assert_eq!(session["automatic_tax"]["enabled"], tax);
            assert_eq!(session["allow_promotion_codes"], codes);
        }
    }
}
