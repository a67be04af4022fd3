//! Pictures by signed links, for pages and mails that can't send a credential: whoever has one reads one picture for a few minutes.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::object_key::ObjectKey;
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
    let reading = web.app.open_link(key, &query.t, range).await?;
    Ok(serve(reading, range, &headers, Disposition::Inline))
}
