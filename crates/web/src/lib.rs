//! The web: the HTTP API and what stands around it. Thin: a route parses, calls one use case of [`app`], and renders.

mod api;
mod docs;
mod extract;
mod files;
mod health;
pub mod listen;
mod observe;
mod openapi;
pub mod problem;
mod protect;
mod reading;
mod router;
pub mod settings;
mod state;
mod wire;

pub use api::archives::write_export;
pub use problem::Problem;
pub use router::Web;
pub use settings::{LimitSettings, RateSettings, SettingsError, WebSettings};
