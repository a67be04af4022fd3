//! Everything that was sold in a span of time, as Stripe has it now: to compare the books with.

use std::collections::BTreeMap;

use domain::ports::database::PaymentNews;
use domain::ports::payments::PaymentError;
use domain::purchase::{Fact, Payment, Purchase};
use domain::time::Timestamp;
use serde::de::DeserializeOwned;

use super::Stripe;
use super::client::unavailable;
use super::events::{Bought, about, of_state};
use super::form::Form;
use super::objects::{Charge, CheckoutSession, Dispute, Invoice, List};

/// The most of one page.
const PAGE: &str = "100";
/// The most pages of one list: a span with more has to be compared in parts.
const MAX_PAGES: usize = 1000;

impl Stripe {
    pub(super) async fn list_purchases(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Purchase>, PaymentError> {
        let span = Form::new()
            .with("created[gte]", (from.millis() / 1000).to_string())
            .with("created[lt]", until.millis().div_ceil(1000).to_string());
        let mut known = Known::default();
        let sessions: Vec<CheckoutSession> =
            self.all("/checkout/sessions", &span, |session: &CheckoutSession| &session.id).await?;
        for session in &sessions {
            known.hear(self.of_session(session, false));
        }
        let query = span.clone().with("status", "paid").with("expand[0]", "data.payments");
        let invoices: Vec<Invoice> = self.all("/invoices", &query, |invoice: &Invoice| &invoice.id).await?;
        let mut paid_by = BTreeMap::new();
        for invoice in &invoices {
            known.hear(self.of_invoice(invoice));
            let payments = invoice.payments.iter().flat_map(|payments| &payments.data);
            for payment in payments.filter_map(|paid| paid.payment.as_ref()?.payment_intent.as_ref()) {
                paid_by.insert(payment.clone(), invoice);
            }
        }
        let charges: Vec<Charge> = self.all("/charges", &span, |charge: &Charge| &charge.id).await?;
        for charge in charges.iter().filter(|charge| charge.status.as_deref() == Some("succeeded")) {
            self.hear_charge(charge, &paid_by, &mut known).await?;
        }
        Ok(known.0.into_values().collect())
    }

    async fn hear_charge(
        &self,
        charge: &Charge,
        paid_by: &BTreeMap<String, &Invoice>,
        known: &mut Known,
    ) -> Result<(), PaymentError> {
        let eventful = charge.amount_refunded > 0 || charge.disputed;
        let invoice = charge.payment_intent.as_ref().and_then(|payment| paid_by.get(payment));
        let bought = || {
            let pack = || Some(Bought { purchase: charge.payment_intent.clone()?, terms: charge.terms()? });
            let month = || Some(Bought { purchase: invoice?.id.clone(), terms: invoice?.terms()? });
            pack().or_else(month)
        };
        // Only for what something became of is it worth asking further.
        let Some(first) =
            (if eventful && bought().is_none() { self.bought(charge).await? } else { bought() })
        else {
            return Ok(());
        };
        let again = || Bought { purchase: first.purchase.clone(), terms: first.terms };
        known.hear(vec![about(again(), Fact::Payment(Payment::Paid), charge.created)]);
        if charge.amount_refunded > 0 {
            known.hear(vec![about(again(), Fact::Refunded(charge.amount_refunded), charge.created)]);
        }
        if charge.disputed {
            let query = Form::new().with("charge", &charge.id);
            let disputes: Vec<Dispute> =
                self.all("/disputes", &query, |dispute: &Dispute| &dispute.id).await?;
            for dispute in &disputes {
                known.hear(
                    of_state(dispute).map(|fact| about(again(), fact, dispute.created)).into_iter().collect(),
                );
            }
        }
        Ok(())
    }

    /// Every entry of a list, page by page.
    async fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &Form,
        id: impl Fn(&T) -> &str,
    ) -> Result<Vec<T>, PaymentError> {
        let mut entries = Vec::new();
        for _ in 0..MAX_PAGES {
            let mut query = query.clone().with("limit", PAGE);
            if let Some(last) = entries.last() {
                query = query.with("starting_after", id(last));
            }
            let page: List<T> = self.api.get(path, &query).await?;
            let more = page.has_more && !page.data.is_empty();
            entries.extend(page.data);
            if !more {
                return Ok(entries);
            }
        }
        Err(unavailable(std::io::Error::other("the list is too long: ask for a shorter span")))
    }
}

/// The purchases that were heard of.
#[derive(Default)]
struct Known(BTreeMap<String, Purchase>);

impl Known {
    fn hear(&mut self, news: Vec<PaymentNews>) {
        for news in news {
            let PaymentNews::Purchase(news) = news else { continue };
            let unheard = || Purchase::unheard(news.purchase.clone(), news.at);
            let purchase = self.0.entry(news.purchase.clone()).or_insert_with(unheard);
            let (account, terms) = news.terms.unzip();
            // One that contradicts itself over there is shown as it was first told: the comparison will find it.
            purchase.hear(account, terms, &news.fact, news.at).ok();
        }
    }
}
