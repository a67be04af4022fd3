//! The API's routes.

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::books::{Books, nested};
use super::{SECRET_KEY, Stripe, page};

pub(super) fn routes(stripe: Stripe) -> Router {
    let api = Router::new()
        .route("/v1/customers", post(make_customer))
        .route("/v1/customers/{id}", get(find).delete(delete_customer))
        .route("/v1/checkout/sessions", post(open_session).get(list_sessions))
        .route("/v1/checkout/sessions/{id}", get(find))
        .route("/v1/billing_portal/sessions", post(open_portal))
        .route("/v1/refunds", post(refund))
        .route("/v1/prices/{id}", get(find))
        .route("/v1/charges", get(list_charges))
        .route("/v1/charges/{id}", get(find))
        .route("/v1/payment_intents/{id}", get(find))
        .route("/v1/invoices", get(list_invoices))
        .route("/v1/invoices/{id}", get(find))
        .route("/v1/invoice_payments", get(list_invoice_payments))
        .route("/v1/disputes", get(list_disputes))
        .route("/v1/subscriptions/{id}", get(find))
        .layer(from_fn(guard));
    api.merge(page::routes()).with_state(stripe)
}

/// What every call of the API has to show.
async fn guard(request: Request, next: Next) -> Response {
    match shown(request.headers(), request.method() == "POST") {
        Ok(()) => next.run(request).await,
        Err((status, code)) => refusal(status, "invalid_request_error", code, "").into_response(),
    }
}

fn shown(headers: &HeaderMap, post: bool) -> Result<(), (StatusCode, &'static str)> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{SECRET_KEY}:")));
    let key = header(AUTHORIZATION.as_str());
    if key != format!("Bearer {SECRET_KEY}") && key != basic {
        return Err((StatusCode::UNAUTHORIZED, "api_key_invalid"));
    }
    if header("stripe-version") != super::VERSION {
        return Err((StatusCode::BAD_REQUEST, "version_invalid"));
    }
    if post && !header(CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded") {
        return Err((StatusCode::BAD_REQUEST, "body_invalid"));
    }
    Ok(())
}

/// A refusal as it is answered.
type Refused = (StatusCode, axum::Json<Value>);

/// What the API says when it does not do what it is asked.
pub(super) fn refusal(status: StatusCode, kind: &str, code: &str, param: &str) -> Refused {
    let error =
        json!({ "type": kind, "code": code, "param": param, "message": format!("stand-in: {code} {param}") });
    (status, axum::Json(json!({ "error": error })))
}

fn missing(param: &str) -> Refused {
    refusal(StatusCode::NOT_FOUND, "invalid_request_error", "resource_missing", param)
}

fn wrong(code: &str, param: &str) -> Refused {
    refusal(StatusCode::BAD_REQUEST, "invalid_request_error", code, param)
}

/// The fields of a form or a query.
fn fields(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let hex = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// The first parameter that is not known.
fn unknown<'a>(form: &'a Value, known: &[&str]) -> Option<&'a String> {
    form.as_object()?.keys().find(|name| !known.contains(&name.as_str()))
}

/// Answers a request with an idempotency key as it was answered before; another request with the same key is refused.
async fn once(
    stripe: &Stripe,
    path: &str,
    headers: &HeaderMap,
    body: Bytes,
    make: impl FnOnce(&mut Books, Value) -> Result<Value, Refused>,
) -> Response {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let form = nested(&fields(&text));
    let asked = format!("{path}?{text}");
    let Some(key) = headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned()) else {
        return stripe
            .with(|books| make(books, form))
            .map_or_else(IntoResponse::into_response, |made| axum::Json(made).into_response());
    };
    if key.len() > 255 {
        return wrong("idempotency_key_too_long", "").into_response();
    }
    let known = stripe.with(|books| books.keys.get(&key).cloned());
    if let Some((before, status, answer)) = known {
        if before != asked {
            return refusal(StatusCode::BAD_REQUEST, "idempotency_error", "idempotency_key_in_use", "")
                .into_response();
        }
        return (StatusCode::from_u16(status).unwrap(), axum::Json(answer)).into_response();
    }
    match stripe.with(|books| make(books, form)) {
        Ok(made) => {
            stripe.with(|books| books.keys.insert(key, (asked, 200, made.clone())));
            axum::Json(made).into_response()
        }
        // A request that was refused for its parameters is not remembered.
        Err(refused) => refused.into_response(),
    }
}

