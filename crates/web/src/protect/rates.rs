//! How often one caller may ask: an account, or an address where nobody is signed in. Told in advance, with the headers of
//! [draft-ietf-httpapi-ratelimit-headers](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/).

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ids::AccountId;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::is_upload;
use crate::extract::{Client, Identity};
use crate::state::Shared;
use crate::{Problem, RateSettings};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Requests after which callers are forgotten who have their full rate again.
const FORGET_AFTER: u32 = 4096;
/// What every caller may ask without being counted: supervisors must not be turned away.
const UNCOUNTED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// What costs nothing but the line: a page of styles loads a hundred pictures.
const ASSETS: &str = "/assets/";

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(AccountId),
    Address(IpAddr),
}

impl Key {
    /// Whoever has an IPv6 address has the whole /64.
    fn address(address: IpAddr) -> Key {
        Key::Address(match address {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (!0 << 64))),
            address => address,
        })
    }
}

/// The limits of one process.
pub(crate) struct Rates {
    requests: Rate,
    uploads: Rate,
}

impl Rates {
    pub(crate) fn new(settings: &RateSettings) -> Self {
        Rates {
            requests: Rate::new("requests", settings.requests_per_minute),
            uploads: Rate::new("uploads", settings.uploads_per_minute),
        }
    }
}

/// One limit.
struct Rate {
    name: &'static str,
    per_minute: NonZeroU32,
    limiter: RateLimiter<Key, DashMapStateStore<Key>, DefaultClock, StateInformationMiddleware>,
    asked: AtomicU32,
}

impl Rate {
    fn new(name: &'static str, per_minute: u32) -> Self {
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let limiter = RateLimiter::dashmap(Quota::per_minute(per_minute)).with_middleware();
        Rate { name, per_minute, limiter, asked: AtomicU32::new(0) }
    }

    /// Counts a request: how many may follow at once, or how long to wait.
    fn count(&self, key: &Key) -> Result<u32, Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        match self.limiter.check_key(key) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(until) => Err(until.wait_time_from(DefaultClock::default().now())),
        }
    }

    /// Says how it stands: what is left, and in how many seconds all is there again.
    fn tell(&self, answer: &mut Response, left: u32) {
        let (name, most) = (self.name, self.per_minute.get());
        let whole = (u64::from(most - left.min(most)) * 60).div_ceil(u64::from(most));
        let texts = [
            (POLICY, format!("\"{name}\";q={most};w=60")),
            (RATE_LIMIT, format!("\"{name}\";r={left};t={whole}")),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::from_str(&text) {
                answer.headers_mut().insert(name, value);
            }
        }
    }
}

/// Counts a request, and turns it away when there were too many.
pub(crate) async fn limit(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if UNCOUNTED.contains(&path) || path.starts_with(ASSETS) {
        return next.run(request).await;
    }
    let extensions = request.extensions();
    let key = match (extensions.get::<Identity>(), extensions.get::<Client>()) {
        (Some(Identity(Ok(caller))), _) => Key::Account(caller.id()),
        (_, Some(Client(address))) => Key::address(*address),
        _ => Key::Address(Ipv6Addr::UNSPECIFIED.into()),
    };
    let rate = if is_upload(&request) { &web.rates.uploads } else { &web.rates.requests };
    match rate.count(&key) {
        Ok(left) => {
            let mut answer = next.run(request).await;
            rate.tell(&mut answer, left);
            answer
        }
        Err(wait) => {
            let seconds = (wait.as_millis().div_ceil(1000) as u64).max(1);
            let detail = format!("{} {} a minute are allowed", rate.per_minute, rate.name);
            let problem = Problem::new("too-many-requests", detail).retry_after(seconds);
            let mut answer = problem.into_response();
            rate.tell(&mut answer, 0);
            answer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_counted_apart_and_neighbours_in_one_network_together() {
        let rate = Rate::new("requests", 2);
        let key = |text: &str| Key::address(text.parse().unwrap());
        assert_eq!(rate.count(&key("2001:db8::1")), Ok(1));
        assert_eq!(rate.count(&key("2001:db8::2")), Ok(0));
        let wait = rate.count(&key("2001:db8::3")).unwrap_err();
        assert!(wait > Duration::from_secs(25) && wait <= Duration::from_secs(30), "{wait:?}");
        assert_eq!(rate.count(&key("2001:db8:0:1::1")), Ok(1), "another network");
        assert_eq!(rate.count(&key("192.0.2.1")), Ok(1));
        assert_eq!(rate.count(&key("192.0.2.2")), Ok(1));
    }

    #[test]
    fn what_is_told_is_what_is_left() {
        let rate = Rate::new("uploads", 120);
        let mut answer = Response::default();
        rate.tell(&mut answer, 60);
        assert_eq!(answer.headers()["ratelimit-policy"], "\"uploads\";q=120;w=60");
        assert_eq!(answer.headers()["ratelimit"], "\"uploads\";r=60;t=30");
    }
}
