//! Session tokens: whose word is taken, and for how long.
//!
//! The signature is `jsonwebtoken`'s affair; the times are compared here, with the `now` of whoever asks.

use domain::ports::identity::OutsideError;
use domain::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

/// What clocks may differ by, as Clerk's own libraries allow, in seconds.
const LEEWAY: u64 = 5;
/// The longest token that is looked at, in bytes. Clerk keeps its cookie below 4 KiB.
const MAX_BYTES: usize = 8192;

/// What is read of a session token, version 2 or 1. Whatever else is in it is ignored.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    /// The user.
    pub(super) sub: String,
    /// The session over there.
    pub(super) sid: String,
    #[serde(default)]
    jti: Option<String>,
    exp: u64,
    nbf: u64,
    iat: u64,
    /// The origin of the page that asked for the token.
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    v: Option<u32>,
    /// `pending` while something of the sign-up is still to be done.
    #[serde(default)]
    sts: Option<String>,
    /// Who acts in this person's name, if somebody does.
    #[serde(default)]
    pub(super) act: Option<serde_json::Value>,
}

impl Claims {
    /// Names the token among all. Two of one session in one second are one: whoever has either has both.
    pub(super) fn name(&self) -> String {
        self.jti.clone().unwrap_or_else(|| format!("{}/{}", self.sid, self.iat))
    }

    /// From when on it is worth nothing.
    pub(super) fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(self.exp.saturating_add(LEEWAY).saturating_mul(1000))
    }
}

/// The id of the key that a token says it is signed with.
pub(super) fn key_id(token: &str) -> Result<String, OutsideError> {
    if token.len() > MAX_BYTES {
        return Err(OutsideError::Invalid);
    }
    let header = decode_header(token).map_err(|_| OutsideError::Invalid)?;
    match (header.alg, header.kid) {
        (Algorithm::RS256, Some(kid)) if (1..=255).contains(&kid.len()) => Ok(kid),
        _ => Err(OutsideError::Invalid),
    }
}

/// Whose word is taken.
pub(super) struct Rules {
    validation: Validation,
    issuer: String,
    parties: Vec<String>,
}

impl Rules {
    pub(super) fn new(issuer: &str, parties: Vec<String>) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        // The library would ask the machine's clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "sub"]);
        Rules { validation, issuer: issuer.to_owned(), parties }
    }

    /// The claims of a token that is good at `now`.
    pub(super) fn check(
        &self,
        token: &str,
        key: &DecodingKey,
        now: Timestamp,
    ) -> Result<Claims, OutsideError> {
        let claims: Claims = decode(token, key, &self.validation).map_err(|_| OutsideError::Invalid)?.claims;
        let now = now.millis() / 1000;
        let begun = |at: u64| at <= now.saturating_add(LEEWAY);
        let good = claims.iss == self.issuer
            && now < claims.exp.saturating_add(LEEWAY)
            && begun(claims.nbf)
            && begun(claims.iat)
            && claims.azp.as_ref().is_none_or(|party| self.parties.contains(party))
            && matches!(claims.v, None | Some(1 | 2))
            && claims.sts.as_deref() != Some("pending")
            && !claims.sid.is_empty()
            && !claims.sub.is_empty();
        if good { Ok(claims) } else { Err(OutsideError::Invalid) }
    }
}
