//! Reading, resizing and writing pictures.

use crate::Failure;

/// Prints the figures.
pub(crate) fn run() -> Result<(), Failure> {
    Err("the bench of imaging is not merged yet".into())
}
