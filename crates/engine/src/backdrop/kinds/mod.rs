//! The kinds of backdrop, one file each.

pub(super) mod blackboard;
pub(super) mod bookshelf;
pub(super) mod canvas;
pub(super) mod flat;
pub(super) mod gels;
pub(super) mod golden_hour;
pub(super) mod horizon;
pub(super) mod paper;
pub(super) mod park;
pub(super) mod shadow;
pub(super) mod street;
pub(super) mod studio;
pub(super) mod wall;

pub(super) mod corridor;
mod foliage;
pub(super) mod lounge;
pub(super) mod office;
pub(super) mod skyline;
pub(super) mod stage;
