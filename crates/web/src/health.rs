//! Whether the process lives, and whether it can serve: for load balancers and supervisors.

use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::state::Shared;

/// How long a part may take to say that it is well.
const PATIENCE: Duration = Duration::from_secs(5);

/// It lives if it answers.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// How the parts are. Why one is not is for the log.
#[derive(Serialize)]
pub(crate) struct Readiness {
    database: &'static str,
    storage: &'static str,
}

/// It can serve if database and storage do, and it is not about to stop.
pub(crate) async fn readyz(State(web): State<Shared>) -> (StatusCode, Answer<Readiness>) {
    let app = &web.app;
    let database = async {
        let answer = tokio::time::timeout(PATIENCE, app.ports().database.list_policies()).await;
        matches!(answer, Ok(Ok(_)))
    };
    let storage = async {
        let answer = tokio::time::timeout(PATIENCE, app.ports().objects.health()).await;
        matches!(answer, Ok(Ok(_)))
    };
    let (database, storage) = tokio::join!(database, storage);
    let stays = !*web.closing().borrow();
    let word = |well| if well { "ok" } else { "failing" };
    let status = if database && storage && stays { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Answer(Readiness { database: word(database), storage: word(storage) }))
}
