//! `cargo xtask gallery`: every style over every photo of examples/photos, as contact sheets to be looked at.

use crate::Failure;

/// Renders the sheets of all styles, or of those whose id contains `only`.
pub(crate) fn run(_only: Option<&str>) -> Result<(), Failure> {
    Err("the engine is not merged yet".into())
}
