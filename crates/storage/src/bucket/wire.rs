//! One request to the bucket: signed, sent, waited for, tried again.
//!
//! Requests carry their signature in the address ([AWS Signature Version 4, query
//! parameters](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)), so no address is ever put
//! into an error or a log. Every request here may be sent twice: what it does the second time is what it did the first.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::ports::objects::{DirectLink, ObjectsError};
use domain::secret::Secret;
use domain::time::Timestamp;
use md5::{Digest as _, Md5};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use rusty_s3::UrlStyle;

use super::config::{BucketConfig, BucketConfigError, Patience};
use super::xml;

pub(super) use rusty_s3::Method;

/// How long the signature of a request of ours is good. It is sent at once; the rest is for clocks that differ.
const VALID_FOR: Duration = Duration::from_secs(300);
/// The longest error answer that is read, in bytes.
const ERROR_BYTES: usize = 64 * 1024;

/// The line to one bucket.
pub(super) struct Wire {
    http: Client,
    bucket: rusty_s3::Bucket,
    access_key_id: String,
    secret_access_key: Secret,
    patience: Patience,
}

/// One request. Headers are signed with it.
pub(super) struct Call {
    pub(super) method: Method,
    /// The object's key; `None` is the bucket itself.
    pub(super) key: Option<String>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

impl Call {
    /// A request about the bucket.
    pub(super) fn bucket(method: Method) -> Self {
        Call { method, key: None, query: Vec::new(), headers: Vec::new(), body: Bytes::new() }
    }

    /// A request about an object.
    pub(super) fn object(method: Method, key: impl ToString) -> Self {
        Call { key: Some(key.to_string()), ..Call::bucket(method) }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// A body with its MD5, by which the bucket knows that it came whole.
    pub(super) fn body(mut self, body: Bytes) -> Self {
        self = self.header("content-md5", STANDARD.encode(Md5::digest(&body)));
        self.body = body;
        self
    }
}

/// How a document is read.
type Read<T> = fn(&str) -> Result<T, Failed>;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// The bucket said no.
    #[error("the bucket answered {status} {code}")]
    Answer {
        /// The HTTP status.
        status: StatusCode,
        /// The code of the error document; empty when there was none.
        code: String,
    },
    /// Nothing that could be read came back.
    #[error("the bucket did not answer")]
    Silence(#[source] reqwest::Error),
    /// The answer is none that S3 gives.
    #[error("the bucket's answer can't be read: {0}")]
    Unreadable(String),
}

impl Failed {
    /// Whether it is the answer to a thing that is not there.
    pub(super) fn is_missing(&self) -> bool {
        // The answer to HEAD has no document, so there is no code.
        self.is(StatusCode::NOT_FOUND) && matches!(self.code(), "" | "NoSuchKey" | "NotFound")
    }

    /// Whether it has this status.
    pub(super) fn is(&self, wanted: StatusCode) -> bool {
        matches!(self, Failed::Answer { status, .. } if *status == wanted)
    }

    /// The code of the error document.
    pub(super) fn code(&self) -> &str {
        match self {
            Failed::Answer { code, .. } => code,
            _ => "",
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            Failed::Answer { status, code } => {
                status.is_server_error() && *status != StatusCode::NOT_IMPLEMENTED
                    || matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
                    || matches!(&**code, "RequestTimeout" | "BadDigest" | "IncompleteBody")
            }
            Failed::Silence(error) => !error.is_builder(),
            Failed::Unreadable(_) => true,
        }
    }

    /// Whose turn it is, in the words of the port.
    pub(super) fn while_doing(self, doing: &'static str) -> ObjectsError {
        match self {
            Failed::Answer { status: StatusCode::INSUFFICIENT_STORAGE, .. } => ObjectsError::Full,
            Failed::Answer { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, code } => {
                let reason = if code.is_empty() { "AccessDenied".to_owned() } else { code };
                ObjectsError::Refused { reason }
            }
            Failed::Answer { status: StatusCode::NOT_FOUND, code } if code == "NoSuchBucket" => {
                ObjectsError::Refused { reason: code }
            }
            other => ObjectsError::unavailable(doing, other),
        }
    }
}

impl Wire {
    pub(super) fn new(config: &BucketConfig) -> Result<Self, BucketConfigError> {
        config.validate()?;
        let url = config.url()?;
        // An error says that there is a provider already.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let mut http = Client::builder()
            .https_only(url.scheme() == "https")
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(config.patience.connect)
            .read_timeout(config.patience.silence)
            .user_agent(concat!("covershots/", env!("CARGO_PKG_VERSION")));
        if config.is_local() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| BucketConfigError::Client(error.to_string()))?;
        let endpoint = config.endpoint.clone();
        let bucket = rusty_s3::Bucket::new(url, UrlStyle::Path, config.bucket.clone(), config.region.clone());
        Ok(Wire {
            http,
            bucket: bucket.map_err(|_| BucketConfigError::Endpoint(endpoint))?,
            access_key_id: config.access_key_id.clone(),
            secret_access_key: config.secret_access_key.clone(),
            patience: config.patience,
        })
    }

