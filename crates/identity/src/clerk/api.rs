//! The three things that are asked of Clerk: its keys, who a user is, and that a user be deleted.

use std::error::Error;
use std::time::Duration;

use domain::account::{Account, Email};
use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::ports::identity::{OutsideError, Person};
use domain::secret::Secret;
use domain::time::Timestamp;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The version of the API that is spoken here, <https://clerk.com/docs/guides/development/upgrading/versioning>.
const VERSION: &str = "2026-05-12";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
const MAX_BYTES: usize = 512 * 1024;

/// Not now: the connection, the time, or an answer that makes no sense.
pub(super) fn unavailable(error: impl Error + Send + Sync + 'static) -> OutsideError {
    OutsideError::Unavailable(Box::new(error))
}

/// Reads an answer of a bearable size.
pub(super) async fn read_json<T: DeserializeOwned>(mut answer: Response) -> Result<T, OutsideError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(unavailable(std::io::Error::other("the answer is too long")));
        }
        body.extend_from_slice(&chunk);
    }
    // The error would quote what is in it.
    serde_json::from_slice(&body).map_err(|_| unavailable(std::io::Error::other("the answer can't be read")))
}

/// A user, as the API and the webhooks have it, <https://clerk.com/docs/reference/backend/types/backend-user>.
#[derive(Deserialize)]
pub(super) struct User {
    id: String,
    #[serde(default)]
    email_addresses: Vec<EmailAddress>,
    #[serde(default)]
    primary_email_address_id: Option<String>,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    /// Milliseconds since 1970.
    updated_at: u64,
}

#[derive(Deserialize)]
struct EmailAddress {
    id: String,
    email_address: String,
    #[serde(default)]
    verification: Option<Verification>,
}

#[derive(Deserialize)]
struct Verification {
    #[serde(default)]
    status: Option<String>,
}

impl User {
    /// The person, with their primary address if it is verified, else with the first one that is.
    pub(super) fn person(self, service: &SubprocessorId) -> Result<Person, OutsideError> {
        let primary = self.primary_email_address_id.as_deref();
        let verified = |address: &&EmailAddress| {
            address.verification.as_ref().is_some_and(|v| v.status.as_deref() == Some("verified"))
        };
        let mut verified: Vec<_> = self.email_addresses.iter().filter(verified).collect();
        verified.sort_by_key(|address| Some(address.id.as_str()) != primary);
        let email = verified.iter().find_map(|address| address.email_address.parse::<Email>().ok());
        let names = [self.first_name, self.last_name];
        let name = names.iter().flatten().map(|name| name.trim()).filter(|name| !name.is_empty());
        let name = name.collect::<Vec<_>>().join(" ");
        Ok(Person {
            alias: Alias::new(service.clone(), self.id).ok_or(OutsideError::Invalid)?,
            verified_email: email,
            name: name.chars().filter(|c| !c.is_control()).take(Account::NAME_LIMIT).collect(),
            as_of: Timestamp::from_millis(self.updated_at),
        })
    }
}

/// The Backend API.
pub(super) struct Backend {
    http: Client,
    api: String,
    key: Secret,
}

impl Backend {
    pub(super) fn new(http: Client, api: String, key: Secret) -> Self {
        Backend { http, api, key }
    }

    /// A user; `None` when there is none.
    pub(super) async fn user(&self, id: &str) -> Result<Option<User>, OutsideError> {
        let answer = self.request(Method::GET, id)?.send().await.map_err(unavailable)?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let user: User = read_json(answer.error_for_status().map_err(unavailable)?).await?;
        if user.id == id {
            Ok(Some(user))
        } else {
            Err(unavailable(std::io::Error::other("another user came")))
        }
    }

    /// Deletes a user. One who is gone already counts as deleted.
    pub(super) async fn delete_user(&self, id: &str) -> Result<(), OutsideError> {
        let answer = self.request(Method::DELETE, id)?.send().await.map_err(unavailable)?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        answer.error_for_status().map(drop).map_err(unavailable)
    }

    fn request(&self, method: Method, user: &str) -> Result<RequestBuilder, OutsideError> {
        // What stands in a path must not lead elsewhere.
        if user.is_empty() || !user.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(OutsideError::Invalid);
        }
        let request = self.http.request(method, format!("{}/v1/users/{user}", self.api));
        Ok(request.bearer_auth(self.key.expose()).header("Clerk-API-Version", VERSION).timeout(PATIENCE))
    }
}
