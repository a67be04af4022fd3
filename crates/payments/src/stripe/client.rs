//! Talking to Stripe: one request, tried again where that is safe, and its answer or whose turn it is.

use std::time::Duration;

use domain::ports::payments::PaymentError;
use domain::secret::Secret;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::form::Form;

/// The version of the API that is spoken here, <https://docs.stripe.com/api/versioning>.
pub(super) const VERSION: &str = "2026-10-28.endive";
/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// Tries in all.
const TRIES: u32 = 3;
/// The pause before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(250);
/// The most bytes of an answer that are read.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// What Stripe says when it does not do what it is asked, <https://docs.stripe.com/api/errors>.
#[derive(Debug, Deserialize)]
struct Refusal {
    error: RefusalBody,
}

#[derive(Debug, Default, Deserialize)]
struct RefusalBody {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    param: Option<String>,
}

/// A refusal in the words of a log: what it says in full may name people.
#[derive(Debug, thiserror::Error)]
#[error("status {status}, code {code}, about {param}")]
struct Refused {
    status: u16,
    code: String,
    param: String,
}

/// Why something can't be used.
pub(super) fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> PaymentError {
    PaymentError::Unavailable(Box::new(error))
}

fn unreadable(what: &'static str) -> PaymentError {
    unavailable(std::io::Error::other(what))
}

/// The API.
pub(super) struct Api {
    http: Client,
    url: String,
    key: Secret,
}

impl Api {
    pub(super) fn new(http: Client, url: String, key: Secret) -> Self {
        Api { http, url, key }
    }

    /// Reads something. `path` begins with a slash; ids in it have been looked at by [`id`].
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &Form) -> Result<T, PaymentError> {
        let path =
            if query.as_str().is_empty() { path.to_owned() } else { format!("{path}?{}", query.as_str()) };
        self.insist(Method::GET, &path, None).await
    }

    /// Makes something: once for each key however often it is asked, or something that is worth nothing if it is not used.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &Form,
        key: Option<&str>,
    ) -> Result<T, PaymentError> {
        self.insist(Method::POST, path, Some((form, key))).await
    }

    /// Deletes something.
    pub(super) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, PaymentError> {
        self.insist(Method::DELETE, path, None).await
    }

    /// Every request here can be sent again: what makes something carries a key.
    async fn insist<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        form: Option<(&Form, Option<&str>)>,
    ) -> Result<T, PaymentError> {
        let mut pause = PAUSE;
        for last in (0..TRIES).map(|n| n + 1 == TRIES) {
            match self.send(method.clone(), path, form).await {
                Ok(answer) if answer.status().is_success() => return read(answer).await,
                Ok(answer) if last || !again(answer.status()) => return Err(refusal(answer).await),
                Err(error) if last => return Err(unavailable(error)),
                Ok(answer) => pause = pause.max(wanted(&answer)),
                Err(_) => {}
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(unreadable("no try was made"))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        form: Option<(&Form, Option<&str>)>,
    ) -> Result<Response, reqwest::Error> {
        let request = self
            .http
            .request(method, format!("{}/v1{path}", self.url))
            .bearer_auth(self.key.expose())
            .header("Stripe-Version", VERSION)
            .timeout(PATIENCE);
        let Some((form, key)) = form else { return request.send().await };
        let request = match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        };
        request
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .body(form.as_str().to_owned())
            .send()
            .await
    }
}

/// Whether the same request may go well a moment later.
fn again(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::CONFLICT
}

/// The pause that the answer asks for, within bounds.
fn wanted(answer: &Response) -> Duration {
    let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0).min(5))
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, PaymentError> {
    // The error would quote what is in it.
    serde_json::from_slice(&body(answer).await?).map_err(|_| unreadable("the answer can't be read"))
}

async fn body(mut answer: Response) -> Result<Vec<u8>, PaymentError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(unreadable("the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn refusal(answer: Response) -> PaymentError {
    let status = answer.status();
    let body = body(answer).await.unwrap_or_default();
    let said = serde_json::from_slice::<Refusal>(&body).map(|refusal| refusal.error).unwrap_or_default();
    let missing = status == StatusCode::NOT_FOUND || said.code.as_deref() == Some("resource_missing");
    let refused = Refused {
        status: status.as_u16(),
        code: said.code.unwrap_or_default(),
        param: said.param.unwrap_or_default(),
    };
    if again(status) {
        unavailable(refused)
    } else if missing {
        PaymentError::Unknown
    } else {
        PaymentError::Refused(Box::new(refused))
    }
}

/// An id that may stand in a path: it leads nowhere else.
pub(super) fn id(text: &str) -> Result<&str, PaymentError> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain && (1..=255).contains(&text.len()) { Ok(text) } else { Err(PaymentError::Unknown) }
}
