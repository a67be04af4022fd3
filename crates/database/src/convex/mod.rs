//! Convex: a database that somebody else runs, or that runs beside the service.
//!
//! The rules are carried out there, each verb a mutation or query of the repository's folder `convex/`, in one transaction. Here is what calls
//! them by the HTTP functions API (<https://docs.convex.dev/http-api>) and reads their answers as strictly as a column of SQL is read.
//!
//! An answer can get lost after the commit. So every mutation carries the key of its call, and is asked again with the same key: what
//! was done is then known there and not done twice.
//!
//! One noun, one file, as in the SQL backends; `call` is how a function is called, `error` what can go wrong, `wire` the rows as
//! they travel.

mod accounts;
mod admin;
mod aliases;
mod api_keys;
mod brands;
mod call;
mod consents;
mod credits;
mod deletions;
mod erasures;
mod error;
mod export;
mod generations;
mod images;
mod payments;
mod photos;
mod sessions;
mod throttles;
mod transfer;
mod webhooks;
mod wire;
mod work;

use std::sync::Arc;
use std::time::Duration;

use domain::secret::Secret;
use serde::Deserialize;
use serde_json::json;

pub use error::ConvexError;

use call::Caller;

/// The version of the functions that this program calls: the number in `convex/functions/version.ts`.
pub const FUNCTIONS_VERSION: u32 = 2;

/// Which deployment, and how patiently it is called.
#[derive(Clone, Debug)]
pub struct ConvexOptions {
    /// The deployment's address, such as `https://happy-animal-123.convex.cloud`.
    pub url: String,
    /// A deploy key that may run internal queries and mutations.
    pub key: Secret,
    /// How long one call may take.
    pub timeout: Duration,
    /// How long to wait before a call is tried a second time; each further pause is four times as long.
    pub pause: Duration,
}

impl ConvexOptions {
    /// The usual patience: half a minute for a call, which is tried up to five times within some twenty seconds.
    pub fn new(url: impl Into<String>, key: Secret) -> Self {
        ConvexOptions {
            url: url.into(),
            key,
            timeout: Duration::from_secs(30),
            pause: Duration::from_millis(250),
        }
    }
}

/// A database in a Convex deployment. Clones share its connections.
#[derive(Clone)]
pub struct Convex {
    caller: Arc<Caller>,
}

impl Convex {
    /// Reaches the deployment, and makes sure that its functions are those that this program calls.
    ///
    /// # Errors
    /// [`ConvexError`] says what is wrong: address, key, functions or the way there.
    pub async fn connect(http: reqwest::Client, options: ConvexOptions) -> Result<Self, ConvexError> {
        let convex = Convex { caller: Arc::new(Caller::new(http, options)?) };
        let deployed = convex.functions_version().await?;
        if deployed == FUNCTIONS_VERSION {
            Ok(convex)
        } else {
            Err(ConvexError::Version { deployed, needed: FUNCTIONS_VERSION })
        }
    }

    /// The version of the functions that are deployed.
    ///
    /// # Errors
    /// As [`Convex::connect`].
    pub async fn functions_version(&self) -> Result<u32, ConvexError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        self.caller.query::<Version>("version:get", json!({})).await.map(|answer| answer.version)
    }
}

/// The most keys that one call speaks of, or rows that it asks for.
const PAGE: u32 = 500;
