//! Stripe's messages, put into our words. A message whose type or object is of no interest tells nothing, and is acknowledged.
//!
//! | message | tells |
//! |---|---|
//! | `checkout.session.completed`, `.async_payment_succeeded`, `.async_payment_failed` | how far the paying of a pack got; the customer |
//! | `invoice.paid` | that a month of the plan was paid |
//! | `charge.refunded` | how much was paid back in all |
//! | `charge.dispute.*` | how far a dispute got |
//! | `customer.subscription.*` | how the subscription stands |
//! | `customer.deleted` | that the customer is forgotten |
//!
//! Refunds and disputes name a payment, not what it was for. A pack's payment carries what we wrote into it; for a month of the
//! plan, and for a dispute, Stripe is asked.

use domain::ids::AccountId;
use domain::ports::database::PaymentNews;
use domain::ports::payments::PaymentError;
use domain::purchase::{Dispute as DisputeOf, DisputeState, Fact, Payment, PurchaseNews, Terms};
use domain::subscription::{Subscription as SubscriptionOf, SubscriptionState};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Stripe;
use super::client::id;
use super::form::Form;
use super::objects::{
    Charge, CheckoutSession, Dispute, Invoice, InvoicePayment, List, Named, Subscription, account, moment,
};

/// <https://docs.stripe.com/api/events/object>
#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: u64,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: Value,
}

/// What a payment was for.
pub(super) struct Bought {
    pub(super) purchase: String,
    pub(super) terms: (AccountId, Terms),
}

