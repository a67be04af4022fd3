//! The service as people have it: the real program on a data folder of its own, asked over HTTP. One test program, so that it is
//! linked once.

// clippy.toml allows it in tests; here the tests' own scene is meant too.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod bad_luck;
mod crowd;
mod described;
mod doctor;
mod encrypted;
mod fetched;
mod full_disk;
mod in_a_bucket;
mod killed;
mod on_convex;
mod paid;
mod policies;
mod rights;
mod several;
mod stopping;
mod support;
mod whole;
