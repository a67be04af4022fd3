//! A text that must not be seen: a password, a session, a key.
//!
//! It has no `Display`, its `Debug` says nothing, it is no part of any serialised form, and it is wiped when
//! dropped. Whoever reads it says so by calling [`Secret::expose`], which makes every reader easy to find.

use std::fmt;

use zeroize::Zeroizing;

/// A secret text, wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over. Copies made of it before are the caller's to wipe.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new("correct horse battery staple");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(secret.expose(), "correct horse battery staple");
    }
}
