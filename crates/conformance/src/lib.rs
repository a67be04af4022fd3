//! One story per port, run against every implementation of it.
//!
//! An implementation is proved here, not trusted: its own tests call these stories and add only what is its own.

pub mod objects;
