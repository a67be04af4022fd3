//! Randomness: ids and webhook secrets are made of it. A port, so that a story can be told twice with the same ids.

pub use super::identity::RandomnessError;

/// Gives randomness fit for secrets.
pub trait Randomness: Send + Sync {
    /// Fills the bytes.
    ///
    /// # Errors
    /// [`RandomnessError`].
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError>;
}
