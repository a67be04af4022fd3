//! The scene of the tests: an installation in a folder of its own, and people who ask it for things.

#![allow(dead_code, unreachable_pub)]

mod fakes;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use app::{App, Maker, Ports, Settings};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use database::{Sqlite, SqliteOptions};
use domain::credit::Credits;
use domain::digest::Digest;
use domain::links::LinkSigner;
use domain::object_key::ObjectKey;
use domain::policy::{Policy, PolicyVersion};
use domain::ports::clock::Clock;
use domain::style::Catalogue;
use domain::time::Timestamp;
use http_body_util::BodyExt;
use identity::{Argon2id, Argon2idConfig, RandomTokens};
use serde_json::{Value, json};
use storage::{Folder, FolderConfig};
use tempfile::TempDir;
use tower::ServiceExt;
use web::{Web, WebSettings};

pub use fakes::*;

pub const PASSWORD: &str = "four plain words here";

/// An installation.
pub struct House {
    pub app: Arc<App>,
    pub web: Web,
    pub router: Router,
    pub clock: Arc<TestClock>,
    pub folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The name of the problem that it is.
    pub fn problem(&self) -> String {
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{self:?}");
        let document = self.json();
        assert_eq!(document["status"], self.status.as_u16());
        document["type"].as_str().unwrap().strip_prefix("/docs#problem-").unwrap().to_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What a caller shows.
#[derive(Clone, Debug, Default)]
pub enum Credential {
    #[default]
    None,
    Cookie(String),
    Key(String),
}

pub fn policy() -> Policy {
    Policy {
        version: PolicyVersion { version: "2026-11-24".into(), digest: Digest::new([1; 32]) },
        text: "We keep what you upload for 30 days.".into(),
        published_at: Timestamp::from_millis(1_795_392_000_000),
    }
}

impl House {
    pub async fn new() -> House {
        House::with(|_| {}, WebSettings::default()).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings), web: WebSettings) -> House {
        House::on(|_| {}, change, web).await
    }

    /// A house in which somebody else stands behind a port.
    pub async fn on(
        exchange: impl FnOnce(&mut Ports),
        change: impl FnOnce(&mut Settings),
        web: WebSettings,
    ) -> House {
        let folder = TempDir::new().unwrap();
        let objects = FolderConfig { path: folder.path().join("objects"), reserve_bytes: 0 };
        std::fs::create_dir(&objects.path).unwrap();
        let clock = Arc::new(TestClock::default());
        clock.0.store(1_795_392_000_000, Ordering::Relaxed);
        let maker = Maker { provider: Arc::new(Easel), model: "easel 1".into(), send_to: None };
        let mut ports = Ports {
            database: Arc::new(
                Sqlite::open(SqliteOptions::new(folder.path().join("test.db"))).await.unwrap(),
            ),
            objects: Arc::new(Folder::open(&objects).unwrap()),
            makers: vec![maker],
            pictures: Arc::new(FakePictures),
            passwords: Arc::new(Argon2id::new(&Argon2idConfig::default()).unwrap()),
            outside: None,
            payments: Arc::new(payments::Free),
            tokens: Arc::new(RandomTokens::new(&[7; 32])),
            clock: clock.clone(),
            randomness: Arc::new(CountedRandomness::default()),
            sender: Arc::new(NoSender),
            links: LinkSigner::new(&[3; 32], None).unwrap(),
            nodes: None,
        };
        exchange(&mut ports);
        let mut settings = Settings::new(policy());
        settings.welcome = Credits::new(100);
        change(&mut settings);
        let app = Arc::new(App::new(ports, settings, Catalogue::built_in().unwrap()).unwrap());
        app.prepare().await.unwrap();
        let web = Web::new(Arc::clone(&app), web).unwrap();
        House { router: web.router(), app, web, clock, folder }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Asks with a JSON body, or without one.
    pub async fn ask(&self, who: &Credential, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = shown(Request::builder().method(method).uri(path), who);
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, who: &Credential, path: &str) -> Answer {
        self.ask(who, "GET", path, None).await
    }

    /// A person who has just signed up and allowed nothing.
    pub async fn newcomer(&self, name: &str) -> Credential {
        let body = json!({ "email": format!("{name}@example.org"), "name": name, "password": PASSWORD });
        let answer = self.ask(&Credential::None, "POST", "/api/v1/account", Some(body)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        cookie(&answer)
    }

    /// A person who allows to keep photos.
    pub async fn person(&self, name: &str) -> Credential {
        let who = self.newcomer(name).await;
        let version = policy().version;
        let body = json!({ "policy": { "version": version.version, "digest": version.digest.to_string() } });
        let answer = self.ask(&who, "PUT", "/api/v1/consents/keep-photos", Some(body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        who
    }

    pub async fn upload(&self, who: &Credential, bytes: &'static [u8]) -> Answer {
        let request = shown(Request::post("/api/v1/photos"), who).header(CONTENT_TYPE, "image/jpeg");
        self.send(request.body(Body::from(bytes)).unwrap()).await
    }

    pub async fn photo(&self, who: &Credential) -> String {
        let answer = self.upload(who, b"face").await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// A generation of two images that has ended.
    pub async fn generation(&self, who: &Credential) -> String {
        let generation = self.queued(who, 2).await;
        assert!(self.app.work_once(8).await.unwrap() > 0);
        generation
    }

    /// A generation that waits.
    pub async fn queued(&self, who: &Credential, count: u8) -> String {
        let photo = self.photo(who).await;
        let body = json!({ "kind": "headshot", "style": "studio-white", "photos": [photo], "count": count });
        let answer = self.ask(who, "POST", "/api/v1/generations", Some(body)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Has everything about somebody gathered, and waits until it is.
    pub async fn gathers(&self, who: &Credential) {
        assert_eq!(self.ask(who, "POST", "/api/v1/account/archive", None).await.status, 202);
        let key = ObjectKey::Archive(self.id_of(who).await.parse().unwrap());
        let objects = &self.app.ports().objects;
        // It lies there empty until it is whole.
        while objects.head(key, self.now()).await.unwrap().bytes == 0 {
            tokio::task::yield_now().await;
        }
    }

    pub async fn key(&self, who: &Credential, scopes: &[&str]) -> (Credential, String) {
        let body = json!({ "name": "a program", "scopes": scopes });
        let answer = self.ask(who, "POST", "/api/v1/api-keys", Some(body)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let issued = answer.json();
        let id = issued["key"]["id"].as_str().unwrap().to_owned();
        (Credential::Key(issued["secret"].as_str().unwrap().to_owned()), id)
    }

    pub async fn id_of(&self, who: &Credential) -> String {
        self.get(who, "/api/v1/account").await.json()["id"].as_str().unwrap().to_owned()
    }
}

/// The session that an answer sets.
pub fn cookie(answer: &Answer) -> Credential {
    let text = answer.headers[SET_COOKIE].to_str().unwrap();
    Credential::Cookie(text.split(';').next().unwrap().to_owned())
}

/// A request with what the caller shows.
pub fn shown(request: axum::http::request::Builder, who: &Credential) -> axum::http::request::Builder {
    match who {
        Credential::None => request,
        Credential::Cookie(cookie) => request.header(COOKIE, cookie),
        Credential::Key(key) => request.header(AUTHORIZATION, format!("Bearer {key}")),
    }
}
