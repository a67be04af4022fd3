//! The nouns and rules of Covershots, and the ports through which they reach the world.
//!
//! Nothing here does I/O, starts a thread or names a vendor: what a headshot is, what a style may say
//! and whose turn it is when something fails are decided here and read by every other room.

pub mod account;
pub mod aspect;
pub mod check;
pub mod digest;
pub mod guessing;
pub mod ids;
pub mod links;
pub mod media;
pub mod object_key;
pub mod platform;
pub mod ports;
pub mod retention;
pub mod secret;
pub mod style;
pub mod throttle;
pub mod time;
pub mod units;

pub use aspect::{AspectRatio, Size};
pub use check::{Finding, FindingKind, PhotoCheck, Verdict};
pub use media::MediaType;
pub use platform::Platform;
pub use style::{Style, StyleId, StyleKind};
pub use units::{Colour, Signed, Unit};
