//! What an installation decides about the web: its address, who is believed, and how much is taken from whom. The types,
//! their defaults and their limits; where they are read from is the root's affair.

use std::net::IpAddr;
use std::time::Duration;

use domain::secret::Secret;
use ipnet::IpNet;

/// Everything an installation decides about the web.
#[derive(Clone, Debug, Default)]
pub struct WebSettings {
    /// The address people reach it by, such as `https://photos.example.org`, without a slash at the end; `None` where it is
    /// only known as what the listener listens on. With `https` cookies are marked `Secure`, though a proxy ends the TLS.
    pub public_url: Option<String>,
    /// Whether this process itself speaks TLS.
    pub tls: bool,
    /// Proxies whose `X-Forwarded-For` is believed. Nobody else's is.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may read `/metrics`: whoever sends this bearer token. Without one, only clients on this machine that no proxy
    /// speaks for.
    pub metrics_token: Option<Secret>,
    /// What pages may load from elsewhere: nothing, unless a service that the installation uses needs its own script.
    pub allowed_sources: Vec<AllowedSource>,
    /// How much one caller may ask for.
    pub rates: RateSettings,
    /// How much of the machine requests may take.
    pub limits: LimitSettings,
}

/// Something that pages may load from elsewhere: a source of a directive of their
/// [Content-Security-Policy](https://www.w3.org/TR/CSP3/).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedSource {
    /// The directive, such as `script-src`.
    pub directive: &'static str,
    /// The source, such as `https://accounts.example.org`.
    pub source: String,
}

/// How much one caller may ask for: an account, or an address where nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateSettings {
    /// Requests a minute. A minute's worth may come at once.
    pub requests_per_minute: u32,
    /// Of these, uploads a minute.
    pub uploads_per_minute: u32,
}

/// How much of the machine requests may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Bytes of a JSON body.
    pub json_bytes: usize,
    /// Uploads that are being received at a time, in the whole process.
    pub uploads_at_once: usize,
    /// Connections at a time.
    pub connections: usize,
    /// How long a request without an upload may take to be answered.
    pub answer_within: Duration,
    /// How long an upload may take.
    pub upload_within: Duration,
    /// Streams of events that one account may hold open.
    pub event_streams: usize,
}

impl Default for RateSettings {
    /// 1,200 requests a minute, 120 uploads.
    fn default() -> Self {
        RateSettings { requests_per_minute: 1200, uploads_per_minute: 120 }
    }
}

impl Default for LimitSettings {
    /// 64 KiB, 50 uploads, 10,000 connections, 30 s, 10 min, 8 streams.
    fn default() -> Self {
        LimitSettings {
            json_bytes: 64 * 1024,
            uploads_at_once: 50,
            connections: 10_000,
            answer_within: Duration::from_secs(30),
            upload_within: Duration::from_secs(600),
            event_streams: 8,
        }
    }
}

/// A setting that can't work. The operator's turn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting {name} can't be {value}: {must}")]
pub struct SettingsError {
    /// Which one.
    pub name: &'static str,
    /// What it is.
    pub value: String,
    /// What it has to be.
    pub must: String,
}

impl WebSettings {
    /// Checks what can be checked before anybody is served.
    ///
    /// # Errors
    /// The first setting that can't work.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let wrong =
            |name, value: String, must: &str| Err(SettingsError { name, value, must: must.to_owned() });
        if let Some(url) = &self.public_url {
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' '])) {
                return wrong(
                    "public_url",
                    url.clone(),
                    "write it like https://photos.example.org, without a path",
                );
            }
        }
        let counts = [
            ("rates.requests_per_minute", u64::from(self.rates.requests_per_minute), 1_000_000),
            ("rates.uploads_per_minute", u64::from(self.rates.uploads_per_minute), 1_000_000),
            ("limits.uploads_at_once", self.limits.uploads_at_once as u64, 10_000),
            ("limits.connections", self.limits.connections as u64, 1_000_000),
            ("limits.event_streams", self.limits.event_streams as u64, 1000),
        ];
        for (name, value, most) in counts {
            if !(1..=most).contains(&value) {
                return wrong(name, value.to_string(), "at least 1, and not without bound");
            }
        }
        if !(1024..=1 << 20).contains(&self.limits.json_bytes) {
            return wrong("limits.json_bytes", self.limits.json_bytes.to_string(), "1 KiB to 1 MiB");
        }
        Ok(())
    }

    /// Whether cookies may only travel encrypted.
    pub fn secure_cookies(&self) -> bool {
        self.tls || self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The name of the session's cookie. Under TLS browsers are told by its name that no other host may set it
    /// ([RFC 6265bis, 4.1.3](https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/)).
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.secure_cookies() { "__Host-covershots_session" } else { "covershots_session" }
    }

    /// Whether what this peer says about whom it speaks for is believed.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|net| net.contains(&peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_good_and_mistakes_are_named() {
        assert_eq!(WebSettings::default().validate(), Ok(()));
        for url in ["photos.example.org", "https://", "https://a/b", "ftp://a", "https://u@a"] {
            let settings = WebSettings { public_url: Some(url.into()), ..WebSettings::default() };
            assert_eq!(settings.validate().unwrap_err().name, "public_url", "{url}");
        }
        let mut settings = WebSettings::default();
        settings.rates.uploads_per_minute = 0;
        assert_eq!(settings.validate().unwrap_err().name, "rates.uploads_per_minute");
    }

    #[test]
    fn cookies_are_secure_behind_tls_here_or_in_front() {
        let with = |url: Option<&str>, tls| WebSettings {
            public_url: url.map(str::to_owned),
            tls,
            ..WebSettings::default()
        };
        assert!(!with(None, false).secure_cookies());
        assert!(!with(Some("http://a.example"), false).secure_cookies());
        assert!(with(Some("https://a.example"), false).secure_cookies());
        assert!(with(None, true).secure_cookies());
    }
}
