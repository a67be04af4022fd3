//! The pages that people see: where they pay, what they paid, and where they see to it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use super::Stripe;

pub(super) fn routes() -> Router<Stripe> {
    Router::new()
        .route("/pay/{session}", get(show).post(pay))
        .route("/receipt/{id}", get(receipt))
        .route("/portal/{id}", get(portal))
}

async fn show(State(stripe): State<Stripe>, Path(session): Path<String>) -> Response {
    let known = stripe.with(|books| books.get(&session));
    if known.is_null() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (amount, currency) = (&known["amount_total"], known["currency"].as_str().unwrap_or_default());
    let cancel = known["cancel_url"].as_str().unwrap_or_default();
    Html(format!(
        "<!doctype html><title>Pay</title><h1>{amount} {currency}</h1>\
         <form method=post><button id=pay>Pay</button></form><a href=\"{cancel}\">Back</a>"
    ))
    .into_response()
}

/// Pays, posts what there is to tell, and sends the browser back.
async fn pay(State(stripe): State<Stripe>, Path(session): Path<String>) -> Redirect {
    stripe.with(|books| books.pay(&session, false));
    stripe.deliver().await;
    let back = stripe.with(|books| books.get(&session)["success_url"].as_str().unwrap().to_owned());
    Redirect::to(&back.replace("{CHECKOUT_SESSION_ID}", &session))
}

async fn receipt(Path(id): Path<String>) -> Html<String> {
    Html(format!("<!doctype html><title>Receipt</title><h1>Receipt {id}</h1>"))
}

async fn portal(Path(id): Path<String>) -> Html<String> {
    Html(format!("<!doctype html><title>Portal</title><h1>Portal {id}</h1>"))
}
