//! The web: the HTTP API and what stands around it. Thin: a route parses, calls one use case of [`app`], and renders.

pub mod settings;

pub use settings::{LimitSettings, RateSettings, SettingsError, WebSettings};
