//! Stripe's objects, as far as they are read. Field names are those of the API; whatever else is in them is ignored, cards above
//! all.

use std::collections::HashMap;

use domain::credit::Credits;
use domain::ids::AccountId;
use domain::payment::Money;
use domain::purchase::Terms;
use domain::time::Timestamp;
use serde::Deserialize;

use super::config::credits;

/// What we wrote into an object when it was made, and find again in those that follow from it.
pub(super) type Metadata = HashMap<String, String>;

/// Whose an object is and how many credits it is about; `None` when it is not one of ours: an account with Stripe may sell other
/// things too.
pub(super) fn ours(metadata: &Metadata) -> Option<(AccountId, Credits)> {
    let account = metadata.get("account")?.parse().ok()?;
    let count = metadata.get("credits")?.parse().ok()?;
    Some((account, credits(count)))
}

/// Whose an object is.
pub(super) fn account(metadata: &Metadata) -> Option<AccountId> {
    metadata.get("account")?.parse().ok()
}

/// A moment: Stripe counts seconds.
pub(super) fn moment(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}

fn terms(credits: Credits, minor: u64, currency: &str) -> Option<Terms> {
    Some(Terms { credits, money: Money { minor, currency: currency.parse().ok()? } })
}

/// <https://docs.stripe.com/api/checkout/sessions/object>
#[derive(Deserialize)]
pub(super) struct CheckoutSession {
    pub(super) id: String,
    pub(super) mode: String,
    pub(super) payment_status: String,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) payment_intent: Option<String>,
    /// The first invoice of a plan.
    #[serde(default)]
    pub(super) invoice: Option<String>,
    #[serde(default)]
    pub(super) customer: Option<String>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) amount_total: Option<u64>,
    #[serde(default)]
    pub(super) currency: Option<String>,
    pub(super) created: u64,
    #[serde(default)]
    pub(super) url: Option<String>,
}

impl CheckoutSession {
    /// What the purchase is called: by its payment, which refunds and disputes name too, or by the session where there is nothing
    /// to pay.
    pub(super) fn purchase(&self) -> &str {
        self.payment_intent.as_deref().unwrap_or(&self.id)
    }

    pub(super) fn terms(&self) -> Option<(AccountId, Terms)> {
        let (account, credits) = ours(&self.metadata)?;
        Some((account, terms(credits, self.amount_total?, self.currency.as_deref()?)?))
    }
}

/// <https://docs.stripe.com/api/invoices/object>
#[derive(Deserialize)]
pub(super) struct Invoice {
    pub(super) id: String,
    #[serde(default)]
    pub(super) billing_reason: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) parent: Option<InvoiceParent>,
    pub(super) amount_paid: u64,
    pub(super) currency: String,
    pub(super) created: u64,
    #[serde(default)]
    pub(super) customer: Option<String>,
    #[serde(default)]
    pub(super) hosted_invoice_url: Option<String>,
    /// Only where it is asked for.
    #[serde(default)]
    pub(super) payments: Option<List<InvoicePayment>>,
}

#[derive(Deserialize)]
pub(super) struct InvoiceParent {
    #[serde(default)]
    pub(super) subscription_details: Option<SubscriptionDetails>,
}

#[derive(Deserialize)]
pub(super) struct SubscriptionDetails {
    #[serde(default)]
    pub(super) metadata: Option<Metadata>,
}

impl Invoice {
    /// Whose it is, when it is for a period of the plan.
    pub(super) fn terms(&self) -> Option<(AccountId, Terms)> {
        let reason = self.billing_reason.as_deref();
        if !matches!(reason, Some("subscription_create" | "subscription_cycle")) {
            return None;
        }
        let details = self.parent.as_ref()?.subscription_details.as_ref()?;
        let (account, credits) = ours(details.metadata.as_ref()?)?;
        Some((account, terms(credits, self.amount_paid, &self.currency)?))
    }
}

/// <https://docs.stripe.com/api/invoice-payment/object>
#[derive(Deserialize)]
pub(super) struct InvoicePayment {
    pub(super) invoice: String,
    #[serde(default)]
    pub(super) payment: Option<PaymentOfInvoice>,
}

#[derive(Deserialize)]
pub(super) struct PaymentOfInvoice {
    #[serde(default)]
    pub(super) payment_intent: Option<String>,
}

/// <https://docs.stripe.com/api/charges/object>
#[derive(Deserialize)]
pub(super) struct Charge {
    pub(super) id: String,
    pub(super) amount: u64,
    pub(super) amount_refunded: u64,
    pub(super) currency: String,
    pub(super) created: u64,
    #[serde(default)]
    pub(super) disputed: bool,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) payment_intent: Option<String>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) receipt_url: Option<String>,
}

impl Charge {
    /// Whose it is, when it is for a pack: then it carries what was written into its payment.
    pub(super) fn terms(&self) -> Option<(AccountId, Terms)> {
        let (account, credits) = ours(&self.metadata)?;
        Some((account, terms(credits, self.amount, &self.currency)?))
    }
}

/// <https://docs.stripe.com/api/payment_intents/object>
#[derive(Deserialize)]
pub(super) struct PaymentIntent {
    #[serde(default)]
    pub(super) latest_charge: Option<Charge>,
}

/// <https://docs.stripe.com/api/disputes/object>
#[derive(Deserialize)]
pub(super) struct Dispute {
    pub(super) id: String,
    pub(super) charge: String,
    pub(super) amount: u64,
    pub(super) status: String,
    pub(super) created: u64,
}

/// <https://docs.stripe.com/api/subscriptions/object>
#[derive(Deserialize)]
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) customer: Option<String>,
    #[serde(default)]
    pub(super) cancel_at_period_end: bool,
    #[serde(default)]
    pub(super) cancel_at: Option<u64>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    pub(super) items: List<SubscriptionItem>,
}

#[derive(Deserialize)]
pub(super) struct SubscriptionItem {
    #[serde(default)]
    pub(super) current_period_end: u64,
}

/// <https://docs.stripe.com/api/prices/object>
#[derive(Deserialize)]
pub(super) struct Price {
    pub(super) active: bool,
    pub(super) currency: String,
    #[serde(default)]
    pub(super) unit_amount: Option<u64>,
    #[serde(default)]
    pub(super) recurring: Option<Recurring>,
}

#[derive(Deserialize)]
pub(super) struct Recurring {
    pub(super) interval: String,
    pub(super) interval_count: u32,
}

/// Something of which only the name is read.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
}

/// Something of which only the address is read.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) url: String,
}

/// <https://docs.stripe.com/api/pagination>
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}
