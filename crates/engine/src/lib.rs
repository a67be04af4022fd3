//! The offline renderer: a photo of a person in, headshots and thumbnails out. CPU only, no network.
//!
//! [`pipeline`] is the heart: the steps by name, in order.

pub mod backdrop;
mod beside;
mod blur;
mod check;
mod detect;
mod engine;
mod enlarge;
mod error;
mod face;
pub mod headshot;
pub mod landmarks;
mod likeness;
mod matte;
mod models;
pub mod pipeline;
pub mod prepare;
mod provider;
mod resample;
mod subject;
pub mod text;
mod thread;
pub mod thumbnail;
mod titled;
mod warp;

pub use engine::Engine;
pub use error::EngineError;
pub use face::Face;
pub use headshot::{HeadshotOptions, OwnBackground};
pub use subject::{Cutout, Edges, Subject};
pub use titled::Titled;
