//! Problems: what an error looks like on the wire ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).
//!
//! The `type` is stable and leads to the page that explains it; `detail` is for a person; the rest is for programs. What
//! only the operator should read goes to the log, never into an answer.

mod kinds;

use app::{AppError, Turn};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::credit::CreditError;
use domain::ports::objects::ObjectsError;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::api::photos::CheckView;

pub use kinds::{KINDS, ProblemKind};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not carried out.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: &'static ProblemKind,
    detail: String,
    /// Most problems have nothing more to say.
    more: Option<Box<More>>,
}

/// What only some problems say.
#[derive(Clone, Debug, Default)]
struct More {
    field: Option<String>,
    scope: Option<&'static str>,
    purpose: Option<String>,
    balance: Option<u32>,
    needed: Option<u32>,
    check: Option<Box<CheckView>>,
    retry_after: Option<u64>,
    range_of: Option<u64>,
}

/// A problem on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemView<'a> {
    /// What kind of problem it is. Stable, and leads to a page that explains it.
    #[serde(rename = "type")]
    #[schema(example = "/docs#problem-insufficient-credits")]
    type_: String,
    /// The kind in a few words, the same each time.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 402)]
    status: u16,
    /// What happened this time, in words for a person.
    detail: &'a str,
    /// Whose turn it is: `caller`, `retry` (the same request may succeed later) or `operator`.
    #[schema(example = "caller")]
    turn: &'static str,
    /// The field that is not good.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// The scope that the API key lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    /// The purpose that has to be consented to.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    /// Credits that there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<u32>,
    /// Credits that it would take.
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<u32>,
    /// What was found in the photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'a CheckView>,
}

impl Problem {
    /// A problem of a kind of [`KINDS`].
    pub(crate) fn new(name: &str, detail: impl Into<String>) -> Self {
        let problem = Problem { kind: kinds::kind(name), detail: detail.into(), more: None };
        if problem.status() == StatusCode::SERVICE_UNAVAILABLE { problem.retry_after(5) } else { problem }
    }

    /// Something that was sent and is not good.
    pub(crate) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Problem::new("invalid", detail).at(field)
    }

    /// A part of the address that can't be read.
    pub(crate) fn bad_parameter(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Problem::new("bad-parameter", detail).at(field)
    }

    /// When to come back, in seconds.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.more().retry_after = Some(seconds);
        self
    }

    /// The name of its kind.
    pub(crate) fn name(&self) -> &'static str {
        self.kind.name
    }

    /// The kind in a few words.
    pub(crate) fn title(&self) -> &'static str {
        self.kind.title
    }

    /// What happened this time.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// What to do about it.
    pub(crate) fn advice(&self) -> &'static str {
        self.kind.advice
    }

    /// The field that is not good.
    pub(crate) fn field(&self) -> Option<&str> {
        self.more.as_deref()?.field.as_deref()
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.kind.status
    }

    fn at(mut self, field: impl Into<String>) -> Self {
        self.more().field = Some(field.into());
        self
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    fn turn(&self) -> &'static str {
        match self.kind.status.as_u16() {
            408 | 429 | 503 => "retry",
            500.. => "operator",
            _ => "caller",
        }
    }

    /// The problem as it is written on the wire.
    pub(crate) fn view(&self) -> ProblemView<'_> {
        let more = self.more.as_deref();
        ProblemView {
            type_: format!("/docs#problem-{}", self.kind.name),
            title: self.kind.title,
            status: self.kind.status.as_u16(),
            detail: &self.detail,
            turn: self.turn(),
            field: more.and_then(|more| more.field.as_deref()),
            scope: more.and_then(|more| more.scope),
            purpose: more.and_then(|more| more.purpose.as_deref()),
            balance: more.and_then(|more| more.balance),
            needed: more.and_then(|more| more.needed),
            check: more.and_then(|more| more.check.as_deref()),
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        if error.turn() != Turn::Caller {
            tell_the_operator(&error);
        }
        let mut problem = Problem::new(error.kind(), error.to_string());
        match &error {
            AppError::Invalid { field, message } => {
                problem.detail.clone_from(message);
                problem = problem.at(*field);
            }
            AppError::Throttled { until } => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let now = now.map_or(u64::MAX, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
                problem.more().retry_after = Some(until.millis().saturating_sub(now).div_ceil(1000).max(1));
            }
            AppError::ScopeMissing(scope) => problem.more().scope = Some(scope.as_str()),
            AppError::ConsentMissing(missing) => problem.more().purpose = Some(missing.0.to_string()),
            AppError::Credit(CreditError::Insufficient { balance, needed }) => {
                problem.more().balance = Some(balance.get());
                problem.more().needed = Some(needed.get());
            }
            AppError::PhotoUnusable(check) => {
                problem.more().check = Some(Box::new(CheckView::from((**check).clone())))
            }
            AppError::Upload(ObjectsError::Range { bytes }) => problem.more().range_of = Some(*bytes),
            AppError::Unavailable(_) => problem.more().retry_after = Some(60),
            _ => {}
        }
        problem
    }
}

/// Causes are for the log alone.
fn tell_the_operator(error: &AppError) {
    match error {
        AppError::Throttled { .. } | AppError::Busy => {
            tracing::info!(kind = error.kind(), "a request was put off")
        }
        AppError::Unavailable(cause) => tracing::error!(kind = error.kind(), %cause, "a request failed"),
        error => tracing::error!(kind = error.kind(), %error, "a request failed"),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        // Beside the document: whoever shows it to a person needs what it was made from.
        let mut response = (status, Extension(self.clone()), Json(self.view())).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"covershots\""));
        }
        let more = self.more.as_deref();
        if let Some(seconds) = more.and_then(|more| more.retry_after) {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(bytes) = more.and_then(|more| more.range_of)
            && let Ok(value) = HeaderValue::from_str(&format!("bytes */{bytes}"))
        {
            headers.insert(axum::http::header::CONTENT_RANGE, value);
        }
        response
    }
}
