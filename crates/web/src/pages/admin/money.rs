//! Money, for admins: what came in, what went back, what the pictures cost and what is left, and the credits that are still out.

use app::CurrencyReport;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::payment::Money;

use super::SECTIONS;
use crate::Problem;
use crate::api::admin::span_of_days;
use crate::extract::{RawQuery, Signed};
use crate::pages::Routes;
use crate::pages::frame::{Frame, Visitor};
use crate::pages::front::credits;
use crate::pages::sections::Section;
use crate::state::Shared;

/// Spans that can be chosen, in days.
const SPANS: [u32; 4] = [1, 7, 30, 365];
/// What is shown first.
const USUAL: u32 = 30;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/admin/money", show)
}

/// A currency's money in words.
struct Sums {
    currency: String,
    purchases: String,
    revenue: String,
    refunds: String,
    chargebacks: String,
    /// Empty where it can't be said.
    margin: String,
}

impl Sums {
    fn of(visitor: &Visitor, report: &CurrencyReport) -> Self {
        let money = |minor| visitor.locale.money(Money { minor, currency: report.currency });
        let signed = |minor: i64| {
            let sign = if minor < 0 { "\u{2212}" } else { "" };
            format!("{sign}{}", money(minor.unsigned_abs()))
        };
        Sums {
            currency: report.currency.to_string(),
            purchases: visitor.locale.number(report.purchases),
            revenue: money(report.revenue),
            refunds: money(report.refunds),
            chargebacks: signed(report.chargebacks),
            margin: report.margin.map(signed).unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/admin/money.html")]
struct MoneyPage {
    frame: Frame,
    sections: &'static [Section],
    days: u32,
    sums: Vec<Sums>,
    /// What generations cost, in dollars.
    cost: String,
    outstanding: String,
    owed: String,
    sells: bool,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let admin = web.app.admin(&caller)?;
    let days = query.text("days").parse().ok().filter(|days| SPANS.contains(days)).unwrap_or(USUAL);
    let (from, until) = span_of_days(&web, days);
    let report = admin.money(from, until).await?;
    // To the cent, and never less than it was.
    let cents = report.cost_micro_dollars.div_ceil(10_000);
    let dollars = "USD".parse().map(|currency| visitor.locale.money(Money { minor: cents, currency }));
    let page = MoneyPage {
        frame: visitor.frame(&web, "This installation", "/admin/money").await?,
        sections: SECTIONS,
        days,
        sums: report.currencies.iter().map(|report| Sums::of(&visitor, report)).collect(),
        cost: dollars.unwrap_or_default(),
        outstanding: count(&visitor, report.credits_outstanding),
        owed: count(&visitor, report.credits_owed),
        sells: web.app.sells(),
    };
    visitor.page(&web, &page)
}

/// So many credits of everybody.
fn count(visitor: &Visitor, amount: u64) -> String {
    match u32::try_from(amount) {
        Ok(amount) => credits(visitor, domain::credit::Credits::new(amount)),
        Err(_) => format!("{} credits", visitor.locale.number(amount)),
    }
}
