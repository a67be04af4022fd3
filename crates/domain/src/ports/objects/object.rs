//! What is known about an object besides its bytes.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::object_key::ObjectKey;
use crate::time::Timestamp;

/// An object as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Where it lies.
    pub key: ObjectKey,
    /// What its bytes are.
    pub media_type: MediaType,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// When it was put.
    pub created_at: Timestamp,
    /// From when on it is not served; `None` for what stays until it is deleted.
    pub expires_at: Option<Timestamp>,
}

impl Object {
    /// Whether it is still served at `now`. The moment of expiry itself is too late.
    pub fn is_served(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| now < at)
    }
}

/// What an object's bytes are, such as `image/jpeg`: a type and a subtype
/// ([RFC 6838, 4.2](https://www.rfc-editor.org/rfc/rfc6838#section-4.2)), no parameters, fit for a header as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaType(Cow<'static, str>);

impl MediaType {
    /// `image/jpeg`.
    pub const JPEG: MediaType = MediaType(Cow::Borrowed("image/jpeg"));
    /// `image/png`.
    pub const PNG: MediaType = MediaType(Cow::Borrowed("image/png"));
    /// `image/webp`.
    pub const WEBP: MediaType = MediaType(Cow::Borrowed("image/webp"));
    /// `application/zip`.
    pub const ZIP: MediaType = MediaType(Cow::Borrowed("application/zip"));

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not a media type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a media type is written type/subtype in lower case, for example image/jpeg")]
pub struct MediaTypeError;

impl TryFrom<String> for MediaType {
    type Error = MediaTypeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = |part: &str| {
            let mut bytes = part.bytes();
            bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&-^_.+".contains(&b))
        };
        match text.split_once('/') {
            Some((kind, subtype)) if text.len() <= 127 && name(kind) && name(subtype) => {
                Ok(MediaType(Cow::Owned(text)))
            }
            _ => Err(MediaTypeError),
        }
    }
}

impl FromStr for MediaType {
    type Err = MediaTypeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.0.into_owned()
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_cannot_smuggle_a_header() {
        assert_eq!("image/jpeg".parse(), Ok(MediaType::JPEG));
        assert!("image/svg+xml".parse::<MediaType>().is_ok());
        let long = format!("image/{}", "x".repeat(200));
        for bad in
            ["", "image", "image/", "/jpeg", "image/jpeg\r\nx: y", "Image/JPEG", "a/b/c", "a/b; c=d", &long]
        {
            assert!(bad.parse::<MediaType>().is_err(), "{bad}");
        }
    }
}
