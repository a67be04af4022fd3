//! When a vendor says to come back.

use std::time::{Duration, UNIX_EPOCH};

use domain::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Nobody is made to wait longer by a header.
const LONGEST: Duration = Duration::from_secs(3600);

/// What the headers say: `retry-after-ms`, which one vendor has, or `Retry-After` in seconds or as a date
/// ([RFC 9110, 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after)).
pub(crate) fn from_headers(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let millis = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok());
    if let Some(span) = millis.and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok()) {
        return Some(span.min(LONGEST));
    }
    let said = text(RETRY_AFTER.as_str())?;
    let span = match said.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => {
            let date = httpdate::parse_http_date(said).ok()?.duration_since(UNIX_EPOCH).ok()?;
            let millis = u64::try_from(date.as_millis()).ok()?;
            Timestamp::from_millis(millis).since(now)
        }
    };
    Some(span.min(LONGEST))
}

/// A span as [protobuf writes it in JSON](https://protobuf.dev/programming-guides/json/): `12s`, `1.5s`.
pub(crate) fn from_protobuf(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().map(|span| span.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn said(name: &'static str, value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        // 2026-11-25T10:00:00Z
        from_headers(&headers, Timestamp::from_millis(1_795_600_800_000))
    }

    #[test]
    fn each_way_to_say_it_is_understood_and_nonsense_is_not() {
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(said("retry-after", "7"), seconds(7));
        assert_eq!(said("retry-after", "0.25"), Some(Duration::from_millis(250)));
        assert_eq!(said("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        assert_eq!(said("retry-after", "Wed, 25 Nov 2026 10:00:30 GMT"), seconds(30));
        assert_eq!(said("retry-after", "Wed, 25 Nov 2026 09:00:00 GMT"), seconds(0), "it is over");
        assert_eq!(said("retry-after", "86400"), seconds(3600), "no longer than an hour");
        for nonsense in ["-3", "soon", "", "1e400", "NaN"] {
            assert_eq!(said("retry-after", nonsense), None, "{nonsense}");
        }
        assert_eq!(from_protobuf("12s"), seconds(12));
        assert_eq!(from_protobuf("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!((from_protobuf("12"), from_protobuf("-1s"), from_protobuf("")), (None, None, None));
    }
}
