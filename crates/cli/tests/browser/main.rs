//! The studio as people have it: the real program in a headless browser, by hand and eye alone. `cargo xtask test` installs what it
//! needs, and says what is missing where it can't. One test program, so that it is linked once.

// clippy.toml allows it in tests; here the tests' own scene is meant too.
#![allow(clippy::unwrap_used)]

mod audit;
mod bought;
mod journey;
mod scene;
mod scriptless;
mod vendors;
mod vouched;
