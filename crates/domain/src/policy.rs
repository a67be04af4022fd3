//! A policy: a dated version of the privacy policy, known by what it says.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::time::Timestamp;

/// Which text a person agreed to: its version as people see it, and the digest of the text itself, so that the
/// version can't be given to another text afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// As it stands on the page, such as `2026-11-23.1`.
    pub version: String,
    /// SHA-256 of the text.
    pub digest: Digest,
}

/// A version of the policy with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Which version it is.
    pub version: PolicyVersion,
    /// The text that people were shown.
    pub text: String,
    /// When it was first in force.
    pub published_at: Timestamp,
}
