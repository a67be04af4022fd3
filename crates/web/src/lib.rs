//! The web: the studio in a browser, the HTTP API and what stands around them. Thin: a route parses, calls one use case of [`app`],
//! and renders.

mod api;
mod assets;
mod cookies;
mod docs;
mod extract;
mod files;
mod health;
pub mod listen;
mod observe;
mod openapi;
mod pages;
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
pub use settings::{AllowedSource, LimitSettings, RateSettings, SettingsError, WebSettings};
