//! Backends that speak SQL.

pub mod sqlite;
