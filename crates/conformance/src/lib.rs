//! What a port promises, as stories that every implementation is put through.
//!
//! A story is a test written against the port alone. An implementation proves itself by running all of them; a promise that only one
//! implementation keeps is not a promise of the port. Tests move the time, they do not wait.

#![allow(clippy::unwrap_used, reason = "a story is a test: what fails here fails the test")]

pub mod database;
pub mod objects;
