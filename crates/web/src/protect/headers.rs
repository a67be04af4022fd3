//! What browsers are told with every answer: to run nothing, to frame nothing, to guess no types, to tell nobody where they
//! were, and to keep nothing that a route does not allow to be kept.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::state::Shared;

/// A year, as browsers ask for to remember it.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What an answer says that says nothing itself. A page has its own policy, which allows its own style sheet.
static HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Adds to an answer what it does not say itself.
pub(crate) async fn harden(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if web.settings.secure_cookies() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    answer
}