async fn find(State(stripe): State<Stripe>, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let mut found = stripe.with(|books| books.get(&id));
    if found.is_null() {
        return missing("id").into_response();
    }
    for (name, value) in fields(&query.unwrap_or_default()) {
        if name.starts_with("expand") && value == "latest_charge" {
            found["latest_charge"] = stripe.with(|books| books.get(found["latest_charge"].as_str().unwrap()));
        }
    }
    axum::Json(found).into_response()
}

async fn make_customer(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    once(&stripe, "/v1/customers", &headers, body, |books, form| {
        if let Some(name) = unknown(&form, &["email", "metadata", "name", "description"]) {
            return Err(wrong("parameter_unknown", name));
        }
        let customer = json!({
            "id": books.id("cus"), "object": "customer", "email": form["email"], "metadata": form["metadata"],
            "created": books.now(), "livemode": false,
        });
        Ok(books.keep(customer))
    })
    .await
}

async fn delete_customer(State(stripe): State<Stripe>, Path(id): Path<String>) -> Response {
    if stripe.with(|books| books.get(&id)).is_null() {
        return missing("id").into_response();
    }
    stripe.with(|books| books.delete_customer(&id));
    axum::Json(json!({ "id": id, "object": "customer", "deleted": true })).into_response()
}

const SESSION: [&str; 17] = [
    "mode",
    "customer",
    "client_reference_id",
    "line_items",
    "success_url",
    "cancel_url",
    "metadata",
    "payment_intent_data",
    "subscription_data",
    "adaptive_pricing",
    "automatic_tax",
    "customer_update",
    "billing_address_collection",
    "allow_promotion_codes",
    "ui_mode",
    "expires_at",
    "customer_email",
];

