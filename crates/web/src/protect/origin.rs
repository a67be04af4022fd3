//! Requests that another site makes a person's browser send are not carried out, though the browser adds its cookie.

use axum::body::Body;
use axum::http::Response;
use axum::response::IntoResponse;
use tower_http::csrf::{ConfigError, CsrfLayer, ProtectionError, ResponseForProtectionError};

use crate::{Problem, WebSettings};

/// What says no to other sites.
#[derive(Clone, Debug)]
pub(crate) struct Refused;

impl ResponseForProtectionError<Body> for Refused {
    fn response_for_protection_error(&mut self, _: ProtectionError) -> Response<Body> {
        Problem::new("cross-origin", "a page of another site can't do that in your name").into_response()
    }
}

/// Lets through what changes nothing, what a page of this installation sends, and what no browser sends: programs name no
/// origin.
pub(crate) fn same_origin(settings: &WebSettings) -> Result<CsrfLayer<Refused>, ConfigError> {
    let mut layer = CsrfLayer::new();
    // Behind a proxy the Host may be another one than people see.
    if let Some(url) = &settings.public_url {
        layer = layer.add_trusted_origin(url)?;
    }
    Ok(layer.with_rejection_response(Refused))
}
