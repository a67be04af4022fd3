//! The API and the pages, asked over their router, on a real database and a real folder. One program, so that it is linked once.

// clippy.toml allows it in tests; here the tests' own scene is meant too.
#![allow(clippy::unwrap_used)]

mod callers;
mod document;
mod gallery;
mod gate;
mod pages;
mod support;
mod thumbnails;
