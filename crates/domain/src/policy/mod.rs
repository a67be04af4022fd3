//! A policy: a dated version of the privacy policy, known by what it says.
//!
//! It is not written but follows from what an installation does: [`Facts`] are taken from the running configuration, and
//! [`Document`] says them in words. Each sentence that promises something names its [`Promise`], for which whoever audits the
//! installation has to have a check.

mod document;
mod facts;
mod promise;

use serde::{Deserialize, Serialize};

pub use self::document::{Document, Section, Statement};
pub use self::facts::{Facts, Reached, Service, ServiceRole};
pub use self::promise::Promise;
use crate::digest::Digest;
use crate::time::Timestamp;

/// Which text a person agreed to: its version as people see it, and the digest of the text itself, so that the
/// version can't be given to another text afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// As it stands on the page: the day from which it holds, a mark of what matters in it and one of its text, such as
    /// `2026-11-23.5f0c9a1e.77ab01d2`.
    pub version: String,
    /// SHA-256 of the text.
    pub digest: Digest,
}

impl PolicyVersion {
    /// The mark of what matters in it: what is done with whose data, for how long, by whom.
    pub fn matter(&self) -> &str {
        let mut parts = self.version.split('.');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(matter), Some(_), None) => matter,
            _ => &self.version,
        }
    }

    /// Whether who agreed to this one agreed to the other, too: they differ in words and not in what matters.
    pub fn covers(&self, other: &PolicyVersion) -> bool {
        self.matter() == other.matter()
    }
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
