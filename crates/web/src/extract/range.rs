//! The Range header, of one range of bytes. Whatever else it says is passed over, as
//! [RFC 9110, 14.2](https://www.rfc-editor.org/rfc/rfc9110#section-14.2) allows: the whole is a good answer too.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{IF_RANGE, RANGE};
use axum::http::request::Parts;
use domain::ports::objects::ByteRange;

/// The range asked for, if there is one.
pub(crate) struct Range(pub Option<ByteRange>);

impl<S: Send + Sync> FromRequestParts<S> for Range {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A part of what may have changed is no use: whoever asks with If-Range gets the whole.
        let conditional = parts.headers.contains_key(IF_RANGE);
        let text = parts.headers.get(RANGE).and_then(|value| value.to_str().ok());
        Ok(Range(text.filter(|_| !conditional).and_then(parse)))
    }
}

fn parse(text: &str) -> Option<ByteRange> {
    let (first, last) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
    let digits =
        |text: &str| -> Option<u64> { text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())? };
    match (first.is_empty(), last.is_empty()) {
        (true, true) => None,
        (true, false) => Some(ByteRange::Suffix(digits(last)?)),
        (false, true) => Some(ByteRange::From { first: digits(first)?, last: None }),
        (false, false) => {
            let (first, last) = (digits(first)?, digits(last)?);
            (first <= last).then_some(ByteRange::From { first, last: Some(last) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_read_and_the_rest_is_passed_over() {
        assert_eq!(parse("bytes=0-99"), Some(ByteRange::From { first: 0, last: Some(99) }));
        assert_eq!(parse("bytes=5-"), Some(ByteRange::From { first: 5, last: None }));
        assert_eq!(parse("bytes=-7"), Some(ByteRange::Suffix(7)));
        for odd in ["bytes=9-5", "bytes=0-1,5-6", "items=0-1", "bytes=-", "bytes=+1-2", "bytes=a-b", ""] {
            assert_eq!(parse(odd), None, "{odd}");
        }
    }
}
