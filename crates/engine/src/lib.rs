//! The offline renderer: a photo of a person in, headshots and thumbnails out. CPU only, no network.

pub mod backdrop;
pub mod face;
pub mod subject;
pub mod text;
pub mod thumbnail;

pub use face::Face;
pub use subject::{Cutout, Edges};
