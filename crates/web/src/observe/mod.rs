//! What the operator sees: one line a request, and figures. Routes, statuses and times; never an address, a name or an id of
//! anybody.

mod metrics;

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::state::Shared;

pub(crate) use metrics::{Metrics, get_metrics};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of an id that a proxy gives.
const LONGEST_ID: usize = 64;

/// Gives the request an id, which its answer and every line of the log about it carry; writes one line and counts.
pub(crate) async fn observe(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let id = given_id(&web, &request).unwrap_or_else(|| new_id(&web));
    let span = tracing::info_span!("request", id = id.as_str());
    let watched = Watched::begin(&web, &request);
    async move {
        let mut answer = next.run(request).await;
        if let Ok(value) = HeaderValue::from_str(&id) {
            answer.headers_mut().insert(REQUEST_ID, value);
        }
        watched.end(answer.status().as_u16());
        answer
    }
    .instrument(span)
    .await
}

/// The id that a trusted proxy gave, so that its log and ours can be read together.
fn given_id(web: &Shared, request: &Request) -> Option<String> {
    let peer = request.extensions().get::<axum::extract::ConnectInfo<std::net::SocketAddr>>()?;
    if !web.settings.trusts(peer.0.ip().to_canonical()) {
        return None;
    }
    well_formed(request.headers())
}

fn well_formed(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    ((1..=LONGEST_ID).contains(&id.len()) && plain).then(|| id.to_owned())
}

fn new_id(web: &Shared) -> String {
    let mut bytes = [0; 16];
    // Without randomness an id only tells less: the request goes on.
    let _ = web.app.ports().randomness.fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// A request that is under way.
struct Watched {
    web: Shared,
    method: &'static str,
    route: String,
    begun: Instant,
    ended: bool,
}

impl Watched {
    fn begin(web: &Shared, request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or("none", MatchedPath::as_str).to_owned();
        web.metrics.begin();
        Watched {
            web: Shared::clone(web),
            method: method(request.method()),
            route,
            begun: Instant::now(),
            ended: false,
        }
    }

    fn end(mut self, status: u16) {
        self.ended = true;
        self.finish(status);
    }

    fn finish(&self, status: u16) {
        let took = self.begun.elapsed();
        self.web.metrics.end(self.method, &self.route, status, took);
        let ms = took.as_secs_f64() * 1000.0;
        let (method, route) = (self.method, self.route.as_str());
        // What supervisors ask every few seconds would drown the rest.
        if matches!(route, "/healthz" | "/readyz" | "/metrics") {
            tracing::debug!(method, route, status, ms, "answered");
        } else {
            tracing::info!(method, route, status, ms, "answered");
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.ended {
            // The caller went away. The number is the one that nginx made usual for this.
            self.finish(499);
        }
    }
}

/// The method's name; anything unusual under one, so that nobody can make endless series of figures.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_from_outside_is_short_and_plain_or_not_taken() {
        let taken = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, id.parse().unwrap());
            well_formed(&headers)
        };
        assert_eq!(taken("a-B_1.2").as_deref(), Some("a-B_1.2"));
        assert_eq!(taken(""), None);
        assert_eq!(taken("a b"), None);
        assert_eq!(taken(&"a".repeat(65)), None);
    }
}
