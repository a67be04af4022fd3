//! Calling a function by HTTP: once, or again when that can't do harm.
//!
//! A query can always be asked again, and so can a mutation, by the key of its call. A call is tried again after a pause when nobody
//! answered, when the deployment is busy or broken, or when its own retries did not get over a write conflict.

use std::time::Duration;

use domain::ports::BoxFuture;
use domain::ports::database::{Answer, DatabaseError};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::{ConvexError, RuleData};
use super::{Convex, ConvexOptions};

/// How often a call is tried in all.
const TRIES: u32 = 5;
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The most bytes of an answer that are read: what the vendor's own limit allows, and a little for the frame.
const ANSWER_LIMIT: usize = 17 << 20;

/// What calls a deployment's functions.
pub(super) struct Caller {
    http: Client,
    query: Url,
    mutation: Url,
    authorization: HeaderValue,
    timeout: Duration,
    pause: Duration,
}

/// What a call came to.
#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Outcome {
    Success {
        value: Value,
    },
    #[serde(rename_all = "camelCase")]
    Error {
        error_message: String,
        error_data: Option<Value>,
    },
}

/// What the deployment says when it did not call the function.
#[derive(Deserialize)]
struct Refusal {
    code: String,
}

/// How a try failed.
enum Try {
    /// It may go better.
    Again(String),
    /// It will not.
    Never(ConvexError),
}

impl Caller {
    pub(super) fn new(http: Client, options: ConvexOptions) -> Result<Self, ConvexError> {
        let bad = |_| ConvexError::Address("it is not a URL".into());
        let base: Url = options.url.trim_end_matches('/').parse().map_err(bad)?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(ConvexError::Address("it is not an http or https URL".into()));
        }
        let route = |kind| format!("{base}/api/{kind}").replace("//api", "/api").parse().map_err(bad);
        let mut authorization = HeaderValue::from_str(&format!("Convex {}", options.key.expose().trim()))
            .map_err(|_| ConvexError::Key)?;
        authorization.set_sensitive(true);
        Ok(Caller {
            http,
            query: route("query")?,
            mutation: route("mutation")?,
            authorization,
            timeout: options.timeout,
            pause: options.pause,
        })
    }

    /// Calls a function that reads.
    pub(super) async fn query<T: DeserializeOwned>(
        &self,
        path: &'static str,
        args: Value,
    ) -> Result<T, ConvexError> {
        self.insist(&self.query, path, args).await
    }

    /// Calls a function that writes, with a new key for this call.
    pub(super) async fn mutation<T: DeserializeOwned>(
        &self,
        path: &'static str,
        mut args: Value,
    ) -> Result<T, ConvexError> {
        args["call"] = new_key(path)?.into();
        self.insist(&self.mutation, path, args).await
    }

    async fn insist<T: DeserializeOwned>(
        &self,
        route: &Url,
        path: &'static str,
        args: Value,
    ) -> Result<T, ConvexError> {
        let body = json!({ "path": path, "args": args, "format": "json" });
        let (mut pause, mut tries) = (self.pause, 1);
        loop {
            match self.once(route, path, &body).await {
                Ok(value) => return read(path, value),
                Err(Try::Never(error)) => return Err(error),
                Err(Try::Again(cause)) if tries == TRIES => {
                    return Err(ConvexError::Unreachable { path, cause });
                }
                Err(Try::Again(_)) => tokio::time::sleep(jittered(pause)).await,
            }
            pause = (pause * 4).min(LONGEST_PAUSE);
            tries += 1;
        }
    }

    async fn once(&self, route: &Url, path: &'static str, body: &Value) -> Result<Value, Try> {
        let request = self.http.post(route.clone()).header(AUTHORIZATION, self.authorization.clone());
        let response = request.timeout(self.timeout).json(body).send().await;
        let response = response.map_err(|error| Try::Again(way(&error)))?;
        let status = response.status();
        let answer = bytes(response).await?;
        // 560 is how the vendor's own client is told of an error in a function.
        if status == StatusCode::OK || status.as_u16() == 560 {
            let outcome = serde_json::from_slice(&answer).map_err(|_| {
                Try::Never(ConvexError::Address("what answers does not speak its language".into()))
            })?;
            return match outcome {
                Outcome::Success { value } => Ok(value),
                Outcome::Error { error_message, error_data } => {
                    Err(Try::Never(thrown(path, &error_message, error_data)))
                }
            };
        }
        let code =
            serde_json::from_slice(&answer).map_or_else(|_| String::new(), |refusal: Refusal| refusal.code);
        Err(refused(path, status, &code))
    }
}

/// Whose turn it is when the deployment did not call the function.
fn refused(path: &'static str, status: StatusCode, code: &str) -> Try {
    let busy = ["OptimisticConcurrencyControlFailure", "Overloaded", "TooMany", "RateLimit"];
    if status.is_server_error()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
        || busy.iter().any(|word| code.contains(word))
    {
        return Try::Again(format!("HTTP {} {}", status.as_u16(), word(code)));
    }
    Try::Never(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ConvexError::Key,
        StatusCode::BAD_REQUEST if !code.is_empty() => ConvexError::Function(path),
        status => ConvexError::Address(format!("HTTP {}", status.as_u16())),
    })
}

