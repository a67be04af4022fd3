//! Why a file was refused, and whose turn it is.

use super::SourceFormat;

/// Why a file could not be read. Every message says what to do; none contains anything out of the file but
/// figures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// No bytes at all: the upload failed.
    #[error("the file is empty: choose it again and send it once more")]
    Empty,
    /// More bytes than the operator allows.
    #[error("the file has {} MB and {} MB are allowed: send a smaller one", megabytes(*bytes), megabytes(*allowed))]
    TooManyBytes {
        /// Bytes of the file.
        bytes: u64,
        /// [`super::Limits::max_bytes`].
        allowed: u64,
    },
    /// More pixels than the operator allows.
    #[error(
        "the picture is {width}×{height} pixels; at most {} megapixels and {max_side} pixels a side are allowed: make it smaller and send it again",
        max_pixels / 1_000_000
    )]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// [`super::Limits::max_pixels`].
        max_pixels: u64,
        /// [`super::Limits::max_side`].
        max_side: u32,
    },
    /// A file that is not read here.
    #[error("this is {what}, which is not read here: {advice}")]
    Unsupported {
        /// What the file is, with its article.
        what: &'static str,
        /// What to send in its place.
        advice: &'static str,
    },
    /// Nothing that could be told from its first bytes.
    #[error("this is not a picture that can be read here: send a JPEG, PNG, WebP or AVIF")]
    UnknownFormat,
    /// The name or media type says one thing and the bytes another.
    #[error("the file is said to be {claimed:?} and is {found}: send it under its true type")]
    Mismatch {
        /// What the sender says.
        claimed: String,
        /// What the bytes are.
        found: &'static str,
    },
    /// Damaged or cut off.
    #[error("the {} is damaged or cut off ({reason}): send it again or export it anew", format.name())]
    Damaged {
        /// What the file is.
        format: SourceFormat,
        /// What was found to be wrong.
        reason: String,
    },
}

impl DecodeError {
    pub(super) fn damaged(format: SourceFormat, reason: impl ToString) -> Self {
        DecodeError::Damaged { format, reason: reason.to_string() }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_carry_the_figures() {
        let error = DecodeError::TooManyBytes { bytes: 51_234_567, allowed: 50_000_000 };
        assert_eq!(error.to_string(), "the file has 51.2 MB and 50.0 MB are allowed: send a smaller one");
        let error =
            DecodeError::TooLarge { width: 40_000, height: 2, max_pixels: 100_000_000, max_side: 30_000 };
        assert!(error.to_string().contains("40000×2 pixels; at most 100 megapixels and 30000 pixels a side"));
    }
}
