//! Styles: the catalogue as people and programs see it.

use domain::credit::Credits;
use domain::style::{Style, UnknownStyle};
use domain::{StyleId, StyleKind};
use serde::Serialize;

use crate::{App, Prices};

/// One style of the catalogue, and what an image of it costs. Prompt and recipe are the house's own affair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StyleEntry {
    /// Its name for programs.
    pub id: StyleId,
    /// Which product.
    pub kind: StyleKind,
    /// What people see.
    pub name: String,
    /// One sentence on it.
    pub description: String,
    /// The heading under which it is listed.
    pub category: String,
    /// What one image costs.
    pub price: Credits,
}

impl App {
    /// The styles of one product or of both, in the catalogue's order.
    pub fn styles(&self, kind: Option<StyleKind>) -> Vec<StyleEntry> {
        let wanted = self.catalogue.iter().filter(|style| kind.is_none_or(|kind| style.kind() == kind));
        wanted.map(|style| self.entry(style)).collect()
    }

    /// One style.
    ///
    /// # Errors
    /// [`UnknownStyle`] names what may have been meant.
    pub fn style(&self, kind: StyleKind, id: &str) -> Result<StyleEntry, UnknownStyle> {
        self.catalogue.find(kind, id).map(|style| self.entry(style))
    }

    fn entry(&self, style: &Style) -> StyleEntry {
        StyleEntry {
            id: style.id.clone(),
            kind: style.kind(),
            name: style.name.clone(),
            description: style.description.clone(),
            category: style.category.clone(),
            price: self.settings.prices.of(style.kind()),
        }
    }
}

impl Prices {
    /// What one image of a product costs.
    pub fn of(&self, kind: StyleKind) -> Credits {
        match kind {
            StyleKind::Headshot => self.headshot,
            StyleKind::Thumbnail => self.thumbnail,
        }
    }
}
