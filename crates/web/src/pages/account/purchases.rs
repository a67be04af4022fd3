//! What a person bought: each purchase with its receipt, the plan, and the way to more; a part of their credits' page.

use app::Caller;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::payment::Money;
use domain::purchase::{Payment, Purchase};
use domain::subscription::{Subscription, SubscriptionState};

use crate::Problem;
use crate::api::payments::portal_way_back;
use crate::extract::{Path, Signed};
use crate::pages::Routes;
use crate::pages::buy::leave;
use crate::pages::frame::Visitor;
use crate::pages::front::credits;
use crate::pages::locale::When;
use crate::pages::pricing::till_name;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .post("/account/credits/portal", portal)
        .get("/account/credits/receipts/{purchase}", receipt)
}

/// What the page shows of it; nothing where nothing is sold.
pub(crate) struct Purchases {
    /// Who takes the money.
    pub(crate) till: String,
    /// How the plan stands, if there is one.
    pub(crate) plan: Option<String>,
    pub(crate) rows: Vec<Row>,
}

impl Purchases {
    pub(crate) async fn of(
        web: &Shared,
        visitor: &Visitor,
        caller: &Caller,
    ) -> Result<Option<Self>, Problem> {
        let Some(till) = till_name(web) else { return Ok(None) };
        let subscription = web.app.subscription(caller).await?;
        let purchases = web.app.purchases(caller).await?;
        Ok(Some(Purchases {
            till,
            plan: subscription.map(|subscription| plan(visitor, &subscription)),
            rows: purchases.into_iter().map(|purchase| Row::of(visitor, purchase)).collect(),
        }))
    }
}

/// A purchase in the list.
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) at: When,
    pub(crate) credits: String,
    pub(crate) price: String,
    /// `good`, `fair` or `bad`.
    pub(crate) mark: &'static str,
    pub(crate) state: String,
    /// Whether money moved, so that there is a receipt.
    pub(crate) receipt: bool,
}

impl Row {
    fn of(visitor: &Visitor, purchase: Purchase) -> Self {
        let (mark, state) = state(visitor, &purchase);
        Row {
            at: When::on(visitor.locale, purchase.at),
            credits: purchase.terms.map(|terms| credits(visitor, terms.credits)).unwrap_or_default(),
            price: purchase.terms.map(|terms| visitor.locale.money(terms.money)).unwrap_or_default(),
            mark,
            state,
            receipt: purchase.payment == Payment::Paid
                && purchase.terms.is_some_and(|terms| terms.money.minor > 0),
            key: purchase.key,
        }
    }
}

/// How a purchase stands, in words.
fn state(visitor: &Visitor, purchase: &Purchase) -> (&'static str, String) {
    let back = |minor| {
        let money = purchase.terms.map(|terms| Money { minor, ..terms.money });
        money.map(|money| visitor.locale.money(money)).unwrap_or_default()
    };
    match purchase.payment {
        Payment::Pending => ("fair", "The bank takes its time".to_owned()),
        Payment::Failed => ("bad", "Not paid".to_owned()),
        Payment::Paid if purchase.charged_back() > 0 => {
            ("bad", format!("{} taken back by the bank", back(purchase.charged_back())))
        }
        Payment::Paid if purchase.refunded > 0 => {
            ("fair", format!("{} paid back to you", back(purchase.refunded)))
        }
        Payment::Paid => ("good", "Paid".to_owned()),
    }
}

/// A subscription in words.
fn plan(visitor: &Visitor, subscription: &Subscription) -> String {
    let day = visitor.locale.date(subscription.paid_until);
    match subscription.state {
        SubscriptionState::Incomplete => "The first payment is not done yet.".to_owned(),
        SubscriptionState::PastDue => {
            "The last payment did not come through. Look at your card, so that the next credits come."
                .to_owned()
        }
        _ if subscription.ends => format!("It ends on {day}."),
        _ => format!("The next credits come on {day}."),
    }
}

/// Where cards, receipts and the subscription are seen to.
async fn portal(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    if !web.app.sells() {
        return Err(app::AppError::NotOffered.into());
    }
    let url = web.app.portal(&caller, &portal_way_back(&web)?).await?;
    leave(&web, &visitor, url).await
}

async fn receipt(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(purchase): Path<String>,
) -> Result<Response, Problem> {
    Ok(Redirect::to(&web.app.receipt_of_purchase(&caller, &purchase).await?).into_response())
}
