//! What the routes share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::App;
use axum::http::HeaderValue;
use bytes::Bytes;
use domain::ids::AccountId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::observe::Metrics;
use crate::protect::Rates;
use crate::{Problem, WebSettings};

/// How long an upload or an archive waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// Archives that are written at a time, in the whole process.
const ARCHIVES: usize = 16;

/// What the routes share.
pub(crate) struct State {
    pub(crate) app: Arc<App>,
    pub(crate) settings: WebSettings,
    /// The API's document, as it is served.
    pub(crate) document: Bytes,
    /// The page to read it.
    pub(crate) page: Bytes,
    /// What a page of the studio may load and do.
    pub(crate) content_policy: HeaderValue,
    /// The same for pages that an outside identity's scripts are part of.
    pub(crate) gate_policy: HeaderValue,
    pub(crate) uploads: Arc<Semaphore>,
    pub(crate) archives: Arc<Semaphore>,
    pub(crate) rates: Rates,
    pub(crate) metrics: Metrics,
    streams: Mutex<HashMap<AccountId, usize>>,
    closing: watch::Sender<bool>,
}

/// The same, shared.
pub(crate) type Shared = Arc<State>;

impl State {
    pub(crate) fn new(
        app: Arc<App>,
        settings: WebSettings,
        document: Bytes,
        page: Bytes,
        [content_policy, gate_policy]: [HeaderValue; 2],
    ) -> Self {
        State {
            app,
            document,
            page,
            content_policy,
            gate_policy,
            uploads: Arc::new(Semaphore::new(settings.limits.uploads_at_once)),
            archives: Arc::new(Semaphore::new(ARCHIVES)),
            rates: Rates::new(&settings.rates),
            metrics: Metrics::new(),
            settings,
            streams: Mutex::default(),
            closing: watch::Sender::new(false),
        }
    }

    /// Ends every stream that would else never end.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Becomes true when the process stops.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Takes one of the account's places for a stream of events, until it is dropped.
    pub(crate) fn open_stream(self: &Arc<Self>, account: AccountId) -> Result<StreamPlace, Problem> {
        let most = self.settings.limits.event_streams;
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let count = streams.entry(account).or_default();
        if *count >= most {
            let detail = format!("{most} streams of events are open already: close one first");
            return Err(Problem::new("too-many-requests", detail).retry_after(30));
        }
        *count += 1;
        Ok(StreamPlace { web: Arc::clone(self), account })
    }
}

/// A place among the account's streams of events.
pub(crate) struct StreamPlace {
    web: Shared,
    account: AccountId,
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut streams = self.web.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = streams.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                streams.remove(&self.account);
            }
        }
    }
}

/// Waits a while for a turn at something that the machine can only do so much of.
pub(crate) async fn turn(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    match tokio::time::timeout(PATIENCE, Arc::clone(places).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Problem::new("busy", "too many people do this at this moment: try again in a few seconds")),
    }
}
