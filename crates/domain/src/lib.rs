//! The nouns and rules of Covershots, and the ports through which they reach the world.
//!
//! Nothing here does I/O, starts a thread or names a vendor: what a headshot is, what a style may say
//! and whose turn it is when something fails are decided here and read by every other room.

pub mod account;
pub mod alias;
pub mod api_key;
pub mod aspect;
pub mod attempt;
pub mod brand;
pub mod check;
pub mod consent;
pub mod credit;
pub mod digest;
pub mod erasure;
pub mod generation;
pub mod guessing;
pub mod ids;
pub mod image;
pub mod links;
pub mod media;
pub mod object_key;
pub mod once;
pub mod page;
pub mod payment;
pub mod photo;
pub mod platform;
pub mod policy;
pub mod ports;
pub mod purchase;
pub mod retention;
pub mod secret;
pub mod session;
pub mod style;
pub mod subscription;
pub mod throttle;
pub mod thumbnail;
pub mod time;
pub mod units;
pub mod usage;
pub mod webhook;

pub use aspect::{AspectRatio, Size};
pub use check::{Finding, FindingKind, PhotoCheck, Verdict};
pub use media::MediaType;
pub use platform::Platform;
pub use style::{Style, StyleId, StyleKind};
pub use time::Timestamp;
pub use units::{Colour, Signed, Unit};
