//! The front page: what the studio does, with real pictures of the engine, and what it promises.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::StyleKind;
use domain::credit::Credits;

use super::Routes;
use super::frame::{Frame, Visitor};
use super::sign_up::{Fact, facts};
use crate::Problem;
use crate::state::{Shared, State as Web};

pub(crate) fn routes() -> Routes {
    Routes::default().get("/", show)
}

#[derive(Template)]
#[template(path = "pages/front.html")]
struct FrontPage {
    frame: Frame,
    facts: Vec<Fact>,
    price: String,
    /// How many days photos are kept.
    days: u16,
    /// Whether no photo leaves the machine.
    local: bool,
    headshots: usize,
    thumbnails: usize,
}

async fn show(State(web): State<Shared>, visitor: Visitor) -> Result<Response, Problem> {
    let page = FrontPage {
        frame: visitor.frame(&web, "Studio portraits from photos you have", "/").await?,
        facts: facts(&web),
        price: price(&web, &visitor),
        days: web.app.settings().retention.uploads.get(),
        local: web.app.purposes().len() == 1,
        headshots: web.app.styles(Some(StyleKind::Headshot)).len(),
        thumbnails: web.app.styles(Some(StyleKind::Thumbnail)).len(),
    };
    visitor.page(&web, &page)
}

/// What it costs, in one line.
fn price(web: &Web, visitor: &Visitor) -> String {
    let settings = web.app.settings();
    let (price, welcome) = (settings.prices.headshot, settings.welcome);
    if price == Credits::ZERO {
        return "Free on this machine.".to_owned();
    }
    let pictures = welcome.get() / price.get();
    match pictures {
        0 => format!("{} a picture. What fails costs nothing.", credits(visitor, price)),
        1 => "Your first picture is free, and no card is asked for.".to_owned(),
        some => {
            format!("Your first {} pictures are free, and no card is asked for.", visitor.locale.number(some))
        }
    }
}

/// An amount in words: "1 credit".
pub(crate) fn credits(visitor: &Visitor, credits: Credits) -> String {
    let unit = if credits.get() == 1 { "credit" } else { "credits" };
    format!("{} {unit}", visitor.locale.number(credits.get()))
}
