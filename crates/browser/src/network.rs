//! What a page asked the network for and how it was painted, by the browser's own figures.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Browser, BrowserError};

/// Something that a page asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The address.
    pub url: String,
    /// What it was asked for as, in the browser's words: `Document`, `Script`, `Image` …
    pub kind: String,
    /// Bytes that went over the wire, headers and compression included.
    pub bytes: u64,
    /// Whether it failed.
    pub failed: bool,
}

impl Request {
    /// The host and port, where there is one: what a page carries in itself has none.
    pub fn host(&self) -> Option<&str> {
        let rest = self.url.strip_prefix("http://").or_else(|| self.url.strip_prefix("https://"))?;
        rest.split(['/', '?', '#']).next()
    }
}

/// What a page weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Bytes over the wire, without pictures.
    pub without_pictures: u64,
    /// Bytes of pictures.
    pub pictures: u64,
    /// Requests in all.
    pub requests: usize,
}

/// How a page was painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paint {
    /// Milliseconds from the start of the navigation to the first text or picture.
    pub first_contentful: f64,
    /// Milliseconds until the largest text or picture of the first screen.
    pub largest_contentful: f64,
    /// Cumulative layout shift: 0 is a page on which nothing jumps.
    pub layout_shift: f64,
}

impl Weight {
    /// The sum of some requests.
    pub fn of(requests: &[Request]) -> Weight {
        let mut weight = Weight { requests: requests.len(), ..Weight::default() };
        for request in requests {
            if request.kind == "Image" {
                weight.pictures += request.bytes;
            } else {
                weight.without_pictures += request.bytes;
            }
        }
        weight
    }
}

impl Browser {
    /// What was asked of the network since the last time, in order.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn requests(&self) -> Result<Vec<Request>, BrowserError> {
        let mut order = Vec::new();
        let mut requests: BTreeMap<String, Request> = BTreeMap::new();
        for entry in self.log("performance").await? {
            let message: Value =
                entry["message"].as_str().and_then(|m| serde_json::from_str(m).ok()).unwrap_or_default();
            let (event, said) = (&message["message"]["method"], &message["message"]["params"]);
            let Some(id) = said["requestId"].as_str() else { continue };
            match event.as_str().unwrap_or_default() {
                "Network.requestWillBeSent" => {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    let request = Request {
                        url: text(&said["request"]["url"]),
                        kind: text(&said["type"]),
                        ..Request::default()
                    };
                    // A redirect goes on under the same id: what was asked before stays in the list.
                    if let Some(before) = requests.insert(id.to_owned(), request) {
                        order.push(Entry::Done(before));
                    }
                    order.push(Entry::Open(id.to_owned()));
                }
                "Network.loadingFinished" => {
                    if let Some(request) = requests.get_mut(id) {
                        request.bytes = said["encodedDataLength"].as_f64().unwrap_or_default() as u64;
                    }
                }
                "Network.loadingFailed" => {
                    if let Some(request) = requests.get_mut(id) {
                        // What a page itself gives up is no failure.
                        request.failed = said["canceled"] != true;
                    }
                }
                _ => {}
            }
        }
        let listed = order.into_iter().filter_map(|entry| match entry {
            Entry::Done(request) => Some(request),
            Entry::Open(id) => requests.remove(&id),
        });
        Ok(listed.collect())
    }

    /// What went wrong in the page since the last time: errors of scripts, breaches of the policy, files that were not found.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn complaints(&self) -> Result<Vec<String>, BrowserError> {
        let entries = self.log("browser").await?;
        let serious =
            entries.iter().filter(|entry| ["SEVERE", "WARNING"].iter().any(|level| entry["level"] == *level));
        Ok(serious.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect())
    }

    /// How the page that is open was painted.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn paint(&self) -> Result<Paint, BrowserError> {
        // Buffered entries are handed to an observer in a task of their own, which two frames are sure to let through.
        let body = "return new Promise(done => { let shift = 0, largest = 0; \
            new PerformanceObserver(list => list.getEntries().forEach(e => { if (!e.hadRecentInput) shift += e.value; })) \
                .observe({ type: 'layout-shift', buffered: true }); \
            new PerformanceObserver(list => list.getEntries().forEach(e => { largest = e.startTime; })) \
                .observe({ type: 'largest-contentful-paint', buffered: true }); \
            const tell = first => requestAnimationFrame(() => requestAnimationFrame(() => \
                setTimeout(() => done([first.startTime, largest, shift]), 0))); \
            new PerformanceObserver(list => list.getEntriesByName('first-contentful-paint').forEach(tell)) \
                .observe({ type: 'paint', buffered: true }); });";
        let figures = self.script(body, json!([])).await?;
        let figure = |n: usize| figures[n].as_f64().unwrap_or(-1.0);
        Ok(Paint { first_contentful: figure(0), largest_contentful: figure(1), layout_shift: figure(2) })
    }

    /// Whether the next pages come from the network, as for who was never here.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn forget_cache(&self) -> Result<(), BrowserError> {
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.clearBrowserCache", json!({})).await.map(drop)
    }
}

enum Entry {
    Open(String),
    Done(Request),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, kind: &str, bytes: u64) -> Request {
        Request { url: url.into(), kind: kind.into(), bytes, failed: false }
    }

    #[test]
    fn a_request_names_its_host_and_what_a_page_carries_has_none() {
        assert_eq!(request("http://127.0.0.1:8080/a?b", "Document", 1).host(), Some("127.0.0.1:8080"));
        assert_eq!(request("https://example.org", "Script", 1).host(), Some("example.org"));
        assert_eq!(request("data:image/svg+xml,x", "Image", 1).host(), None);
        assert_eq!(request("blob:http://127.0.0.1/x", "Image", 1).host(), None);
    }

    #[test]
    fn pictures_are_weighed_apart() {
        let all = [request("/", "Document", 10), request("/a", "Image", 500), request("/b", "Script", 7)];
        let expected = Weight { without_pictures: 17, pictures: 500, requests: 3 };
        assert_eq!(Weight::of(&all), expected);
    }
}
