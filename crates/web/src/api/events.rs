//! Events: how generations go on, as they do, by server-sent events
//! ([HTML, 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html)).
//!
//! A stream begins with `ready`: whoever reads the state after that misses nothing. It ends after a while, so that nobody who was
//! signed out listens for ever; browsers connect again by themselves.

use std::convert::Infallible;
use std::time::Duration;

use app::{Subscription, Told};
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::generations::StateWord;
use crate::Problem;
use crate::extract::Signed;
use crate::state::{Shared, StreamPlace};
use crate::wire::Id;

/// How long a stream lasts.
const LASTS: Duration = Duration::from_secs(15 * 60);
/// How long it may be silent: proxies cut what says nothing.
const SILENT: Duration = Duration::from_secs(15);

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(watch_events))
}

/// One event, as the stream has it.
#[derive(ToSchema)]
#[schema(as = Event)]
#[allow(dead_code, reason = "it is written line by line, and described here")]
pub(crate) struct LineView {
    /// `ready`, `generation`, `missed` or `bye`.
    #[schema(example = "generation")]
    event: String,
    /// JSON: a GenerationEvent where the event is `generation`, and `{}` with the others.
    data: String,
}

/// What an event of the name `generation` carries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GenerationEvent)]
pub(crate) struct EventView {
    #[schema(value_type = Id)]
    generation: domain::ids::GenerationId,
    state: StateWord,
    /// How far it is, 0 to 100.
    progress: u8,
    /// The number of an image that is there now, if that is what happened.
    image: Option<u8>,
}

/// Watch what happens
///
/// Server-sent events. `ready`: from now on nothing is missed, so read the state. `generation`: something happened to one, with a
/// GenerationEvent as data. `missed`: so much happened that some was left out: read the state again. `bye`: connect again.
#[utoipa::path(
    get, path = "/events", operation_id = "watchEvents", tag = "Events",
    security(("session" = []), ("api_key" = ["images:read"])),
    responses((status = 200, body = LineView, content_type = "text/event-stream", description = "The events, as they happen.")),
)]
async fn watch_events(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    let subscription = web.app.watch(&caller)?;
    let place = web.open_stream(caller.id())?;
    let watching =
        Watching { subscription, closing: web.closing(), until: Instant::now() + LASTS, _place: place };
    let ready = stream::iter([Ok::<_, Infallible>(Event::default().event("ready").data("{}"))]);
    let events = stream::unfold(Some(watching), |watching| async move {
        let mut watching = watching?;
        Some(match watching.next().await {
            Some(event) => (Ok(event), Some(watching)),
            None => (Ok(Event::default().event("bye").data("{}")), None),
        })
    });
    let alive = KeepAlive::new().interval(SILENT);
    let mut answer = Sse::new(ready.chain(events)).keep_alive(alive).into_response();
    // A proxy that gathers an answer before it hands it on would hold events back.
    let buffering =
        (HeaderName::from_static("x-accel-buffering"), axum::http::HeaderValue::from_static("no"));
    answer.headers_mut().insert(buffering.0, buffering.1);
    Ok(answer)
}

struct Watching {
    subscription: Subscription,
    closing: watch::Receiver<bool>,
    until: Instant,
    _place: StreamPlace,
}

impl Watching {
    /// The next event, until the end.
    async fn next(&mut self) -> Option<Event> {
        let told = tokio::select! {
            told = self.subscription.next() => told?,
            _ = self.closing.wait_for(|closing| *closing) => return None,
            () = tokio::time::sleep_until(self.until) => return None,
        };
        Some(match told {
            Told::Missed => Event::default().event("missed").data("{}"),
            Told::Event(event) => {
                let app::GenerationEvent { generation, state, progress, image, .. } = event;
                let view = EventView { generation, state: state.into(), progress, image };
                Event::default().event("generation").json_data(view).ok()?
            }
        })
    }
}
