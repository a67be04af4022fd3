//! The keys that an instance signs with. They are fetched when first needed and once an hour; a token that names an unknown one
//! makes them be fetched anew, but at most every 30 seconds, so that forged tokens make nobody busy.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::ports::identity::OutsideError;
use domain::time::Timestamp;
use jsonwebtoken::DecodingKey;
use reqwest::Client;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::api::{read_json, unavailable};

/// They are not fetched again for so long, whatever tokens name.
const AT_MOST_EVERY: Duration = Duration::from_secs(30);
/// They are fetched again after so long, so that a key that was withdrawn is not believed for ever.
const FRESH_FOR: Duration = Duration::from_secs(3600);
/// The most keys that are believed in.
const MAX_KEYS: usize = 32;

/// The set, <https://www.rfc-editor.org/rfc/rfc7517#section-5>.
#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// One key; those of other kinds are passed over.
#[derive(Deserialize)]
struct Entry {
    kty: String,
    kid: String,
    n: String,
    e: String,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Arc<DecodingKey>>,
    fetched_at: Option<Timestamp>,
}

/// The keys of one instance.
pub(super) struct KeySet {
    http: Client,
    url: String,
    known: RwLock<Arc<Known>>,
    /// When they were last asked for, in vain or not. Whoever fetches holds it: the others wait and look again.
    asked_at: Mutex<Option<Timestamp>>,
}

impl KeySet {
    pub(super) fn new(http: Client, url: String) -> Self {
        KeySet { http, url, known: RwLock::default(), asked_at: Mutex::default() }
    }

    /// The key of an id.
    ///
    /// # Errors
    /// `Invalid` when the instance has no such key, `Unavailable` when no key was ever fetched and none can be.
    pub(super) async fn find(&self, kid: &str, now: Timestamp) -> Result<Arc<DecodingKey>, OutsideError> {
        let known = self.known();
        let fresh = known.fetched_at.is_some_and(|at| now.since(at) < FRESH_FOR);
        if let Some(key) = known.keys.get(kid).filter(|_| fresh) {
            return Ok(Arc::clone(key));
        }
        let fetched = self.fetch_at_most(now).await;
        let known = self.known();
        match known.keys.get(kid) {
            Some(key) => Ok(Arc::clone(key)),
            None if known.fetched_at.is_none() => Err(fetched.err().unwrap_or(OutsideError::Invalid)),
            None => Err(OutsideError::Invalid),
        }
    }

    /// Fetches them.
    ///
    /// # Errors
    /// `Unavailable` when they can't be, or none of them is of use.
    pub(super) async fn fetch(&self, now: Timestamp) -> Result<(), OutsideError> {
        self.fetch_at_most(now).await?;
        if self.known().keys.is_empty() {
            return Err(unavailable(std::io::Error::other("none of its keys is an RSA key to verify with")));
        }
        Ok(())
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn fetch_at_most(&self, now: Timestamp) -> Result<(), OutsideError> {
        let mut asked_at = self.asked_at.lock().await;
        if asked_at.is_some_and(|at| now.since(at) < AT_MOST_EVERY) {
            let silent = std::io::Error::other("the keys were asked for a moment ago, in vain");
            return Err(OutsideError::Unavailable(Box::new(silent)));
        }
        *asked_at = Some(now);
        let answer = self.http.get(&self.url).send().await.map_err(unavailable)?;
        let answer = answer.error_for_status().map_err(unavailable)?;
        let document: Document = read_json(answer).await?;
        let keys = document.keys.into_iter().filter_map(usable).take(MAX_KEYS).collect();
        let known = Arc::new(Known { keys, fetched_at: Some(now) });
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }
}

/// A key that RS256 can be verified with.
fn usable(entry: serde_json::Value) -> Option<(String, Arc<DecodingKey>)> {
    let Entry { kty, kid, n, e, alg, usage } = serde_json::from_value(entry).ok()?;
    let right =
        kty == "RSA" && alg.is_none_or(|alg| alg == "RS256") && usage.is_none_or(|usage| usage == "sig");
    let key = right.then(|| DecodingKey::from_rsa_components(&n, &e).ok())??;
    Some((kid, Arc::new(key)))
}
