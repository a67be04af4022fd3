//! What stands before every route: where a request comes from, whether its caller may ask so often, whether another site sent it,
//! how long it may take, and what browsers are told about every answer.

mod client;
mod content_policy;
mod deadline;
mod headers;
mod leftover;
mod origin;
mod rates;

pub(crate) use client::{is_local, resolve_client};
pub(crate) use content_policy::content_policy;
pub(crate) use deadline::answer_in_time;
pub(crate) use headers::harden;
pub(crate) use leftover::throw_away;
pub(crate) use origin::{Refused, same_origin};
pub(crate) use rates::{Rates, limit};

use axum::extract::{MatchedPath, Request};
use axum::http::Method;

/// Where photos come in.
const UPLOADS: [&str; 3] = ["/api/v1/photos", "/photos", "/styles/{kind}/{style}"];

/// Whether the request brings a photo: those are counted apart, and may take longer.
fn is_upload(request: &Request) -> bool {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    request.method() == Method::POST && path.is_some_and(|path| UPLOADS.contains(&path))
}