impl Stripe {
    /// Reads a message whose signature was verified: its id and what it tells.
    pub(super) async fn read(&self, body: &[u8]) -> Result<(String, Vec<PaymentNews>), PaymentError> {
        let event: Event = serde_json::from_slice(body).map_err(|_| PaymentError::Invalid)?;
        let object = event.data.object;
        let news = match event.kind.as_str() {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                self.of_session(&parse(object)?, false)
            }
            "checkout.session.async_payment_failed" => self.of_session(&parse(object)?, true),
            "invoice.paid" => self.of_invoice(&parse(object)?),
            "charge.refunded" => self.of_refund(&parse(object)?).await?,
            "customer.deleted" => {
                let gone: Named = parse(object)?;
                self.customer(&gone.id).map(PaymentNews::CustomerGone).into_iter().collect()
            }
            kind if kind.starts_with("charge.dispute.") => self.of_dispute(&parse(object)?).await?,
            kind if kind.starts_with("customer.subscription.") => {
                self.of_subscription(&parse(object)?, event.created)
            }
            _ => Vec::new(),
        };
        Ok((event.id, news))
    }

    /// What became of a visit to the till.
    pub(super) fn of_session(&self, session: &CheckoutSession, failed: bool) -> Vec<PaymentNews> {
        let mut news = self.of_customer(account(&session.metadata), session.customer.as_deref());
        if session.mode != "payment" {
            // The plan's credits come with its invoices.
            return news;
        }
        let payment = match session.payment_status.as_str() {
            _ if failed => Payment::Failed,
            "paid" | "no_payment_required" => Payment::Paid,
            // Nobody has said that it was paid, only that the person is done.
            _ if session.status.as_deref() == Some("complete") => Payment::Pending,
            _ => return news,
        };
        let Some(terms) = session.terms() else { return news };
        news.push(PaymentNews::Purchase(PurchaseNews {
            purchase: session.purchase().to_owned(),
            terms: Some(terms),
            fact: Fact::Payment(payment),
            at: moment(session.created),
        }));
        news
    }

    pub(super) fn of_invoice(&self, invoice: &Invoice) -> Vec<PaymentNews> {
        let Some(terms) = invoice.terms().filter(|_| invoice.status.as_deref() == Some("paid")) else {
            return Vec::new();
        };
        let mut news = self.of_customer(Some(terms.0), invoice.customer.as_deref());
        news.push(PaymentNews::Purchase(PurchaseNews {
            purchase: invoice.id.clone(),
            terms: Some(terms),
            fact: Fact::Payment(Payment::Paid),
            at: moment(invoice.created),
        }));
        news
    }

    async fn of_refund(&self, charge: &Charge) -> Result<Vec<PaymentNews>, PaymentError> {
        let Some(bought) = self.bought(charge).await? else { return Ok(Vec::new()) };
        Ok(vec![about(bought, Fact::Refunded(charge.amount_refunded), charge.created)])
    }

    async fn of_dispute(&self, dispute: &Dispute) -> Result<Vec<PaymentNews>, PaymentError> {
        let Some(fact) = of_state(dispute) else { return Ok(Vec::new()) };
        let charge: Charge =
            match self.api.get(&format!("/charges/{}", id(&dispute.charge)?), &Form::new()).await {
                Err(PaymentError::Unknown) => return Ok(Vec::new()),
                charge => charge?,
            };
        let Some(bought) = self.bought(&charge).await? else { return Ok(Vec::new()) };
        Ok(vec![about(bought, fact, dispute.created)])
    }

    fn of_subscription(&self, subscription: &Subscription, told_at: u64) -> Vec<PaymentNews> {
        let Some(account) = account(&subscription.metadata) else { return Vec::new() };
        let state = match subscription.status.as_str() {
            "incomplete" => SubscriptionState::Incomplete,
            "active" | "trialing" => SubscriptionState::Active,
            "past_due" | "unpaid" | "paused" => SubscriptionState::PastDue,
            _ => SubscriptionState::Ended,
        };
        let ends = subscription.items.data.iter().map(|item| item.current_period_end).max();
        let mut news = self.of_customer(Some(account), subscription.customer.as_deref());
        news.push(PaymentNews::Subscription(SubscriptionOf {
            id: subscription.id.clone(),
            account,
            state,
            paid_until: moment(ends.unwrap_or(0)),
            ends: subscription.cancel_at_period_end || subscription.cancel_at.is_some(),
            as_of: moment(told_at),
        }));
        news
    }

    fn of_customer(&self, account: Option<AccountId>, customer: Option<&str>) -> Vec<PaymentNews> {
        let known = account.zip(customer.and_then(|customer| self.customer(customer)));
        known.map(|(account, customer)| PaymentNews::Customer(account, customer)).into_iter().collect()
    }

    /// What a charge was for; `None` when it was for nothing of ours.
    pub(super) async fn bought(&self, charge: &Charge) -> Result<Option<Bought>, PaymentError> {
        let Some(payment) = &charge.payment_intent else { return Ok(None) };
        if let Some(terms) = charge.terms() {
            return Ok(Some(Bought { purchase: payment.clone(), terms }));
        }
        let query =
            Form::new().with("payment[type]", "payment_intent").with("payment[payment_intent]", payment);
        let found: List<InvoicePayment> = self.api.get("/invoice_payments", &query).await?;
        let Some(paid) = found.data.first() else { return Ok(None) };
        let invoice: Invoice =
            self.api.get(&format!("/invoices/{}", id(&paid.invoice)?), &Form::new()).await?;
        Ok(invoice.terms().map(|terms| Bought { purchase: invoice.id, terms }))
    }
}

/// How far a dispute got. An inquiry takes no money, and is no dispute yet.
pub(super) fn of_state(dispute: &Dispute) -> Option<Fact> {
    let state = match dispute.status.as_str() {
        "needs_response" | "under_review" => DisputeState::Open,
        "lost" => DisputeState::Lost,
        "won" | "prevented" => DisputeState::Won,
        _ => return None,
    };
    Some(Fact::Dispute(dispute.id.clone(), DisputeOf { state, minor: dispute.amount }))
}

pub(super) fn about(bought: Bought, fact: Fact, created: u64) -> PaymentNews {
    let Bought { purchase, terms } = bought;
    PaymentNews::Purchase(PurchaseNews { purchase, terms: Some(terms), fact, at: moment(created) })
}

fn parse<T: DeserializeOwned>(object: Value) -> Result<T, PaymentError> {
    serde_json::from_value(object).map_err(|_| {
        // The error may quote what stands there.
        tracing::error!(
            "a payment message has a shape that is not known: is its endpoint set to another version?"
        );
        PaymentError::Invalid
    })
}
