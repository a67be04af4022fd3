//! What R2 refuses though S3 has it, and what a key may not do.

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::IntoResponse;
use s3s::access::{S3Access, S3AccessContext};
use s3s::{S3Result, s3_error};

use super::{ADMIN, OBJECTS};

/// Features that R2 does not have, by a word of the query.
const SUBRESOURCES: &[&str] = &[
    "acl",
    "tagging",
    "versioning",
    "versions",
    "policy",
    "website",
    "object-lock",
    "retention",
    "legal-hold",
];
/// The longest key, in bytes.
const KEY_BYTES: usize = 1024;
/// The most metadata, in bytes of names and values.
const METADATA_BYTES: usize = 8192;

/// R2's answer to what it does not do.
pub(super) fn of(headers: &HeaderMap, uri: &Uri) -> Option<impl IntoResponse + use<>> {
    let refused = |feature: &str| {
        Some(error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &format!("{feature} not implemented")))
    };
    let names =
        uri.query().unwrap_or_default().split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    if let Some(name) = names.into_iter().find(|name| SUBRESOURCES.contains(name)) {
        return refused(name);
    }
    for name in ["x-amz-acl", "x-amz-tagging", "x-amz-website-redirect-location", "x-amz-object-lock-mode"] {
        if headers.contains_key(name) {
            return refused(name);
        }
    }
    if headers.get("x-amz-server-side-encryption").is_some_and(|value| value != "AES256") {
        return refused("aws:kms");
    }
    let payload =
        headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if headers.contains_key("x-amz-trailer") || payload.ends_with("-TRAILER") {
        return refused("a checksum in a trailer");
    }
    let key = uri.path().splitn(3, '/').nth(2).unwrap_or_default();
    if key.len() > KEY_BYTES {
        return Some(error(StatusCode::BAD_REQUEST, "KeyTooLongError", "Your key is too long"));
    }
    let metadata = headers.iter().filter(|(name, _)| name.as_str().starts_with("x-amz-meta-"));
    let metadata: usize = metadata.map(|(name, value)| name.as_str().len() + value.len()).sum();
    if metadata > METADATA_BYTES {
        return Some(error(
            StatusCode::BAD_REQUEST,
            "MetadataTooLarge",
            "Your metadata headers are too large",
        ));
    }
    None
}

/// An error document.
pub(super) fn error(
    status: StatusCode,
    code: &str,
    message: &str,
) -> (StatusCode, [(header::HeaderName, &'static str); 1], String) {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body)
}

/// Whether a signed address is over at `now`.
pub(super) fn is_too_old(uri: &Uri, now: SystemTime) -> bool {
    let value = |wanted: &str| {
        let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
    };
    let (Some(date), Some(valid)) = (value("X-Amz-Date"), value("X-Amz-Expires")) else { return false };
    // Requests of a server are signed by its own clock, which a test does not move; they are known by their few minutes.
    let Some(signed) = moment(&date) else { return true };
    let valid: u64 = valid.parse().unwrap_or(0);
    valid > 300 && signed + Duration::from_secs(valid) < now
}

/// A moment as signatures write it: `20261123T211016Z`.
fn moment(text: &str) -> Option<SystemTime> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(9..11)?, number(11..13)?, number(13..15)?);
    // days_from_civil: https://howardhinnant.github.io/date_algorithms.html
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted / 400, shifted % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400 + hour * 3600 + minute * 60 + second))
}

/// What each key may do. The key for objects may not touch the bucket's rules.
pub(super) struct Rights;

#[async_trait::async_trait]
impl S3Access for Rights {
    async fn check(&self, asked: &mut S3AccessContext<'_>) -> S3Result<()> {
        let key = asked.credentials().map(|credentials| credentials.access_key.as_str());
        let about_rules = asked.s3_op().name().contains("Lifecycle");
        match key {
            Some(key) if key == ADMIN.0 => Ok(()),
            Some(key) if key == OBJECTS.0 && !about_rules => Ok(()),
            _ => Err(s3_error!(AccessDenied)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read() {
        let seconds = |text| moment(text).unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(seconds("19700101T000000Z"), 0);
        assert_eq!(seconds("20240229T235959Z"), 1_709_251_199);
        assert_eq!(seconds("20261123T211016Z"), 1_795_468_216);
    }
}
