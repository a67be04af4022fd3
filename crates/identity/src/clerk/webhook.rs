//! Messages that Clerk sends by itself, signed as Svix does: HMAC-SHA256 over id, time and body. The order in which they come
//! says nothing, and neither does their coming at all.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::ports::identity::{OutsideError, OutsideEvent};
use domain::secret::Secret;
use domain::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use super::api::User;
use super::config::ClerkConfigError;

/// What clocks may differ by, and how late a message may be.
const TOLERANCE: Duration = Duration::from_secs(300);
/// Signatures that are looked at in one message.
const MAX_SIGNATURES: usize = 16;

/// The secrets of the endpoint.
pub(super) struct Secrets(Vec<Hmac<Sha256>>);

impl Secrets {
    pub(super) fn new(secrets: &[Secret]) -> Result<Self, ClerkConfigError> {
        let keyed = |secret: &Secret| {
            let key = secret.expose().strip_prefix("whsec_")?;
            Hmac::new_from_slice(&BASE64_STANDARD.decode(key).ok().filter(|key| key.len() >= 16)?).ok()
        };
        let keys = secrets.iter().map(keyed).collect::<Option<Vec<_>>>();
        keys.map(Secrets).ok_or(ClerkConfigError::WebhookSecret)
    }

    /// The id of a message that one of the secrets signed, and not long ago.
    pub(super) fn verify<'a>(
        &self,
        headers: &[(&str, &'a str)],
        body: &[u8],
        now: Timestamp,
    ) -> Result<&'a str, OutsideError> {
        let header = |name: &str| {
            let named = |prefix: &str| {
                let same = |(header, _): &&(&str, &str)| header.strip_prefix(prefix) == Some(name);
                headers.iter().find(same).map(|&(_, value)| value)
            };
            named("svix-").or_else(|| named("webhook-")).ok_or(OutsideError::Invalid)
        };
        let (id, time, signatures) = (header("id")?, header("timestamp")?, header("signature")?);
        let seconds: u64 = time.parse().map_err(|_| OutsideError::Invalid)?;
        let sent = Timestamp::from_millis(seconds.saturating_mul(1000));
        let recent = now.since(sent) <= TOLERANCE && sent.since(now) <= TOLERANCE;
        let good = signatures
            .split(' ')
            .take(MAX_SIGNATURES)
            .fold(false, |good, signature| good | self.signed(id, time, body, signature));
        if recent && good && (1..=255).contains(&id.len()) { Ok(id) } else { Err(OutsideError::Invalid) }
    }

    /// Whether one of the secrets made this signature. All are tried, so that the time does not tell which did.
    fn signed(&self, id: &str, time: &str, body: &[u8], signature: &str) -> bool {
        let Some(signature) =
            signature.strip_prefix("v1,").and_then(|text| BASE64_STANDARD.decode(text).ok())
        else {
            return false;
        };
        self.0.iter().fold(false, |good, secret| {
            let over = secret.clone().chain_update(id).chain_update(".").chain_update(time).chain_update(".");
            good | over.chain_update(body).verify_slice(&signature).is_ok()
        })
    }
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    data: Value,
}

/// A deleted user, or a session.
#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Reads a message whose signature was verified.
pub(super) fn read(body: &[u8], service: &SubprocessorId) -> Result<OutsideEvent, OutsideError> {
    let Event { kind, data } = serde_json::from_slice(body).map_err(|_| OutsideError::Invalid)?;
    let named = |data| serde_json::from_value::<Named>(data).map_err(|_| OutsideError::Invalid);
    Ok(match kind.as_str() {
        "user.created" | "user.updated" => {
            let user: User = serde_json::from_value(data).map_err(|_| OutsideError::Invalid)?;
            OutsideEvent::Changed(user.person(service)?)
        }
        "user.deleted" => {
            let alias = Alias::new(service.clone(), named(data)?.id);
            OutsideEvent::Deleted(alias.ok_or(OutsideError::Invalid)?)
        }
        "session.ended" | "session.removed" | "session.revoked" => OutsideEvent::SignInEnded(named(data)?.id),
        _ => OutsideEvent::Ignored,
    })
}
