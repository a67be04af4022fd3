//! Problems as people see them: whoever asks for a page is answered with one, and programs with the problem document.
//!
//! The routes know nothing of it: they answer with a [`Problem`], and here it is rendered for whoever asked. Somebody who is not
//! signed in is led to where they can be; a consent that is missing leads to where it is given; a script that asked for a part is
//! given a notice to put at the top.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::sentence;
use super::frame::{Frame, Visitor, html};
use crate::Problem;
use crate::extract::Identity;
use crate::state::Shared;

const REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
const RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
const RESWAP: HeaderName = HeaderName::from_static("hx-reswap");

#[derive(Template)]
#[template(path = "pages/problem.html")]
struct ProblemPage {
    frame: Frame,
    status: u16,
    heading: String,
    text: String,
    advice: &'static str,
    /// What the log knows it by, where somebody has to look into it.
    reference: Option<String>,
}

#[derive(Template)]
#[template(path = "parts/notice.html")]
struct Notice {
    text: String,
}

/// Renders what went wrong for people.
pub(crate) async fn show_problems(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let mut answer = next.run(request).await;
    let Some(problem) = answer.extensions_mut().remove::<Problem>().filter(|_| asked.wants_page) else {
        return answer;
    };
    let caller = answer.extensions().get::<Identity>().and_then(|Identity(found)| found.clone().ok());
    let visitor = Visitor::new(caller, &asked.headers, asked.place.clone().unwrap_or_default());
    let shown = match asked.elsewhere(&problem) {
        Some(place) if visitor.partial => ([(REDIRECT, place)], StatusCode::OK).into_response(),
        Some(place) => Redirect::to(&place).into_response(),
        None if visitor.partial => notice(&problem),
        None => page(&web, &visitor, &problem, answer.headers()),
    };
    keep_headers(answer, shown)
}

/// What is known of the request when it has been answered.
struct Asked {
    headers: HeaderMap,
    wants_page: bool,
    /// Where it was, if one can come back to it.
    place: Option<String>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let headers = request.headers().clone();
        let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let wants_page = accepts.flat_map(|text| text.split(',')).any(|range| {
            range.split(';').next().is_some_and(|range| range.trim().eq_ignore_ascii_case("text/html"))
        });
        let place = request.uri().path_and_query().map(|place| place.as_str().to_owned());
        Asked { headers, wants_page, place: place.filter(|_| request.method() == Method::GET) }
    }

    /// Where the person can do something about it.
    fn elsewhere(&self, problem: &Problem) -> Option<String> {
        let place = match problem.name() {
            "not-signed-in" => "/sign-in",
            "consent-missing" => "/consents",
            _ => return None,
        };
        let back = self.place.as_deref().map(|back| format!("?{}", next_query(back)));
        Some(format!("{place}{}", back.unwrap_or_default()))
    }
}

/// A query that says where to go on afterwards.
pub(crate) fn next_query(next: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish()
}

/// Where to go on: a place of this installation, and never another one's.
pub(crate) fn safe_next(next: &str) -> Option<&str> {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let here = next.starts_with('/') && !next.starts_with("//");
    (here && plain && next.len() <= 2000).then_some(next)
}

/// For a script: it is put at the top of the page.
fn notice(problem: &Problem) -> Response {
    let shown = html(problem.status(), &Notice { text: sentence(problem.detail()) });
    let headers = [(RETARGET, "#notices"), (RESWAP, "innerHTML show:top")];
    shown.map_or_else(IntoResponse::into_response, |shown| (headers, shown).into_response())
}

fn page(web: &Shared, visitor: &Visitor, problem: &Problem, headers: &HeaderMap) -> Response {
    let status = problem.status();
    let heading = match problem.name() {
        "not-found" | "no-such-route" => "There is nothing here",
        "gone" => "This picture was deleted",
        _ if status.is_server_error() => "This did not work",
        _ => problem.title(),
    };
    let reference = headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let template = ProblemPage {
        frame: visitor.bare_frame(heading),
        status: status.as_u16(),
        heading: heading.to_owned(),
        text: sentence(problem.detail()),
        // What is said of addresses is for programs.
        advice: if problem.name() == "no-such-route" { "" } else { problem.advice() },
        reference: reference.filter(|_| status.is_server_error()),
    };
    visitor.page_with(web, status, &template).unwrap_or_else(IntoResponse::into_response)
}

/// What the problem's answer said besides its body stays said.
fn keep_headers(answer: Response, mut shown: Response) -> Response {
    let dropped = [CONTENT_TYPE, CONTENT_LENGTH, WWW_AUTHENTICATE, LOCATION];
    for (name, value) in answer.headers() {
        if !dropped.contains(name) && !shown.headers().contains_key(name) {
            shown.headers_mut().append(name, value.clone());
        }
    }
    shown.headers_mut().insert(axum::http::header::VARY, HeaderValue::from_static("accept, cookie"));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_within_this_installation_or_not_at_all() {
        for good in ["/", "/photos", "/create/headshot/studio-white?photo=1&photo=2"] {
            assert_eq!(safe_next(good), Some(good));
        }
        for bad in
            ["", "photos", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/a b"]
        {
            assert_eq!(safe_next(bad), None, "{bad:?}");
        }
        assert_eq!(next_query("/a?b=c&d"), "next=%2Fa%3Fb%3Dc%26d");
    }
}
