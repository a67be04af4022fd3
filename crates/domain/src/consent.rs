//! Consent: what a person allowed, by which words, since when and until when, and the gate that asks for it.
//!
//! No photo is accepted and none is sent anywhere without a consent in force for that very purpose. The gate hands out
//! a [`Permit`], which can be had from nowhere else: a use case that needs one can't be written without passing here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ids::{AccountId, ConsentId};
use crate::policy::PolicyVersion;
use crate::time::Timestamp;

/// Names an outside service that personal data may be sent to: 1 to 40 lower-case letters, digits and hyphens.
/// Which services there are is configuration; the rules know them as data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SubprocessorId(String);

impl SubprocessorId {
    /// An id, or `None` when the text has another shape.
    pub fn new(text: &str) -> Option<Self> {
        let good = (1..=40).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        good.then(|| SubprocessorId(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a consent is for. Each purpose is asked for and withdrawn by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Keep my photos here, for as long as the policy says.
    KeepPhotos,
    /// Send my photos to this outside service to make pictures of them.
    SendTo(SubprocessorId),
}

/// A text that names no purpose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a purpose: write keep-photos, or send-to: and the name of the service")]
pub struct PurposeError;

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Purpose::KeepPhotos => f.write_str("keep-photos"),
            Purpose::SendTo(service) => write!(f, "send-to:{}", service.0),
        }
    }
}

impl FromStr for Purpose {
    type Err = PurposeError;

    fn from_str(text: &str) -> Result<Self, PurposeError> {
        match text.split_once(':') {
            None if text == "keep-photos" => Ok(Purpose::KeepPhotos),
            Some(("send-to", service)) => {
                SubprocessorId::new(service).map(Purpose::SendTo).ok_or(PurposeError)
            }
            _ => Err(PurposeError),
        }
    }
}

impl Serialize for Purpose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Purpose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// One tick that a person made. It is kept after withdrawal: it shows what was allowed in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// Names it.
    pub id: ConsentId,
    /// Whose it is.
    pub account: AccountId,
    /// What for.
    pub purpose: Purpose,
    /// The text that was shown.
    pub policy: PolicyVersion,
    /// When it was given.
    pub given_at: Timestamp,
    /// When it was taken back, if it was.
    pub withdrawn_at: Option<Timestamp>,
}

impl Consent {
    /// Whether it holds at `now`: from the moment it was given until just before the one it was withdrawn.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.given_at <= now && self.withdrawn_at.is_none_or(|withdrawn| now < withdrawn)
    }
}

/// Proof that an account allowed a purpose when it was asked. Only [`permit`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    account: AccountId,
    purpose: Purpose,
}

impl Permit {
    /// Whose permit it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// What it allows.
    pub fn purpose(&self) -> &Purpose {
        &self.purpose
    }
}

/// The person has not allowed this, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no consent for {0}: it has to be given first")]
pub struct ConsentMissing(pub Purpose);

/// The gate: a permit when one of the account's `consents` is in force for `purpose` at `now`.
///
/// Consents of other accounts are passed over, so that a list gathered too widely opens nothing.
pub fn permit(
    account: AccountId,
    purpose: &Purpose,
    consents: &[Consent],
    now: Timestamp,
) -> Result<Permit, ConsentMissing> {
    let allowed = consents.iter().any(|c| c.account == account && c.purpose == *purpose && c.in_force(now));
    if allowed {
        Ok(Permit { account, purpose: purpose.clone() })
    } else {
        Err(ConsentMissing(purpose.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn account(n: u8) -> AccountId {
        AccountId::new(at(0), [n; 10])
    }

    fn consent(owner: u8, purpose: Purpose, given: u64, withdrawn: Option<u64>) -> Consent {
        Consent {
            id: ConsentId::new(at(given), [0; 10]),
            account: account(owner),
            purpose,
            policy: PolicyVersion { version: "1".into(), digest: Digest::new([0; 32]) },
            given_at: at(given),
            withdrawn_at: withdrawn.map(at),
        }
    }

    #[test]
    fn the_gate_opens_for_the_purpose_the_person_and_the_time_alone() {
        let vendor = |name| Purpose::SendTo(SubprocessorId::new(name).unwrap());
        let consents = [
            consent(1, Purpose::KeepPhotos, 10, Some(20)),
            consent(1, vendor("one"), 10, None),
            consent(2, vendor("two"), 10, None),
        ];
        let asked = |purpose: &Purpose, now| permit(account(1), purpose, &consents, at(now)).is_ok();
        assert!(!asked(&Purpose::KeepPhotos, 9) && asked(&Purpose::KeepPhotos, 10));
        assert!(asked(&Purpose::KeepPhotos, 19) && !asked(&Purpose::KeepPhotos, 20));
        assert!(asked(&vendor("one"), 20) && !asked(&vendor("two"), 20) && !asked(&vendor("three"), 20));
    }

    #[test]
    fn a_purpose_reads_back() {
        for text in ["keep-photos", "send-to:some-service"] {
            assert_eq!(text.parse::<Purpose>().unwrap().to_string(), text);
        }
        for bad in ["", "send-to:", "send-to:A", "keep-photos:x", "sell"] {
            assert_eq!(bad.parse::<Purpose>(), Err(PurposeError), "{bad}");
        }
    }
}
