//! A stand-in for an S3 server as Cloudflare R2 is one, on the [`s3s`] library: signatures are checked, lifecycle rules are kept
//! and carried out by a clock that a test moves, and what R2 refuses is refused
//! ([R2's S3 compatibility](https://developers.cloudflare.com/r2/api/s3/api/)).

mod lifecycle;
mod refusals;
mod service;
mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};

use self::service::Front;
use self::store::Store;

/// The one bucket there is.
pub const BUCKET: &str = "pictures";
/// The region that requests are signed for.
pub const REGION: &str = "auto";
/// The key with which everything may be done, and its secret.
pub const ADMIN: (&str, &str) = ("admin-key", "admin-secret-0123456789");
/// The key with which objects may be read and written and nothing else, and its secret.
pub const OBJECTS: (&str, &str) = ("object-key", "object-secret-0123456789");

/// What a test may look at and change. Clones are the same one.
#[derive(Clone)]
pub struct S3 {
    store: Arc<Mutex<Store>>,
}

/// An object as it lies in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its length.
    pub bytes: usize,
    /// Its own headers, without what S3 adds.
    pub metadata: BTreeMap<String, String>,
}

impl S3 {
    /// An empty bucket without rules, by the clock of this machine.
    pub fn new() -> Self {
        S3 { store: Arc::new(Mutex::new(Store::new())) }
    }

    /// What it answers, for [`Server::start`](crate::Server::start).
    pub fn routes(&self) -> Router {
        let mut builder = S3ServiceBuilder::new(Front { store: Arc::clone(&self.store) });
        builder.set_auth(Keys { store: Arc::clone(&self.store) });
        builder.set_access(refusals::Rights);
        // A clock that was moved ahead signs for a time that has not come yet.
        let mut config = S3Config::default();
        config.presigned_url_max_skew_time_secs = u32::MAX;
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        let (service, store) = (builder.build(), Arc::clone(&self.store));
        Router::new().fallback(move |request| answer(service.clone(), Arc::clone(&store), request))
    }

    /// Moves the clock ahead, and carries the rules out: as late as R2 may, a day after an object's time is over.
    pub fn pass(&self, span: Duration) {
        self.store.lock().unwrap().pass(span);
    }

    /// The moment by its clock.
    pub fn now(&self) -> SystemTime {
        self.store.lock().unwrap().now()
    }

    /// No key is known any more.
    pub fn revoke_keys(&self) {
        self.store.lock().unwrap().revoked = true;
    }

    /// The keys are known again.
    pub fn restore_keys(&self) {
        self.store.lock().unwrap().revoked = false;
    }

    /// Lays an object there, past every check.
    pub fn put(&self, key: &str, body: &[u8], metadata: &[(&str, &str)]) {
        self.store.lock().unwrap().put(key, body, metadata);
    }

    /// Everything in the bucket by its key.
    pub fn objects(&self) -> BTreeMap<String, Stored> {
        let store = self.store.lock().unwrap();
        let stored = |object: &store::Object| Stored {
            bytes: object.body.len(),
            metadata: object.metadata.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        };
        store.objects.iter().map(|(key, object)| (key.clone(), stored(object))).collect()
    }

    /// How many uploads were begun and neither finished nor given up.
    pub fn unfinished(&self) -> usize {
        self.store.lock().unwrap().uploads.len()
    }

    /// Changes one bit of an object, as a disk may.
    pub fn rot(&self, key: &str) {
        self.store.lock().unwrap().rot(key);
    }
}

impl Default for S3 {
    fn default() -> Self {
        S3::new()
    }
}

/// Answers a request, unless R2 would refuse it before looking closer or its address is too old by the moved clock.
async fn answer(mut service: S3Service, store: Arc<Mutex<Store>>, request: Request) -> Response {
    if let Some(refusal) = refusals::of(request.headers(), request.uri()) {
        return refusal.into_response();
    }
    let now = store.lock().unwrap().now();
    if refusals::is_too_old(request.uri(), now) {
        return refusals::error(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired").into_response();
    }
    match tower_call(&mut service, request).await {
        Ok(response) => response.map(axum::body::Body::new),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
    }
}

async fn tower_call(service: &mut S3Service, request: Request) -> Result<s3s::HttpResponse, s3s::HttpError> {
    use tower::Service;
    service.call(request).await
}

/// The two keys.
struct Keys {
    store: Arc<Mutex<Store>>,
}

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, id: &str) -> S3Result<SecretKey> {
        let revoked = self.store.lock().unwrap().revoked;
        let known = [ADMIN, OBJECTS].into_iter().find(|(known, _)| *known == id && !revoked);
        known.map(|(_, secret)| SecretKey::from(secret)).ok_or_else(|| s3_error!(InvalidAccessKeyId))
    }
}