/// Whose turn it is when the function was called and failed. The message may quote what was sent, so it is not passed on.
fn thrown(path: &'static str, message: &str, data: Option<Value>) -> ConvexError {
    if let Some(data) = data {
        return match serde_json::from_value::<RuleData>(whole(data)) {
            Ok(rule) => ConvexError::Rule(rule.into()),
            Err(_) => ConvexError::Function(path),
        };
    }
    let unknown = ["Could not find", "ArgumentValidationError", "does not match validator"];
    if unknown.iter().any(|sign| message.contains(sign)) {
        return ConvexError::Function(path);
    }
    let request = message.split_once("[Request ID: ").and_then(|(_, rest)| rest.split_once(']'));
    ConvexError::Failed { path, request: word(request.map_or("unknown", |(id, _)| id)) }
}

/// A name from outside, as far as it is one.
fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(60).collect()
}

/// How the way there failed.
fn way(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    kind.to_owned()
}

async fn bytes(mut response: Response) -> Result<Vec<u8>, Try> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Try::Again(way(&error)))? {
        if bytes.len() + chunk.len() > ANSWER_LIMIT {
            return Err(Try::Never(ConvexError::Address("its answers have no end".into())));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn read<T: DeserializeOwned>(path: &'static str, value: Value) -> Result<T, ConvexError> {
    serde_path_to_error::deserialize(whole(value))
        .map_err(|error| ConvexError::Answer(path, error.path().to_string()))
}

/// The value with whole numbers as integers: every number there is floating point, and is written as one.
fn whole(value: Value) -> Value {
    /// Beyond it a floating-point number is not exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => {
                (float as i64).into()
            }
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, whole(field))).collect(),
        other => other,
    }
}

/// A key that no other call has.
fn new_key(path: &'static str) -> Result<String, ConvexError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| ConvexError::Unreachable { path, cause: "this machine has no randomness".into() })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The pause, or up to half as much more: callers that failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    pause + pause * u32::from(byte[0]) / 512
}

impl Convex {
    /// A verb that reads.
    pub(super) fn ask<T, U>(
        &self,
        path: &'static str,
        args: Value,
        read: impl FnOnce(T) -> Result<U, DatabaseError> + Send + 'static,
    ) -> Answer<'_, U>
    where
        T: DeserializeOwned + Send,
        U: Send,
    {
        Box::pin(async move { read(self.caller.query(path, args).await?) })
    }

    /// A verb that writes.
    pub(super) fn carry_out<T, U>(
        &self,
        path: &'static str,
        args: Value,
        read: impl FnOnce(T) -> Result<U, DatabaseError> + Send + 'static,
    ) -> Answer<'_, U>
    where
        T: DeserializeOwned + Send,
        U: Send,
    {
        Box::pin(async move { read(self.caller.mutation(path, args).await?) })
    }

    /// A verb that writes and gives nothing back.
    pub(super) fn do_it(&self, path: &'static str, args: Value) -> Answer<'_, ()> {
        self.carry_out(path, args, |(): ()| Ok(()))
    }
}

/// A verb that failed before anything was sent.
pub(super) fn at_once<'a, T: Send + 'a>(error: impl Into<DatabaseError>) -> Answer<'a, T> {
    let error = error.into();
    let answer: BoxFuture<'a, _> = Box::pin(std::future::ready(Err(error)));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_integers_and_others_stay() {
        let read = whole(json!({ "a": 5.0, "b": [0.25, -3.0], "c": 1e300, "d": "5.0", "e": 7 }));
        assert_eq!(read, json!({ "a": 5, "b": [0.25, -3], "c": 1e300, "d": "5.0", "e": 7 }));
    }

    #[test]
    fn a_failure_tells_whose_turn_it_is_and_repeats_nothing_that_was_sent() {
        let secret = "[Request ID: 52f1] Server Error\nUncaught TypeError: Ann Example <ann@example.org>";
        let error = thrown("accounts:create", secret, None);
        assert_eq!(error, ConvexError::Failed { path: "accounts:create", request: "52f1".into() });
        assert!(!error.to_string().contains("Ann"));
        let invalid = "ArgumentValidationError: Value does not match validator.\nValue: \"ann@example.org\"";
        assert_eq!(thrown("x:y", invalid, None), ConvexError::Function("x:y"));
        let lost = thrown("x:y", "Uncaught ConvexError", Some(json!({ "error": "lease_lost" })));
        assert_eq!(lost, ConvexError::Rule(DatabaseError::LeaseLost));

        let again = |status, code| matches!(refused("x:y", status, code), Try::Again(_));
        assert!(again(StatusCode::SERVICE_UNAVAILABLE, ""));
        assert!(again(StatusCode::TOO_MANY_REQUESTS, ""));
        assert!(again(StatusCode::CONFLICT, "OptimisticConcurrencyControlFailure"));
        assert!(!again(StatusCode::UNAUTHORIZED, "BadDeployKey") && !again(StatusCode::NOT_FOUND, ""));
    }
}
