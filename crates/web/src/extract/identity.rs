//! Who calls: a session's cookie or an API key, and from where.
//!
//! It is found out once, before any route: limits by account need it too. A route that asks for [`Signed`] answers 401
//! to everybody else. A key that is shown and not good is never passed over for a cookie.

use std::net::{IpAddr, Ipv4Addr};

use app::{AppError, Caller};
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use std::convert::Infallible;

use crate::state::Shared;
use crate::{Problem, cookies};

/// The address that a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub IpAddr);

/// Who was found, or why nobody.
#[derive(Clone)]
pub(crate) struct Identity(pub Result<Caller, Problem>);

/// Somebody who is signed in, by whatever means.
pub(crate) struct Signed(pub Caller);

/// Somebody who is signed in, or nobody.
pub(crate) struct MaybeSigned(pub Option<Caller>);

/// The token of the session's cookie, as the browser sent it.
pub(crate) fn session_token<'a>(headers: &'a HeaderMap, web: &Shared) -> &'a str {
    cookies::read(headers, web.settings.cookie_name()).unwrap_or_default()
}

/// Finds out who calls.
pub(crate) async fn identify(web: &Shared, headers: &HeaderMap) -> Identity {
    let found = match (bearer(headers), cookies::read(headers, web.settings.cookie_name())) {
        (Some(key), _) => web.app.identify_api_key(key).await,
        (None, Some(token)) => web.app.identify_session(token).await,
        (None, None) => Err(AppError::NotSignedIn),
    };
    Identity(found.map_err(Problem::from))
}

/// The token of an `Authorization: Bearer` header; empty for any other kind, which opens nothing.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    Some(if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" })
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Identity>() {
            Some(Identity(found)) => found.clone().map(Signed),
            None => Err(AppError::NotSignedIn.into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeSigned {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<Identity>();
        Ok(MaybeSigned(found.and_then(|Identity(found)| found.as_ref().ok().cloned())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Without a listener, in a test, everybody comes from nowhere.
        Ok(parts.extensions.get::<Client>().copied().unwrap_or(Client(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_as_they_are_sent() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(AUTHORIZATION, "bEaReR  abc ".parse().unwrap());
        assert_eq!(bearer(&headers), Some("abc"));
        headers.insert(AUTHORIZATION, "Basic abc".parse().unwrap());
        assert_eq!(bearer(&headers), Some(""), "another scheme is a credential that opens nothing");
    }
}
