//! What lifecycle rules do: objects go up to a day after their time is over, as R2 says
//! ([object lifecycles](https://developers.cloudflare.com/r2/buckets/object-lifecycles/)). Here it is always the whole day.

use std::time::{Duration, SystemTime};

use s3s::dto::{ExpirationStatus, LifecycleRule};

const DAY: Duration = Duration::from_secs(86_400);

/// Whether a rule deletes an object that was put at `put`.
pub(super) fn is_over(rules: &[LifecycleRule], key: &str, put: SystemTime, now: SystemTime) -> bool {
    about(rules, key).any(|rule| {
        let days = rule.expiration.as_ref().and_then(|expiration| expiration.days);
        days.is_some_and(|days| now >= put + DAY * (days as u32 + 1))
    })
}

/// Whether a rule ends an upload that was begun at `begun`.
pub(super) fn is_given_up(rules: &[LifecycleRule], key: &str, begun: SystemTime, now: SystemTime) -> bool {
    about(rules, key).any(|rule| {
        let abort = rule.abort_incomplete_multipart_upload.as_ref();
        let days = abort.and_then(|abort| abort.days_after_initiation);
        days.is_some_and(|days| now >= begun + DAY * (days as u32 + 1))
    })
}

/// Rules that are on and whose prefix the key has.
fn about<'a>(rules: &'a [LifecycleRule], key: &'a str) -> impl Iterator<Item = &'a LifecycleRule> {
    rules.iter().filter(move |rule| {
        let prefix =
            rule.filter.as_ref().and_then(|filter| filter.prefix.as_deref()).or(rule.prefix.as_deref());
        rule.status.as_str() == ExpirationStatus::ENABLED && key.starts_with(prefix.unwrap_or_default())
    })
}
