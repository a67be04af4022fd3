//! Buying: what exactly is bought, and the way to the page where it is paid.
//!
//! Browsers hold `form-action` against redirects too, and the policy of pages lets nobody else in: so a form that leads elsewhere is
//! answered with a page that goes on by itself, or by its link.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Routes;
use super::form::{Form, Mistakes};
use super::frame::{Frame, Visitor};
use super::front::credits;
use super::pricing::{OfferCard, find_offer, till_name};
use crate::Problem;
use crate::api::payments::wish;
use crate::extract::{Path, Signed};
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/buy/{offer}", show).post("/buy/{offer}", buy)
}

#[derive(Template)]
#[template(path = "pages/buy.html")]
struct BuyPage {
    frame: Frame,
    mistakes: Mistakes,
    card: OfferCard,
    /// "150 credits": what there will be.
    after: String,
    till: String,
    /// Names this wish: sent twice, it leads to the same page.
    key: String,
}

impl BuyPage {
    async fn new(
        web: &Shared,
        visitor: &Visitor,
        offer: &str,
        key: String,
        mistakes: Mistakes,
    ) -> Result<Self, Problem> {
        let offer = find_offer(web, offer).await?;
        let has = match &visitor.caller {
            Some(caller) => web.app.credits(caller).await?.balance.get(),
            None => 0,
        };
        let after = domain::credit::Credits::new(has.saturating_add(offer.credits.get()));
        Ok(BuyPage {
            frame: visitor.frame(web, &offer.name, "/buy").await?,
            mistakes,
            after: credits(visitor, after),
            card: OfferCard::of(web, visitor, offer),
            till: till_name(web).unwrap_or_default(),
            key,
        })
    }
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(offer): Path<String>,
) -> Result<Response, Problem> {
    caller.session()?;
    let key = web.app.new_order_key()?;
    let page = BuyPage::new(&web, &visitor, &offer, key, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn buy(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(offer): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    // First of all: where nothing is sold there is nothing to come back from.
    let sold = find_offer(&web, &offer).await?;
    let key = form.text("key").to_owned();
    let till = match web.app.buy(&caller, wish(&web, sold.id, key)?).await.map_err(Problem::from) {
        Ok(till) => till,
        Err(problem) if problem.name() == "already-subscribed" => {
            let mistakes = Mistakes::of(&problem);
            let page = BuyPage::new(&web, &visitor, &offer, web.app.new_order_key()?, mistakes).await?;
            return visitor.page_with(&web, problem.status(), &page);
        }
        Err(problem) => return Err(problem),
    };
    leave(&web, &visitor, till.url).await
}

#[derive(Template)]
#[template(path = "pages/leaving.html")]
struct LeavingPage {
    frame: Frame,
    till: String,
    url: String,
}

/// Sends a browser to one of the payment service's pages.
pub(crate) async fn leave(web: &Shared, visitor: &Visitor, url: String) -> Result<Response, Problem> {
    let till = till_name(web).unwrap_or_default();
    let frame = visitor.frame(web, &format!("On to {till}"), "/buy").await?;
    visitor.page(web, &LeavingPage { frame, till, url })
}
