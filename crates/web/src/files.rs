//! Pictures by signed links, for pages and mails that can't send a credential: whoever has one reads one picture for a few minutes.
//!
//! Where the storage has a door of its own the link leads there, so that pictures go from it to the browser without passing through us.

use app::Delivery;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::object_key::ObjectKey;
use domain::ports::objects::ByteRange;
use domain::secret::Secret;
use serde::Deserialize;

use crate::Problem;
use crate::extract::{Path, Query, Range};
use crate::reading::{Disposition, serve};
use crate::state::Shared;

/// What a link carries beside the picture's place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkQuery {
    t: String,
}

/// Serves the picture that a link names.
pub(crate) async fn get_file(
    State(web): State<Shared>,
    Path(key): Path<String>,
    Query(query): Query<LinkQuery>,
    Range(range): Range,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let key: ObjectKey = key.parse().map_err(|_| Problem::new("not-found", "there is no such picture"))?;
    let delivery = web.app.follow_link(key, &query.t, range).await?;
    Ok(hand_over(delivery, range, &headers, Disposition::Inline))
}

/// The answer with an object's bytes, or with the way to them.
pub(crate) fn hand_over(
    delivery: Delivery,
    asked: Option<ByteRange>,
    request: &HeaderMap,
    disposition: Disposition,
) -> Response {
    match delivery {
        Delivery::Here(reading) => serve(reading, asked, request, disposition),
        Delivery::Elsewhere(address) => elsewhere(&address),
    }
}

/// Sends a browser to the storage's own address. It may remember the way for as long as the address is sure to be good.
fn elsewhere(address: &Secret) -> Response {
    let Ok(location) = HeaderValue::from_str(address.expose()) else {
        return Problem::new("internal", "the storage's address can't be written").into_response();
    };
    let remember = HeaderValue::from_static("private, max-age=120");
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location), (CACHE_CONTROL, remember)]).into_response()
}
