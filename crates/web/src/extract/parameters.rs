//! Parts of the path and the query, whose mistakes are problems too.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Problem;
use crate::pages::Form;

/// The parts of a path. One that can't be read names nothing, so the answer is that there is no such thing.
pub(crate) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Path(value)),
            Err(_) => {
                let names = RawPathParams::from_request_parts(parts, state).await;
                let names =
                    names.map(|names| names.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>());
                let names = names.unwrap_or_default().join(", ");
                Err(Problem::new("not-found", format!("there is nothing here by this {names}")))
            }
        }
    }
}

/// The query.
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Query(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                let text = text.rsplit_once("query string: ").map_or(text.as_str(), |(_, text)| text);
                Err(match text.split_once(": ") {
                    Some((field, text)) => Problem::bad_parameter(field, text),
                    None => Problem::new("bad-parameter", text),
                })
            }
        }
    }
}

/// The query as a form: for pages, which show what they understand of it and pass the rest over.
pub(crate) struct RawQuery(pub Form);

impl<S: Send + Sync> FromRequestParts<S> for RawQuery {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(RawQuery(Form::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "read by the test's errors alone")]
    struct Wish {
        limit: Option<u32>,
    }

    #[tokio::test]
    async fn a_mistake_in_the_query_is_named_by_its_parameter() {
        for (query, field, words) in [("limit=x", "limit", "invalid digit"), ("size=1", "", "size")] {
            let (mut parts, ()) = Request::get(format!("/?{query}")).body(()).unwrap().into_parts();
            let wrong = Query::<Wish>::from_request_parts(&mut parts, &()).await.err().unwrap();
            let wrong = serde_json::to_value(wrong).unwrap();
            assert_eq!(wrong["status"], 400);
            assert!(wrong["field"].as_str().unwrap_or_default().starts_with(field), "{wrong}");
            assert!(wrong.to_string().contains(words), "{wrong}");
        }
    }
}
