//! An alias: what an outside service calls an account. Who vouches for a person knows them by one, and so does who takes their
//! money.
//!
//! An alias is an account's own: no two accounts have the same, and an account has at most one at a service. When an account is
//! erased, its aliases are what remains to be said goodbye to.

use std::fmt;

use serde::Serialize;

use crate::consent::SubprocessorId;

/// An account's id at an outside service. It has no Debug output: it leads to a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Alias {
    /// Which service.
    pub service: SubprocessorId,
    /// The id over there.
    pub id: String,
}

impl Alias {
    /// The longest id, in bytes.
    pub const MAX_BYTES: usize = 255;

    /// Takes an id over as it is; `None` when it is empty or longer than [`Alias::MAX_BYTES`].
    pub fn new(service: SubprocessorId, id: impl Into<String>) -> Option<Self> {
        let id = id.into();
        (1..=Self::MAX_BYTES).contains(&id.len()).then_some(Alias { service, id })
    }
}

impl fmt::Debug for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Alias({}, …)", self.service.as_str())
    }
}
