//! Serving the bytes of a picture: as a stream, whole or in part, to its owner alone.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::ports::objects::{ByteRange, Reading};
use domain::ports::provider::Picture;

/// Whether a picture is to be looked at or to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// To be looked at.
    Inline,
    /// To be kept, under this name.
    Attachment(String),
}

impl Disposition {
    /// As the header has it. Our names are letters, digits and hyphens; anything else is left out.
    fn header(&self) -> HeaderValue {
        let text = match self {
            Disposition::Inline => "inline".to_owned(),
            Disposition::Attachment(name) => {
                let plain = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
                format!("attachment; filename=\"{}\"", name.chars().filter(plain).collect::<String>())
            }
        };
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
    }
}

/// The answer with an object's bytes. A browser may keep them, but asks each time: what was deleted is not to come out of a
/// cache.
pub(crate) fn serve(
    reading: Reading,
    asked: Option<ByteRange>,
    request: &HeaderMap,
    disposition: Disposition,
) -> Response {
    let Reading { object, range, body } = reading;
    let etag = format!("\"{}\"", object.digest);
    let known = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let known = known.flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    });
    let mut answer = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from_stream(body).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    if known {
        return answer;
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    headers.insert(CONTENT_DISPOSITION, disposition.header());
    if let Ok(kind) = HeaderValue::from_str(object.media_type.as_str()) {
        headers.insert(CONTENT_TYPE, kind);
    }
    if asked.is_some() {
        let last = range.end.saturating_sub(1);
        if let Ok(part) = HeaderValue::from_str(&format!("bytes {}-{last}/{}", range.start, object.bytes)) {
            headers.insert(CONTENT_RANGE, part);
        }
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    answer
}

/// The answer with a small picture that is made when it is asked for, by the digest of what it is made from: `None` as long as
/// there is no picture and the browser has none of this digest either.
pub(crate) fn serve_small(request: &HeaderMap, digest: &str, picture: Option<Picture>) -> Option<Response> {
    let etag = HeaderValue::from_str(&format!("\"small-{digest}\"")).ok()?;
    let known = request.get_all(IF_NONE_MATCH).iter().any(|value| *value == etag);
    let mut answer = match picture {
        _ if known => StatusCode::NOT_MODIFIED.into_response(),
        None => return None,
        Some(picture) => {
            let kind = HeaderValue::from_static(picture.media_type.as_str());
            let bytes = Bytes::copy_from_slice(picture.bytes());
            ([(CONTENT_TYPE, kind)], bytes).into_response()
        }
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer.headers_mut().insert(ETAG, etag);
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_name_can_t_say_more_than_a_name() {
        let header = Disposition::Attachment("a\"; x=\r\n1.jpg".into()).header();
        assert_eq!(header, "attachment; filename=\"ax1.jpg\"");
    }
}
