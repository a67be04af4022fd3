//! The engine as a provider: the same port that services far away are reached through.
//!
//! Rendering keeps both cores busy for a second or so, which no async runtime should be asked to bear: each call has a thread
//! of its own. Dropping the future tells that thread to stop after the picture at hand.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use domain::attempt::AttemptCost;
use domain::ports::provider::{
    Answer, Background, Capabilities, Generating, MadeBy, OnProgress, Outage, Picture, Progress, Provider,
    ProviderError, Request,
};
use domain::style::Recipe;
use domain::{AspectRatio, MediaType, StyleKind};
use imaging::provenance::{self, Source};
use imaging::{Limits, Rgba8, decode, encode};

use crate::thumbnail::ThumbnailError;
use crate::{Engine, EngineError, HeadshotOptions, OwnBackground, Subject};

mod thumbnail;

use thumbnail::thumbnail;

/// JPEG quality of a finished headshot: no loss that is seen.
const QUALITY: u8 = 94;
/// Bytes that every video platform takes for a thumbnail.
const THUMBNAIL_BYTES: usize = 2_000_000;

impl Provider for Engine {
    fn id(&self) -> &str {
        "engine"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            kinds: vec![StyleKind::Headshot, StyleKind::Thumbnail],
            aspects: AspectRatio::ALL.to_vec(),
            max_photos: 1,
            max_count: 16,
            at_once: 1,
            max_long_side: 4096,
            typesets: true,
            local: true,
        }
    }

    fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a> {
        let shared = Arc::new(Shared::default());
        let (engine, wish, there) = (self.clone(), request.clone(), Arc::clone(&shared));
        let spawned = std::thread::Builder::new().name("engine".into()).spawn(move || {
            let result = make(&engine, &wish, &there);
            there.end(result);
        });
        if let Err(error) = spawned {
            let detail = error.to_string();
            shared.end(Err(unavailable(Outage::Busy, detail)));
        }
        Box::pin(Making { shared, progress, requested: request.options.count, told: 0 })
    }
}

/// What the thread and the future share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    given_up: AtomicBool,
}

#[derive(Default)]
struct State {
    finished: u32,
    result: Option<Result<Answer, ProviderError>>,
    waker: Option<Waker>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.state();
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn one_more(&self) {
        self.change(|state| state.finished += 1);
    }

    fn end(&self, result: Result<Answer, ProviderError>) {
        self.change(|state| state.result = Some(result));
    }
}

/// The future of a call.
struct Making<'a> {
    shared: Arc<Shared>,
    progress: OnProgress<'a>,
    requested: u32,
    told: u32,
}

impl Future for Making<'_> {
    type Output = Result<Answer, ProviderError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (finished, result) = {
            let mut state = self.shared.state();
            state.waker = Some(context.waker().clone());
            (state.finished, state.result.take())
        };
        if finished > self.told {
            self.told = finished;
            (self.progress)(Progress { finished, requested: self.requested });
        }
        result.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.shared.given_up.store(true, Ordering::Relaxed);
    }
}

fn make(engine: &Engine, request: &Request, shared: &Shared) -> Result<Answer, ProviderError> {
    let photo = request.photos.first().ok_or_else(|| invalid("no photo was sent"))?;
    let subject = engine.prepare(photo.bytes())?;
    let background = match &request.options.background {
        Some(Background::Picture(picture)) => Some(OwnBackground::Picture(Arc::new(
            decode(picture.bytes(), &Limits::default()).map_err(EngineError::Photo)?,
        ))),
        Some(Background::Colour(colour)) => Some(OwnBackground::Colour(*colour)),
        None => None,
    };
    let logo = request.options.thumbnail.as_ref().and_then(|thumbnail| thumbnail.logo.as_ref());
    let logo = logo.map(|logo| decode::decode_with_alpha(logo.bytes(), &Limits::default()));
    let logo = logo.transpose().map_err(EngineError::Photo)?;
    let mut pictures = Vec::new();
    for n in 0..request.options.count {
        if shared.given_up.load(Ordering::Relaxed) {
            break;
        }
        let n = request.options.first.saturating_add(n);
        pictures.push(picture(engine, &subject, request, background.as_ref(), logo.as_ref(), n)?);
        shared.one_more();
    }
    let model = concat!("covershots-engine/", env!("CARGO_PKG_VERSION")).to_owned();
    let made_by = MadeBy { provider: engine.id().to_owned(), model, reference: None };
    Ok(Answer { pictures, made_by, cost: AttemptCost::default() })
}

fn picture(
    engine: &Engine,
    subject: &Subject,
    request: &Request,
    background: Option<&OwnBackground>,
    logo: Option<&Rgba8>,
    n: u32,
) -> Result<Picture, ProviderError> {
    let options = &request.options;
    let size = options.aspect.size(options.long_side);
    let file = match &request.style.recipe {
        Recipe::Headshot(recipe) => {
            let options = HeadshotOptions {
                size,
                count: options.count,
                background: background.cloned(),
                seed: options.seed,
            };
            let recipe = Arc::new((**recipe).clone());
            let made = engine.headshot_observed(subject, &recipe, &options, n, &mut |_| {})?;
            encode::jpeg(&made, QUALITY).map_err(EngineError::Encode)?
        }
        Recipe::Thumbnail(recipe) => {
            let made = thumbnail(subject, recipe, options, background, logo, n)?;
            encode::jpeg_under(&made, THUMBNAIL_BYTES).map_err(EngineError::Encode)?.0
        }
    };
    Ok(Picture::new(MediaType::Jpeg, provenance::mark(file, Source::Composite).bytes))
}

fn unavailable(cause: Outage, detail: String) -> ProviderError {
    ProviderError::Unavailable { cause, retry_after: None, detail, cost: AttemptCost::default() }
}

fn invalid(detail: impl ToString) -> ProviderError {
    ProviderError::Invalid { detail: detail.to_string() }
}

impl From<EngineError> for ProviderError {
    /// A photo was checked before it came here, so what can't be made of it is the caller's mistake; a model that fails is
    /// ours, and another provider may serve.
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Model { .. } => unavailable(Outage::Down, error.to_string()),
            other => invalid(other),
        }
    }
}

impl From<ThumbnailError> for ProviderError {
    /// What is wrong with a title only shows when it is set: that is the person's to change, and told in words for them.
    fn from(error: ThumbnailError) -> Self {
        match error {
            ThumbnailError::Title(_) | ThumbnailError::NoRoom(_) | ThumbnailError::TooFewTitles { .. } => {
                ProviderError::Refused {
                    reason: error.to_string(),
                    detail: "the title can't be set".into(),
                    cost: AttemptCost::default(),
                }
            }
            other => invalid(other),
        }
    }
}
