//! What credits cost, for everybody to read before they come in.

use app::AppError;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::payment::Money;
use domain::ports::payments::Offer;

use super::Routes;
use super::frame::{Frame, Visitor};
use super::front::credits;
use super::sign_up::service_name;
use crate::Problem;
use crate::state::{Shared, State as Web};

pub(crate) fn routes() -> Routes {
    Routes::default().get("/pricing", show)
}

/// Something that can be bought, as it is shown.
pub(crate) struct OfferCard {
    pub(crate) id: String,
    pub(crate) name: String,
    /// "50 credits".
    pub(crate) credits: String,
    pub(crate) price: String,
    /// What a headshot comes to.
    pub(crate) each: String,
    pub(crate) monthly: bool,
}

impl OfferCard {
    pub(crate) fn of(web: &Web, visitor: &Visitor, offer: Offer) -> Self {
        OfferCard {
            credits: credits(visitor, offer.credits),
            price: visitor.locale.money(offer.price),
            each: visitor.locale.money(each(web, &offer)),
            id: offer.id,
            name: offer.name,
            monthly: offer.monthly,
        }
    }
}

/// What a headshot comes to, rounded up: nobody is told less than they pay.
fn each(web: &Web, offer: &Offer) -> Money {
    let headshot = u64::from(web.app.settings().prices.headshot.get());
    let credits = u64::from(offer.credits.get()).max(1);
    Money { minor: offer.price.minor.saturating_mul(headshot).div_ceil(credits), ..offer.price }
}

/// Who takes the money, as people call them; `None` where nothing is sold.
pub(crate) fn till_name(web: &Web) -> Option<String> {
    web.app.ports().payments.service().map(|service| service_name(service.as_str()))
}

/// An offer by its name.
pub(crate) async fn find_offer(web: &Web, id: &str) -> Result<Offer, Problem> {
    let offers = web.app.offers().await?;
    offers.into_iter().find(|offer| offer.id == id).ok_or_else(|| AppError::NotOffered.into())
}

#[derive(Template)]
#[template(path = "pages/pricing.html")]
struct PricingPage {
    frame: Frame,
    cards: Vec<OfferCard>,
    /// Who takes the money; empty where nothing is sold.
    till: String,
    headshot: String,
    thumbnail: String,
    /// What a new account begins with.
    welcome: String,
    /// Whether pictures cost nothing at all.
    free: bool,
}

async fn show(State(web): State<Shared>, visitor: Visitor) -> Result<Response, Problem> {
    let settings = web.app.settings();
    let offers = web.app.offers().await?;
    let page = PricingPage {
        frame: visitor.frame(&web, "What it costs", "/pricing").await?,
        cards: offers.into_iter().map(|offer| OfferCard::of(&web, &visitor, offer)).collect(),
        till: till_name(&web).unwrap_or_default(),
        headshot: credits(&visitor, settings.prices.headshot),
        thumbnail: credits(&visitor, settings.prices.thumbnail),
        welcome: credits(&visitor, settings.welcome),
        free: settings.prices.headshot.get() == 0,
    };
    visitor.page(&web, &page)
}
