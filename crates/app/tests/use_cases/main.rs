//! The use cases, told against a real database and a real folder. One program, so that it is linked once.

// clippy.toml allows it in tests; here the tests' own scene is meant too.
#![allow(clippy::unwrap_used)]

mod asking;
mod bad_input;
mod bucket;
mod changing;
mod consents;
mod erasing;
mod faults;
mod gathering;
mod happy_path;
mod killed;
mod likeness;
mod migrating;
mod nodes;
mod paying;
mod reconciling;
mod signing_in;
mod support;
mod thumbnails;
mod vendors;
mod vouched;
mod webhooks;
mod working;
