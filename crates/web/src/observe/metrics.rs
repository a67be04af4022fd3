//! Figures for Prometheus, in the [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/) text format.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::ports::database::StateCounts;
use domain::ports::provider::Circuit;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use subtle::ConstantTimeEq;

use crate::Problem;
use crate::extract::bearer;
use crate::protect::is_local;
use crate::state::Shared;

/// How long the database may take to count.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bounds of the answers' times, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfProvider {
    provider: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CircuitOf {
    provider: String,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

/// The figures of one process.
pub(crate) struct Metrics {
    registry: Registry,
    answers: Family<Answered, Counter>,
    times: Family<Asked, Histogram>,
    under_way: Gauge,
    uploads: Gauge,
    generations: Family<InState, Gauge>,
    stored: Family<OfKind, Gauge>,
    pending: Gauge,
    circuits: Family<CircuitOf, Gauge>,
    alarms: Family<OfProvider, Gauge>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("covershots");
        let answers = Family::default();
        let times = Family::new_with_constructor((|| Histogram::new(BOUNDS)) as fn() -> Histogram);
        let (under_way, uploads, pending) = (Gauge::default(), Gauge::default(), Gauge::default());
        let (generations, stored) = (Family::default(), Family::default());
        let (circuits, alarms) = (Family::default(), Family::default());
        registry.register("http_requests", "Requests that were answered", answers.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time until the head of the answer",
            Unit::Seconds,
            times.clone(),
        );
        registry.register("http_requests_in_progress", "Requests that are under way", under_way.clone());
        registry.register("uploads_in_progress", "Photos that are being received", uploads.clone());
        registry.register("generations", "Generations by state", generations.clone());
        registry.register_with_unit("stored", "What the storage holds", Unit::Bytes, stored.clone());
        registry.register("pending_deletions", "Objects that wait to be deleted", pending.clone());
        registry.register(
            "provider_circuit",
            "Whether a provider is asked: 1 for the state that it is in",
            circuits.clone(),
        );
        registry.register(
            "provider_alarm",
            "1 when a provider does not serve the operator's account",
            alarms.clone(),
        );
        Metrics {
            registry,
            answers,
            times,
            under_way,
            uploads,
            generations,
            stored,
            pending,
            circuits,
            alarms,
        }
    }

    /// A request has begun.
    pub(super) fn begin(&self) {
        self.under_way.inc();
    }

    /// A request that had begun is answered, or its caller has gone.
    pub(super) fn end(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        self.under_way.dec();
        let route = route.to_owned();
        self.times.get_or_create(&Asked { method, route: route.clone() }).observe(took.as_secs_f64());
        self.answers.get_or_create(&Answered { method, route, status }).inc();
    }

    /// Asks for what is counted elsewhere. Where that fails the former figures would mislead: they are left out.
    async fn ask(&self, web: &Shared) {
        let receiving = web.settings.limits.uploads_at_once - web.uploads.available_permits();
        self.uploads.set(i64::try_from(receiving).unwrap_or(i64::MAX));
        for maker in web.app.operator().makers() {
            for circuit in Circuit::ALL {
                let here = CircuitOf { provider: maker.provider.clone(), state: circuit.as_str() };
                self.circuits.get_or_create(&here).set(i64::from(circuit == maker.health.circuit));
            }
            let of = OfProvider { provider: maker.provider };
            self.alarms.get_or_create(&of).set(i64::from(maker.health.alarm.is_some()));
        }
        let totals = tokio::time::timeout(PATIENCE, web.app.operator().totals()).await;
        let Ok(Ok(totals)) = totals else {
            self.generations.clear();
            self.stored.clear();
            return;
        };
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let StateCounts { queued, running, succeeded, refused, failed, cancelled } = totals.generations;
        let states = [
            ("queued", queued),
            ("running", running),
            ("succeeded", succeeded),
            ("refused", refused),
            ("failed", failed),
            ("cancelled", cancelled),
        ];
        for (state, count) in states {
            self.generations.get_or_create(&InState { state }).set(whole(count));
        }
        let kinds = [
            ("photo", totals.photo_bytes),
            ("result", totals.result_bytes),
            ("preview", totals.preview_bytes),
        ];
        for (kind, bytes) in kinds {
            self.stored.get_or_create(&OfKind { kind }).set(whole(bytes));
        }
        self.pending.set(whole(totals.pending_deletions));
    }
}

/// The figures, for those who may see them.
pub(crate) async fn get_metrics(State(web): State<Shared>, request: Request) -> Result<Response, Problem> {
    let may = match &web.settings.metrics_token {
        Some(token) => bearer(request.headers())
            .is_some_and(|shown| shown.as_bytes().ct_eq(token.expose().as_bytes()).into()),
        None => is_local(&request),
    };
    if !may {
        return Err(Problem::new("no-such-route", "there is nothing at this address for you"));
    }
    web.metrics.ask(&web).await;
    let mut text = String::new();
    encode(&mut text, &web.metrics.registry)
        .map_err(|_| Problem::new("internal", "the figures can't be written"))?;
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}
