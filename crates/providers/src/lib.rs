//! Services far away that make pictures, each behind domain's [`Provider`](domain::ports::provider::Provider).
//!
//! A vendor is a folder: its settings and models with their limits and prices, what is sent, what comes back, and whose turn it is
//! when it does not come. What all of them need is beside them: `line` is the bounded, encrypted way there, `photo` what leaves this
//! machine of a photo, `answer` what is believed of a picture that comes back, `apart` where
//! both are computed, [`prompt`] the words. [`Guarded`] stands in front of
//! a provider: how many calls at a time and a minute, and a rest when it fails again and again.
//!
//! Nobody here tries twice or asks another: that is the worker's, who writes each try down and knows what the person allows.

mod answer;
mod apart;
pub mod gemini;
mod guard;
mod line;
pub mod openai;
mod photo;
pub mod prompt;
mod retry_after;
mod settings;

pub use gemini::Gemini;
pub use guard::{GuardSettings, Guarded};
pub use openai::OpenAi;
pub use settings::{LineSettings, Price, SettingsError};
