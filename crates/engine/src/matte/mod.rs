//! Where the person ends: from two rough masks to hair.

pub(crate) mod coarse;
pub(crate) mod colours;
pub(crate) mod guided;
pub(crate) mod refine;
mod sampling;
