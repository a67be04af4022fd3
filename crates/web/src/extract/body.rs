//! A JSON body of limited length, whose mistakes are named by field.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::Problem;
use crate::state::Shared;

/// A JSON body.
pub(crate) struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !media_type.is_some_and(is_json) {
            return Err(Problem::new("wrong-media-type", "send the body as application/json"));
        }
        let limit = web.settings.limits.json_bytes;
        let body = Limited::new(request.into_body(), limit).collect().await.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                Problem::new("too-large", format!("a JSON body has at most {limit} bytes"))
            } else {
                Problem::new("upload-broken", "the body broke off before its end: send it again")
            }
        })?;
        read(&body.to_bytes()).map(Json)
    }
}

fn is_json(media_type: &str) -> bool {
    let plain = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    plain == "application/json" || (plain.starts_with("application/") && plain.ends_with("+json"))
}

/// Reads an object. A list is none, though the reader would take one for the fields of a struct in their order.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::invalid(".", "an object is expected, not a list"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => Problem::invalid(field, without_place(&inner)),
            _ => Problem::new("malformed-json", format!("the body is no JSON: {inner}")),
        }
    })?;
    reader.end().map_err(|error| Problem::new("malformed-json", format!("after the document: {error}")))?;
    Ok(value)
}

/// The reader's words without line and column, since the field is named.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(text, _)| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "read by the test's errors alone")]
    struct Wish {
        count: u8,
        photos: Vec<u8>,
    }

    fn problem(text: &str) -> serde_json::Value {
        serde_json::to_value(read::<Wish>(text.as_bytes()).unwrap_err()).unwrap()
    }

    #[test]
    fn a_mistake_is_named_by_its_field() {
        let wrong = problem(r#"{"count": 300, "photos": []}"#);
        assert_eq!((wrong["status"].as_u64(), wrong["field"].as_str()), (Some(422), Some("count")));
        assert!(!wrong["detail"].as_str().unwrap().contains("line"));
        assert_eq!(problem(r#"{"count": 3, "photos": [1, "x"]}"#)["field"], "photos[1]");
        assert!(problem(r#"{"count": 3, "size": 1}"#)["detail"].as_str().unwrap().contains("size"));
        for text in ["", "{", "{\"count\": 1, \"photos\": []} x"] {
            assert_eq!(problem(text)["type"], "/docs#problem-malformed-json", "{text}");
        }
    }

    #[test]
    fn only_json_is_json() {
        for good in ["application/json", "application/json; charset=utf-8", "APPLICATION/vnd.x+JSON"] {
            assert!(is_json(good), "{good}");
        }
        for bad in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
