//! Reads style files and keeps them in order.

/// A style file that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {field}: {message}")]
pub struct StyleError {
    /// The file's name.
    pub file: String,
    /// The line in it, counted from 1.
    pub line: usize,
    /// The field, as a dotted path.
    pub field: String,
    /// What is wrong with it and what to write instead.
    pub message: String,
}

/// All styles, ordered by kind, category and name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {}
