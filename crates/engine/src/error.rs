//! Why no picture came of a photo, and whose turn it is.

use imaging::{DecodeError, EncodeError};

/// A failure of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The caller's turn: the file can't be read.
    #[error(transparent)]
    Photo(#[from] DecodeError),
    /// The caller's turn: there is nobody to make a picture of.
    #[error("no face was found in this photo: use one that shows a face from the front, in good light")]
    NoFace,
    /// The caller's turn: the face can't be made into a picture. The advice is that of the check.
    #[error("{0}")]
    Unusable(String),
    /// The caller's turn: a size that no picture can have.
    #[error("{width}×{height} pixels can't be made: each side must be 16 to 4096 pixels")]
    Size {
        /// Pixels across that were asked for.
        width: u32,
        /// Pixels down that were asked for.
        height: u32,
    },
    /// Our turn: a model that ships with the program did not run.
    #[error("the model {model} failed ({reason}): this is a fault of the program, please report it")]
    Model {
        /// Which model.
        model: &'static str,
        /// What the runtime said.
        reason: String,
    },
    /// The picture was made and could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