async fn open_session(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    once(&stripe, "/v1/checkout/sessions", &headers, body, |books, form| {
        if let Some(name) = unknown(&form, &SESSION) {
            return Err(wrong("parameter_unknown", name));
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (mode, price, customer) =
            (text(&form["mode"]), text(&form["line_items"]["0"]["price"]), text(&form["customer"]));
        if form["success_url"].is_null() || !["payment", "subscription"].contains(&mode.as_str()) {
            return Err(wrong("parameter_missing", "success_url"));
        }
        let known = books.get(&price);
        if known["object"] != "price" {
            return Err(wrong("resource_missing", "line_items[0][price]"));
        }
        if !customer.is_empty() && books.get(&customer).is_null() {
            return Err(wrong("resource_missing", "customer"));
        }
        if known["recurring"].is_null() == (mode == "subscription") {
            return Err(wrong("price_type_invalid", "line_items[0][price]"));
        }
        // <https://docs.stripe.com/tax/checkout>: a customer who is there already has to be let give an address.
        let taxed = form["automatic_tax"]["enabled"] == "true";
        if taxed && !customer.is_empty() && form["customer_update"]["address"] != "auto" {
            return Err(wrong("customer_tax_location_invalid", "automatic_tax"));
        }
        let id = books.id("cs_test");
        let session = json!({
            "id": id, "object": "checkout.session", "mode": mode, "status": "open", "payment_status": "unpaid",
            "customer": if customer.is_empty() { Value::Null } else { customer.into() },
            "client_reference_id": form["client_reference_id"], "currency": known["currency"],
            "amount_total": known["unit_amount"], "amount_subtotal": known["unit_amount"], "created": books.now(),
            "metadata": form["metadata"], "payment_intent": null, "subscription": null, "livemode": false,
            "automatic_tax": { "enabled": taxed }, "allow_promotion_codes": form["allow_promotion_codes"] == "true",
            "success_url": form["success_url"], "cancel_url": form["cancel_url"], "url": format!("{}/pay/{id}", books.url),
            // Not shown by the API; kept for what follows.
            "payment_intent_data": form["payment_intent_data"], "subscription_data": form["subscription_data"],
            "line_items_price": price,
        });
        Ok(books.keep(session))
    })
    .await
}

async fn open_portal(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    once(&stripe, "/v1/billing_portal/sessions", &headers, body, |books, form| {
        let customer = form["customer"].as_str().unwrap_or_default();
        if books.get(customer).is_null() {
            return Err(wrong("resource_missing", "customer"));
        }
        let id = books.id("bps");
        Ok(json!({
            "id": id, "object": "billing_portal.session", "customer": customer, "created": books.now(), "livemode": false,
            "return_url": form["return_url"], "url": format!("{}/portal/{id}", books.url),
        }))
    })
    .await
}

async fn refund(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = once(&stripe, "/v1/refunds", &headers, body, |books, form| {
        let payment = form["payment_intent"].as_str().unwrap_or_default();
        if books.get(payment).is_null() {
            return Err(wrong("resource_missing", "payment_intent"));
        }
        Ok(books.refund(payment, form["amount"].as_str().map(|amount| amount.parse().unwrap())))
    })
    .await;
    stripe.deliver().await;
    answer
}

/// One page of a list, as the query asks.
fn list(
    stripe: &Stripe,
    kind: &str,
    query: Option<String>,
    path: &str,
    keep: impl Fn(&Value, &[(String, String)]) -> bool,
) -> Response {
    let query = fields(&query.unwrap_or_default());
    let asked = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let number = |name: &str| asked(name).map(|text| text.parse::<u64>().unwrap());
    let limit = number("limit").unwrap_or(10) as usize;
    if !(1..=100).contains(&limit) {
        return wrong("parameter_invalid_integer", "limit").into_response();
    }
    let all: Vec<Value> = stripe.with(|books| books.list(kind));
    let created = |object: &Value| object["created"].as_u64().unwrap();
    let within = all.into_iter().filter(|object| {
        number("created[gte]").is_none_or(|from| created(object) >= from)
            && number("created[lt]").is_none_or(|until| created(object) < until)
            && keep(object, &query)
    });
    let after: Vec<Value> = match asked("starting_after") {
        Some(last) => within.skip_while(|object| object["id"] != last.as_str()).skip(1).collect(),
        None => within.collect(),
    };
    let has_more = after.len() > limit;
    let page: Vec<Value> = after.into_iter().take(limit).collect();
    axum::Json(json!({ "object": "list", "url": path, "has_more": has_more, "data": page })).into_response()
}

fn same(object: &Value, field: &str, query: &[(String, String)], name: &str) -> bool {
    query.iter().find(|(known, _)| known == name).is_none_or(|(_, value)| object[field] == value.as_str())
}

async fn list_sessions(State(stripe): State<Stripe>, RawQuery(query): RawQuery) -> Response {
    list(&stripe, "checkout.session", query, "/v1/checkout/sessions", |session, query| {
        same(session, "payment_intent", query, "payment_intent")
    })
}

async fn list_charges(State(stripe): State<Stripe>, RawQuery(query): RawQuery) -> Response {
    list(&stripe, "charge", query, "/v1/charges", |charge, query| {
        same(charge, "payment_intent", query, "payment_intent")
    })
}

async fn list_disputes(State(stripe): State<Stripe>, RawQuery(query): RawQuery) -> Response {
    list(&stripe, "dispute", query, "/v1/disputes", |dispute, query| same(dispute, "charge", query, "charge"))
}

async fn list_invoice_payments(State(stripe): State<Stripe>, RawQuery(query): RawQuery) -> Response {
    list(&stripe, "invoice_payment", query, "/v1/invoice_payments", |paid, query| {
        same(&paid["payment"], "payment_intent", query, "payment[payment_intent]")
            && same(paid, "invoice", query, "invoice")
    })
}

async fn list_invoices(State(stripe): State<Stripe>, RawQuery(query): RawQuery) -> Response {
    let expand = query.as_deref().is_some_and(|query| query.contains("data.payments"));
    let answer = list(&stripe, "invoice", query, "/v1/invoices", |invoice, query| {
        same(invoice, "status", query, "status")
    });
    if !expand {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let mut page: Value = serde_json::from_slice(&to_bytes(body, 1 << 24).await.unwrap()).unwrap();
    let paid = stripe.with(|books| books.list("invoice_payment"));
    for invoice in page["data"].as_array_mut().unwrap() {
        let of: Vec<&Value> = paid.iter().filter(|paid| paid["invoice"] == invoice["id"]).collect();
        invoice["payments"] = json!({ "object": "list", "has_more": false, "data": of });
    }
    (parts.status, axum::Json(page)).into_response()
}
