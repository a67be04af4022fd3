//! The way to a vendor: encrypted unless it ends on this machine, and bounded in size, time and memory.

use std::error::Error as _;
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use domain::attempt::AttemptCost;
use domain::ports::provider::{Outage, ProviderError};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::settings::{LineSettings, SettingsError};

/// A way to one vendor's API.
pub(crate) struct Line {
    client: Client,
    base: String,
    key: (HeaderName, HeaderValue),
    max_answer_bytes: usize,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Line {
    /// A way to where the settings say, with the header that says who we are.
    pub(crate) fn new(
        provider: &'static str,
        settings: &LineSettings,
        key: (HeaderName, HeaderValue),
    ) -> Result<Self, SettingsError> {
        let error = |name, value: &dyn ToString, must: &str| {
            SettingsError::new(provider, name, value.to_string(), must)
        };
        let base = settings.base_url.trim_end_matches('/');
        let url = Url::parse(base)
            .map_err(|_| error("base_url", &base, "write an address that begins with https://"))?;
        let here = ends_here(&url);
        if url.scheme() != "https" && !(url.scheme() == "http" && here) {
            return Err(error("base_url", &base, "only https leaves this machine"));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(error("base_url", &"what it is", "leave out user, query and fragment"));
        }
        let second = Duration::from_secs(1);
        if settings.timeout < Duration::from_millis(10) || settings.timeout > 3600 * second {
            return Err(error("timeout", &format!("{:?}", settings.timeout), "use up to an hour"));
        }
        if !(256..=4096).contains(&settings.photo_side) {
            return Err(error("photo_side", &settings.photo_side, "use 256 to 4096 pixels"));
        }
        if settings.max_answer_bytes < 1_000_000 {
            return Err(error("max_answer_bytes", &settings.max_answer_bytes, "use at least a million"));
        }
        // An error says that there is one already.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .redirect(Policy::none())
            .https_only(!here)
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .user_agent(concat!("covershots/", env!("CARGO_PKG_VERSION")));
        if here {
            client = client.no_proxy();
        }
        let client = client
            .build()
            .map_err(|e| error("base_url", &base, &format!("no client could be made for it ({e})")))?;
        Ok(Line { client, base: base.to_owned(), key, max_answer_bytes: settings.max_answer_bytes })
    }

    /// Posts a body, and reads the whole answer.
    pub(crate) async fn post(
        &self,
        path: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<Reply, ProviderError> {
        let request =
            self.client.post(format!("{}{path}", self.base)).header(CONTENT_TYPE, media_type).body(body);
        self.send(request).await
    }

    /// Asks for something that costs nothing.
    pub(crate) async fn get(&self, path: &str) -> Result<Reply, ProviderError> {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Reply, ProviderError> {
        let (name, value) = self.key.clone();
        let mut response = request.header(name, value).send().await.map_err(broke)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
        if announced > self.max_answer_bytes {
            return Err(self.too_large());
        }
        let mut body = Vec::with_capacity(announced);
        while let Some(part) = response.chunk().await.map_err(broke)? {
            if body.len() + part.len() > self.max_answer_bytes {
                return Err(self.too_large());
            }
            body.extend_from_slice(&part);
        }
        Ok(Reply { status, headers, body })
    }

    fn too_large(&self) -> ProviderError {
        unavailable(Outage::Down, format!("its answer has more than {} bytes", self.max_answer_bytes))
    }
}

/// Whether an address is one of this machine's own.
fn ends_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A failure of the line itself. The text of an error may hold the address that was called, which holds no secret; that of its
/// cause says what happened.
fn broke(error: reqwest::Error) -> ProviderError {
    let cause = if error.is_timeout() && !error.is_connect() { Outage::Silent } else { Outage::Down };
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        detail = format!("{detail}: {inner}");
        source = inner.source();
    }
    unavailable(cause, detail)
}

/// Not available, without a word on when to come back, and without cost.
pub(crate) fn unavailable(cause: Outage, detail: impl Into<String>) -> ProviderError {
    ProviderError::Unavailable {
        cause,
        retry_after: None,
        detail: detail.into(),
        cost: AttemptCost::default(),
    }
}

/// The same failure with what it cost all the same.
pub(crate) fn with_cost(error: ProviderError, spent: AttemptCost) -> ProviderError {
    match error {
        ProviderError::Unavailable { cause, retry_after, detail, .. } => {
            ProviderError::Unavailable { cause, retry_after, detail, cost: spent }
        }
        error => error,
    }
}

/// A vendor's own words, cut to what a log bears. Keys and pictures are no part of them; addresses are cut off with the rest of a
/// very long text.
pub(crate) fn words(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(300).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_leaves_this_machine() {
        let line = |base: &str| {
            let key = (HeaderName::from_static("x-key"), HeaderValue::from_static("k"));
            Line::new("test", &LineSettings::new(base), key).map(drop)
        };
        for good in [
            "https://api.example.com",
            "https://api.example.com/",
            "http://127.0.0.1:80",
            "http://localhost:1",
            "http://[::1]:9",
        ] {
            assert_eq!(line(good), Ok(()), "{good}");
        }
        for bad in [
            "http://api.example.com",
            "http://127.0.0.1.example.com",
            "ftp://localhost",
            "here",
            "https://u:p@example.com",
            "https://example.com/?a=b",
        ] {
            let error = line(bad).unwrap_err();
            assert_eq!(error.name, "base_url", "{bad}");
            assert!(!error.to_string().contains("u:p"), "{error}");
        }
    }
}
