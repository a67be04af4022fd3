//! The scene: a stand-in, our client before it, and a clock that is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::ports::BoxFuture;
use domain::ports::clock::Clock;
use domain::ports::provider::{Answer, Options, Picture, Provider, ProviderError, Request};
use domain::secret::Secret;
use domain::style::{Catalogue, StyleKind};
use domain::{AspectRatio, MediaType, Timestamp};
use providers::gemini::GeminiSettings;
use providers::openai::OpenAiSettings;
use providers::{Gemini, OpenAi};
use standins::{Server, gemini, openai};

pub const KEY: &str = "a-key-of-the-test";

#[derive(Default)]
pub struct TestClock(AtomicU64);

impl TestClock {
    pub fn pass(&self, span: Duration) {
        self.0.fetch_add(span.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_600_800_000 + self.0.load(Ordering::Relaxed))
    }

    fn wait(&self, span: Duration) -> BoxFuture<'_, ()> {
        self.pass(span);
        Box::pin(async {})
    }
}

pub fn photo() -> Picture {
    Picture::new(MediaType::Jpeg, include_bytes!("../../../../examples/photos/obama.jpg").to_vec())
}

pub fn request(kind: StyleKind, style: &str) -> Request {
    let catalogue = Catalogue::built_in().unwrap();
    Request {
        photos: vec![photo(), photo()],
        style: Arc::new(catalogue.find(kind, style).unwrap().clone()),
        options: Options {
            count: 1,
            first: 0,
            aspect: AspectRatio::Portrait4x5,
            long_side: 1024,
            background: None,
            title: None,
            note: None,
            seed: 5,
            thumbnail: None,
        },
    }
}

pub fn headshot() -> Request {
    request(StyleKind::Headshot, "corporate")
}

/// Gemini as it is played, and our client of it.
pub async fn gemini() -> (Server, gemini::Gemini, Gemini) {
    gemini_with(|_| {}).await
}

pub async fn gemini_with(change: impl FnOnce(&mut GeminiSettings)) -> (Server, gemini::Gemini, Gemini) {
    let standin = gemini::Gemini::new(KEY);
    let server = Server::start(standin.routes()).await;
    let mut settings = GeminiSettings::new(Secret::new(KEY));
    settings.line.base_url = server.url();
    change(&mut settings);
    let client = Gemini::new(&settings, Arc::new(TestClock::default())).unwrap();
    (server, standin, client)
}

/// OpenAI as it is played, and our client of it.
pub async fn openai() -> (Server, openai::OpenAi, OpenAi) {
    openai_with(|_| {}).await
}

pub async fn openai_with(change: impl FnOnce(&mut OpenAiSettings)) -> (Server, openai::OpenAi, OpenAi) {
    let standin = openai::OpenAi::new(KEY);
    let server = Server::start(standin.routes()).await;
    let mut settings = OpenAiSettings::new(Secret::new(KEY));
    settings.line.base_url = server.url();
    change(&mut settings);
    let client = OpenAi::new(&settings, Arc::new(TestClock::default())).unwrap();
    (server, standin, client)
}

pub async fn make(provider: &dyn Provider, request: &Request) -> Result<Answer, ProviderError> {
    provider.generate(request, &|_| {}).await
}
