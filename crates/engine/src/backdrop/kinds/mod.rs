//! The kinds of backdrop, one file each.

pub(super) mod canvas;
pub(super) mod flat;
pub(super) mod gels;
pub(super) mod paper;
pub(super) mod shadow;
pub(super) mod studio;
