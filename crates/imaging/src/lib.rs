//! Bytes to pixels and back: safe decode, orientation, colour, resize, encode, previews.
//!
//! A picture that comes in is a stranger's. [`decode()`] refuses it before it allocates, turns it upright,
//! converts it to sRGB and forgets everything else that was in the file. What goes out is pixels alone.

pub mod credentials;
pub mod decode;
pub mod encode;
pub mod geometry;
pub mod linear;
pub mod pixmap;
pub mod preview;
pub mod provenance;
pub mod resize;

pub use decode::{DecodeError, Limits, Wanted, decode, decode_for};
pub use encode::{EncodeError, Encoded, Format};
pub use geometry::{Point, Rect};
pub use pixmap::{Gray8, Pixmap, Plane, Rgb8, RgbF, Rgba8};
pub use preview::preview;
pub use resize::Resizable;
