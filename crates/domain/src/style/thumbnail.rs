//! The recipe of a thumbnail.

use serde::{Deserialize, Serialize};

/// What the engine does for a thumbnail style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThumbnailRecipe {}
