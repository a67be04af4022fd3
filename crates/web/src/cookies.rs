//! Cookies: the session, and the few words that a browser keeps for the next page.

use app::SignedIn;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::state::State as Web;

/// A cookie of the request by its name.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}

/// Adds the cookie of a session that was just opened.
pub(crate) fn open_session(web: &Web, answer: &mut Response, opened: &SignedIn) {
    let SignedIn { token, session, .. } = opened;
    let lives = session.expires_at.since(session.created_at).as_secs();
    set(web, answer, web.settings.cookie_name(), token.expose(), lives);
}

/// Takes the session's cookie back.
pub(crate) fn forget_session(web: &Web, answer: &mut Response) {
    set(web, answer, web.settings.cookie_name(), "", 0);
}

/// Adds a cookie that no script reads. `SameSite=Lax`: a link from elsewhere leads to a signed-in page, a form from elsewhere does
/// not carry it. Name and value are ours: letters, digits and signs that need no quoting.
pub(crate) fn set(web: &Web, answer: &mut Response, name: &str, value: &str, lives: u64) {
    let secure = if web.settings.secure_cookies() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={lives}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        answer.headers_mut().append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        assert_eq!(read(&headers, "a"), None);
        headers.append(COOKIE, "aa=1; a=2".parse().unwrap());
        headers.append(COOKIE, "b=3=4".parse().unwrap());
        assert_eq!(read(&headers, "a"), Some("2"));
        assert_eq!(read(&headers, "b"), Some("3=4"));
        assert_eq!(read(&headers, "c"), None);
    }
}
