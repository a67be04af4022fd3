//! A message as it was signed: its headers and its bytes, unread.

use axum::extract::Request;
use axum::http::HeaderMap;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::Problem;

/// The most bytes of a signed message.
const LIMIT: usize = 512 * 1024;

/// The headers and the body of a message.
pub(crate) async fn raw_body(request: Request) -> Result<(HeaderMap, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LIMIT).collect().await.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            Problem::new("too-large", format!("a message has at most {LIMIT} bytes"))
        } else {
            Problem::new("upload-broken", "the message broke off before its end: send it again")
        }
    })?;
    Ok((parts.headers, body.to_bytes()))
}

/// Names, which are in lower case, and values; one that is no text is of no use to whoever verifies.
pub(crate) fn text_headers(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect()
}
