//! How long an answer may be in coming. Uploads have a deadline of their own, and bodies that are streamed begin at once.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::is_upload;
use crate::Problem;
use crate::state::Shared;

/// Gives up on a request that takes too long; what it had begun in the database is undone.
pub(crate) async fn answer_in_time(State(web): State<Shared>, request: Request, next: Next) -> Response {
    if is_upload(&request) {
        return next.run(request).await;
    }
    let answer = tokio::time::timeout(web.settings.limits.answer_within, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        tracing::warn!("a request was given up");
        Problem::new("too-slow", "it took too long, on its way here or here: try again").into_response()
    })
}
