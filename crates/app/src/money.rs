//! Money, as the admin sees it: what came in, what went back, what the pictures cost, and what is left.

use domain::payment::{Currency, PaymentKind};
use domain::time::Timestamp;
use serde::Serialize;

use crate::{Admin, AppError};

/// The money of one currency in a span of time, in its smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CurrencyReport {
    /// Which currency.
    pub currency: Currency,
    /// What people paid.
    pub revenue: u64,
    /// What was paid back to them.
    pub refunds: u64,
    /// What banks took back and have not returned.
    pub chargebacks: i64,
    /// Purchases.
    pub purchases: u64,
    /// What is left when the cost of generations is taken off, before the payment service's own fees; `None` where it is not known
    /// what a dollar is in this currency.
    pub margin: Option<i64>,
}

/// Money in a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MoneyReport {
    /// By currency.
    pub currencies: Vec<CurrencyReport>,
    /// What providers charged for generations, in millionths of a US dollar.
    pub cost_micro_dollars: u64,
    /// Credits that can still be spent, now.
    pub credits_outstanding: u64,
    /// Credits that are owed, now.
    pub credits_owed: u64,
}

impl Admin<'_> {
    /// The money from `from` until just before `until`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn money(&self, from: Timestamp, until: Timestamp) -> Result<MoneyReport, AppError> {
        let database = self.app.database();
        let attempts = database.attempt_summary(from, until).await?;
        let cost = attempts.iter().fold(0, |sum: u64, of| sum.saturating_add(of.cost.micro_dollars));
        let totals = database.totals().await?;
        let mut currencies: Vec<CurrencyReport> = Vec::new();
        for sum in database.money_summary(from, until).await? {
            if currencies.last().is_none_or(|last| last.currency != sum.currency) {
                currencies.push(CurrencyReport {
                    currency: sum.currency,
                    revenue: 0,
                    refunds: 0,
                    chargebacks: 0,
                    purchases: 0,
                    margin: None,
                });
            }
            let Some(report) = currencies.last_mut() else { continue };
            match sum.kind {
                PaymentKind::Purchase => (report.revenue, report.purchases) = (sum.minor, sum.count),
                PaymentKind::Refund => report.refunds = sum.minor,
                PaymentKind::Chargeback => report.chargebacks += signed(sum.minor),
                PaymentKind::Return => report.chargebacks -= signed(sum.minor),
            }
        }
        // With several currencies nobody can say which of them bore the cost.
        if let [report] = currencies.as_mut_slice() {
            report.margin = self.per_dollar(report.currency).map(|per_dollar| {
                let cost = u128::from(cost) * u128::from(per_dollar) / 1_000_000;
                signed(report.revenue)
                    - signed(report.refunds)
                    - report.chargebacks
                    - i64::try_from(cost).unwrap_or(i64::MAX)
            });
        }
        Ok(MoneyReport {
            currencies,
            cost_micro_dollars: cost,
            credits_outstanding: totals.credits_outstanding,
            credits_owed: totals.credits_owed,
        })
    }

    /// How many of the currency's smallest unit a dollar is.
    fn per_dollar(&self, currency: Currency) -> Option<u32> {
        self.app.settings.minor_per_dollar.or((currency.to_string() == "USD").then_some(100))
    }
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