    pub(super) fn bucket_name(&self) -> &str {
        self.bucket.name()
    }

    pub(super) fn patience(&self) -> Patience {
        self.patience
    }

    /// Sends a request until it is answered with success, as often as we are patient.
    pub(super) async fn send(&self, call: &Call) -> Result<Response, Failed> {
        let mut tried = 0;
        loop {
            let failed = match self.send_once(call).await {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            tried += 1;
            if tried >= self.patience.tries || !failed.0.may_pass() {
                return Err(failed.0);
            }
            self.rest(tried, failed.1).await;
        }
    }

    /// Sends a request and reads the document that it is answered with. An error document with status 200, as long tasks are
    /// answered, is an error; one that can't be read is asked for again.
    pub(super) async fn ask<T>(&self, call: &Call, read: Read<T>) -> Result<T, Failed> {
        let mut tried = 0;
        loop {
            let failed = match self.ask_once(call, read).await {
                Ok(document) => return Ok(document),
                Err(failed) => failed,
            };
            tried += 1;
            if tried >= self.patience.tries || !failed.0.may_pass() {
                return Err(failed.0);
            }
            self.rest(tried, failed.1).await;
        }
    }

    /// Waits before the next try: twice as long each time, a little more or less so that many don't come back at once.
    pub(super) async fn rest(&self, tried: u32, at_least: Duration) {
        let span = self.patience.pause * 2u32.saturating_pow(tried.saturating_sub(1).min(10));
        let mut draw = [0; 1];
        // Without randomness there is no spread, and that is all.
        let _ = getrandom::fill(&mut draw);
        let spread = span / 4 * u32::from(draw[0]) / 255;
        tokio::time::sleep((span + spread).max(at_least)).await;
    }

    async fn ask_once<T>(&self, call: &Call, read: Read<T>) -> Result<T, (Failed, Duration)> {
        let response = self.send_once(call).await?;
        let status = response.status();
        let text = response.text().await.map_err(|error| (silence(error), Duration::ZERO))?;
        match xml::error_code(&text) {
            // The status says that it went well and the document that it did not: try again as if it had said so.
            Some(code) => {
                let status = if code == "InternalError" { StatusCode::INTERNAL_SERVER_ERROR } else { status };
                Err((Failed::Answer { status, code }, Duration::ZERO))
            }
            None => read(&text).map_err(|failed| (failed, Duration::ZERO)),
        }
    }

    async fn send_once(&self, call: &Call) -> Result<Response, (Failed, Duration)> {
        let url = self.signed(call, &jiff::Timestamp::now(), VALID_FOR);
        let method = match call.method {
            Method::Head => reqwest::Method::HEAD,
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = self.http.request(method, url);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if matches!(call.method, Method::Put | Method::Post) {
            request = request.header("content-length", call.body.len()).body(call.body.clone());
        }
        let response = request.send().await.map_err(|error| (silence(error), Duration::ZERO))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, wait) = (response.status(), retry_after(response.headers()));
        Err((Failed::Answer { status, code: code_of(response).await }, wait))
    }

    /// An address with which whoever has it reads an object from `now` on, for so long.
    pub(super) fn link(&self, wanted: &DirectLink, now: Timestamp) -> Option<Secret> {
        let now = i64::try_from(now.millis()).ok()?;
        let now = jiff::Timestamp::from_millisecond(now).ok()?;
        let mut call = Call::object(Method::Get, wanted.key);
        if let Some(name) = &wanted.file_name {
            let kept = format!("attachment; filename=\"{name}\"");
            call = call.query("response-content-disposition", kept);
        }
        Some(Secret::new(self.signed(&call, &now, wanted.valid_for).as_str()))
    }

    fn signed(&self, call: &Call, now: &jiff::Timestamp, valid_for: Duration) -> Url {
        let url = match &call.key {
            Some(key) => self.bucket.object_url(key),
            None => self.bucket.base_url().clone(),
        };
        let mut query: Vec<(&str, &str)> =
            call.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        query.sort_unstable();
        let mut headers: Vec<(&str, &str)> =
            call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers.sort_unstable();
        rusty_s3::signing::sign(
            now,
            call.method,
            url,
            &self.access_key_id,
            self.secret_access_key.expose(),
            None,
            self.bucket.region(),
            valid_for.as_secs().clamp(1, 604_800),
            query.into_iter(),
            headers.into_iter(),
        )
    }
}

/// A failure of the network, without the address: it is signed.
pub(super) fn silence(error: reqwest::Error) -> Failed {
    Failed::Silence(error.without_url())
}

/// How long the bucket asks us to wait, half a minute at most.
fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0).min(30))
}

/// The code of an error document; empty when there is none.
async fn code_of(mut response: Response) -> String {
    let mut text = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        text.extend_from_slice(&piece);
        if text.len() > ERROR_BYTES {
            break;
        }
    }
    xml::error_code(&String::from_utf8_lossy(&text)).unwrap_or_default()
}
