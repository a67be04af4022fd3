//! Where the browser comes back to from the page where it paid. Credits come by the payment service's own message alone: here it is
//! waited for.

use app::{Caller, Visit};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};

use super::Routes;
use super::frame::{Frame, Visitor, part};
use super::front::credits;
use super::pricing::till_name;
use crate::Problem;
use crate::extract::{RawQuery, Signed};
use crate::state::Shared;

const REFRESH: HeaderName = HeaderName::from_static("hx-refresh");

pub(crate) fn routes() -> Routes {
    Routes::default().get("/credits/paid", show)
}

/// What the page says while and after a purchase is booked.
struct Outcome {
    heading: &'static str,
    text: String,
    /// Where it is asked again, while it waits.
    again: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/paid.html")]
struct PaidPage {
    frame: Frame,
    outcome: Outcome,
}

#[derive(Template)]
#[template(path = "parts/paid.html")]
struct PaidPart {
    outcome: Outcome,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let outcome = outcome(&web, &visitor, &caller, query.text("visit")).await?;
    match (visitor.partial, &outcome.again) {
        (true, Some(_)) => part(&PaidPart { outcome }),
        // What the head of the page says has changed as well.
        (true, None) => Ok(([(REFRESH, "true")], "").into_response()),
        (false, _) => {
            let frame = visitor.frame(&web, outcome.heading, "/credits/paid").await?;
            visitor.page(&web, &PaidPage { frame, outcome })
        }
    }
}

async fn outcome(web: &Shared, visitor: &Visitor, caller: &Caller, visit: &str) -> Result<Outcome, Problem> {
    let again = || {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("visit", visit).finish();
        Some(format!("/credits/paid?{query}"))
    };
    let till = till_name(web).unwrap_or_default();
    let said = |heading, text: String, again| Outcome { heading, text, again };
    Ok(match web.app.visit(caller, visit).await? {
        Visit::Booked(bought) => {
            let text = format!("{} are yours.", credits(visitor, bought));
            said("Thank you", text, None)
        }
        Visit::Paid => {
            let text =
                format!("It is paid. Your credits come with {till}'s message to us, usually within seconds.");
            said("One moment", text, again())
        }
        Visit::Pending => {
            let text = "Your bank takes its time, which can be days. The credits come by themselves when it has said yes.";
            said("Your bank is asked", text.to_owned(), again())
        }
        Visit::Failed => said(
            "It was not paid",
            "Your bank said no, and nothing was taken. You can try again.".to_owned(),
            None,
        ),
        Visit::Open => said("Not paid yet", format!("The page at {till} is still open."), again()),
    })
}
