//! A headless browser, driven the way a person's hands and eyes would, and the program that it looks at.
//!
//! It speaks WebDriver (<https://www.w3.org/TR/webdriver2/>) to chromedriver, and through it the browser's own protocol where
//! WebDriver has no word: sizes and themes, what was asked of the network, how a page was painted. A dozen verbs are all
//! that tests, screenshots and the bench of pages need, so they are written here instead of taken from a large crate.
//!
//! For tests alone: nothing of it is in the program.

mod audit;
mod driver;
mod look;
mod network;
mod page;
mod studio;
pub mod tools;
pub mod tour;

pub use audit::Violation;
pub use driver::{Browser, BrowserError};
pub use look::{Look, Theme};
pub use network::{Paint, Request, Weight};
pub use studio::{Studio, StudioError};
pub use tour::Tour;
