//! What may happen once: a message that is delivered again, a token that is shown again.
//!
//! Only a digest is kept of what was seen, and only for as long as a repetition can come: it says nothing of whom it was about.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::digest::Digest;

/// Names something that counts once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OnceKey(Digest);

impl OnceKey {
    /// The key of `id` among all things of one kind: ids of different kinds never meet.
    pub fn new(kind: &str, id: &str) -> Self {
        let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(id);
        OnceKey(Digest::new(hash.finalize().into()))
    }

    /// What is stored.
    pub fn digest(&self) -> Digest {
        self.0
    }
}

impl fmt::Debug for OnceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnceKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_do_not_meet() {
        assert_eq!(OnceKey::new("event", "1"), OnceKey::new("event", "1"));
        assert_ne!(OnceKey::new("event", "1"), OnceKey::new("token", "1"));
        assert_ne!(OnceKey::new("event1", "2"), OnceKey::new("event", "12"));
    }
}
