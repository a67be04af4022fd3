//! A style: what a person chooses. It holds a prompt for AI providers and a recipe for the offline engine.
//!
//! Styles are data, one TOML file each under `styles/`; [`catalogue`] reads them.

pub mod backdrop;
pub mod catalogue;
mod file;
pub mod headshot;
pub mod thumbnail;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use backdrop::Backdrop;
pub use catalogue::{Catalogue, StyleError, StyleErrors, UnknownStyle};
pub use headshot::HeadshotRecipe;
pub use thumbnail::ThumbnailRecipe;

/// The name of a style file without its ending, such as `studio-white`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StyleId(String);

impl StyleId {
    /// An id of 1 to 64 lower-case letters, digits and single hyphens; `None` for anything else.
    pub fn new(text: &str) -> Option<Self> {
        let good = !text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        good.then(|| StyleId(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StyleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The two products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StyleKind {
    /// A portrait of head and shoulders.
    Headshot,
    /// The cover picture of a video.
    Thumbnail,
}

impl fmt::Display for StyleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StyleKind::Headshot => "headshot",
            StyleKind::Thumbnail => "thumbnail",
        })
    }
}

/// What the offline engine does for a style.
#[derive(Clone, Debug, PartialEq)]
pub enum Recipe {
    /// How a headshot is lit, framed and finished.
    Headshot(Box<HeadshotRecipe>),
    /// How a thumbnail is laid out.
    Thumbnail(Box<ThumbnailRecipe>),
}

/// One entry of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Unique among the styles of its kind; the file's name.
    pub id: StyleId,
    /// What people see: "Studio white".
    pub name: String,
    /// One sentence on what it looks like and what it is for.
    pub description: String,
    /// The heading under which it is listed: "Business", "Studio", "Creative" …
    pub category: String,
    /// What an AI provider is asked for. It speaks of clothing, setting, light and lens, never of the person.
    pub prompt: String,
    /// What the offline engine does.
    pub recipe: Recipe,
}

impl Style {
    /// Which product the style makes.
    pub fn kind(&self) -> StyleKind {
        match self.recipe {
            Recipe::Headshot(_) => StyleKind::Headshot,
            Recipe::Thumbnail(_) => StyleKind::Thumbnail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_plain_file_name() {
        assert!(StyleId::new("linkedin-blue").is_some());
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "../a", "é"] {
            assert!(StyleId::new(bad).is_none(), "{bad}");
        }
    }
}
