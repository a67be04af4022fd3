//! What stands behind the person.

use serde::{Deserialize, Serialize};

use crate::units::Colour;

/// A background that the engine paints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Backdrop {
    /// One flat colour.
    Plain {
        /// The colour.
        colour: Colour,
    },
}
