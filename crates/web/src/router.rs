//! The list of routes, and what every request passes through on its way to one.

use std::any::Any;
use std::sync::Arc;

use app::App;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::csrf::CsrfLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::extract::identify;
use crate::settings::{AllowedSource, SettingsError};
use crate::state::{Shared, State as WebState};
use crate::{Problem, WebSettings, api, assets, docs, files, health, observe, openapi, pages, protect};

/// The web of one process.
#[derive(Clone)]
pub struct Web(Shared, CsrfLayer<protect::Refused>);

impl Web {
    /// The web over an app.
    ///
    /// # Errors
    /// The first setting that can't work.
    pub fn new(app: Arc<App>, settings: WebSettings) -> Result<Self, SettingsError> {
        settings.validate()?;
        let document = document(settings.cookie_name(), true);
        let page = Bytes::from(docs::page(&document));
        let text = Bytes::from(document.to_string());
        let other_sites = protect::same_origin(&settings).map_err(|error| SettingsError {
            name: "public_url",
            value: settings.public_url.clone().unwrap_or_default(),
            must: error.to_string(),
        })?;
        let policies = content_policies(&app, &settings).map_err(|allowed| SettingsError {
            name: "allowed_sources",
            value: allowed.source,
            must: "an origin, such as https://accounts.example.org".into(),
        })?;
        Ok(Web(Arc::new(WebState::new(app, settings, text, page, policies)), other_sites))
    }

    /// Every route, ready to be served. Outermost stands what was added last: a request is first given its id, and its caller
    /// is counted before anything is done for it.
    pub fn router(&self) -> Router {
        let (api, _) = api_router(self.0.settings.cookie_name()).split_for_parts();
        let web = &self.0;
        Router::new()
            .merge(api)
            .merge(pages::routes().router())
            .route("/files/{*key}", get(files::get_file))
            .route("/api/openapi.json", get(get_document))
            .route("/docs", get(docs::get_page))
            .route("/assets/{*name}", get(assets::get_asset))
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz))
            .route("/metrics", get(observe::get_metrics))
            .fallback(no_such_route)
            .method_not_allowed_fallback(other_method)
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn_with_state(Arc::clone(web), protect::answer_in_time))
            .layer(from_fn_with_state(Arc::clone(web), protect::limit))
            .layer(from_fn_with_state(Arc::clone(web), find_caller))
            .layer(self.1.clone())
            .layer(from_fn_with_state(Arc::clone(web), protect::resolve_client))
            .layer(CatchPanicLayer::custom(broken))
            .layer(from_fn_with_state(Arc::clone(web), pages::show_problems))
            .layer(CompressionLayer::new().compress_when(worth_compressing()))
            .layer(from_fn(protect::throw_away))
            .layer(from_fn_with_state(Arc::clone(web), protect::harden))
            .layer(from_fn_with_state(Arc::clone(web), observe::observe))
            .with_state(Arc::clone(web))
    }

    /// Every page: its method and its path. For tests, which ask each of them as everybody.
    pub fn pages() -> Vec<(&'static str, &'static str)> {
        pages::routes().list()
    }

    /// The process is about to stop: streams of events end, and it says that it is not ready.
    pub fn close(&self) {
        self.0.close();
    }
}

fn api_router(cookie: &str) -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::head(cookie)).nest("/api/v1", api::routes())
}

/// What pages may load: usually, and where an outside identity's scripts are part of them.
fn content_policies(app: &App, settings: &WebSettings) -> Result<[HeaderValue; 2], AllowedSource> {
    let usual = settings.allowed_sources.as_slice();
    let outside = app.outside().map(|outside| outside.sign_in_page().content_security.clone());
    let theirs = outside.into_iter().flatten().flat_map(|(directive, sources)| {
        sources.into_iter().map(move |source| AllowedSource { directive, source })
    });
    let wide: Vec<AllowedSource> = usual.iter().cloned().chain(theirs).collect();
    Ok([protect::content_policy(usual)?, protect::content_policy(&wide)?])
}

/// The API's document, complete or as the routes alone say it.
pub(crate) fn document(cookie: &str, complete: bool) -> Value {
    let (_, document) = api_router(cookie).split_for_parts();
    // It is made of strings and numbers: it always becomes JSON.
    let document = serde_json::to_value(document).unwrap_or_default();
    if complete { openapi::complete(document) } else { document }
}

async fn get_document(State(web): State<Shared>) -> Response {
    let mut answer = web.document.clone().into_response();
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    answer
}

async fn no_such_route() -> Problem {
    Problem::new("no-such-route", "there is nothing at this address")
}

async fn other_method() -> Problem {
    Problem::new("method-not-allowed", "this address is there, and takes other methods")
}

/// What is answered when a route broke down. The cause has gone to the log.
fn broken(_: Box<dyn Any + Send>) -> Response {
    Problem::new("internal", "something here is broken: tell the person who runs this installation")
        .into_response()
}

/// Texts of some length. Pictures and archives are compressed already, and events would be held back.
fn worth_compressing() -> impl Predicate {
    let stored = ["application/zip", "application/octet-stream"].map(NotForContentType::const_new);
    let [zip, bytes] = stored;
    SizeAbove::new(512).and(NotForContentType::IMAGES).and(NotForContentType::SSE).and(zip).and(bytes)
}

/// Finds out who calls, for limits and routes.
async fn find_caller(State(web): State<Shared>, mut request: Request, next: Next) -> Response {
    let identity = identify(&web, request.headers()).await;
    request.extensions_mut().insert(identity.clone());
    let mut answer = next.run(request).await;
    // Whoever shows a problem to a person wants to know whom.
    answer.extensions_mut().insert(identity);
    answer
}
