//! The page to read the API's document: made once when the process starts, without a script and without another site.

mod example;
mod model;

use askama::Template;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use self::model::{Group, Shape, groups, shapes};
use crate::problem::{KINDS, ProblemKind};
use crate::state::Shared;

/// The page may load its style sheet, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    groups: Vec<Group>,
    shapes: Vec<Shape>,
    problems: Vec<Trouble>,
}

/// A kind of problem as the page shows it.
struct Trouble {
    kind: &'static ProblemKind,
    status: u16,
}

/// The page over a complete document. A template over strings always renders: a mistake of ours gives an empty page, and a test
/// says so.
pub(crate) fn page(document: &Value) -> String {
    let problems = KINDS.iter().map(|kind| Trouble { kind, status: kind.status.as_u16() }).collect();
    Page { groups: groups(document), shapes: shapes(document), problems }.render().unwrap_or_default()
}

/// `GET /docs`.
pub(crate) async fn get_page(State(web): State<Shared>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, web.page.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_link_of_the_page_leads_to_something_on_it() {
        let page = page(&crate::router::document("covershots_session", true));
        let after = |mark: &str| -> BTreeSet<String> {
            let ends = page.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
            ends.map(str::to_owned).collect()
        };
        let (links, places) = (after("href=\"#"), after("id=\""));
        assert!(links.len() > 100, "{}", links.len());
        assert_eq!(links.difference(&places).collect::<Vec<_>>(), Vec::<&String>::new());
        for kind in KINDS {
            assert!(places.contains(&format!("problem-{}", kind.name)), "{} is not explained", kind.name);
        }
        assert!(!page.contains("<script"));
    }
}
