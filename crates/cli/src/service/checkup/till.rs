//! Whether who takes the money is reached, takes the key and has a price for all that is sold.

use domain::ports::clock::Clock;

use super::{Finding, Patient};
use crate::service::system::SystemClock;

const WHAT: &str = "payments";

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let payments = match patient.configuration.payments() {
        Ok(payments) => payments,
        Err(words) => return vec![Finding::bad(WHAT, words)],
    };
    if payments.service().is_none() {
        return vec![Finding::good(WHAT, "credits are free")];
    }
    let offers = match payments.offers(SystemClock.now()).await {
        Ok(offers) => offers,
        Err(error) => return vec![Finding::bad(WHAT, format_args!("Stripe: {error}"))],
    };
    let missing = patient.configuration.stripe.missing(&offers).into_iter();
    let mut findings: Vec<_> = missing
        .map(|(name, price)| {
            let words = format!(
                "Stripe has no {price} for {name:?}: the price has to be active, of one amount, and monthly for the plan alone"
            );
            Finding::bad(WHAT, words)
        })
        .collect();
    if findings.is_empty() {
        findings.push(Finding::good(WHAT, "Stripe is reached, takes the key and has every price"));
    }
    findings
}
