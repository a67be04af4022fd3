//! Where a picture goes, and what that place asks of it.
//!
//! The table is `platforms.toml` beside this file: to add a place, add an entry. Every size is one of the shapes
//! that a provider can make, so that a preset means the same to the offline engine and to an AI provider.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::aspect::{AspectRatio, Size};
use crate::media::MediaType;
use crate::style::StyleKind;
use crate::style::catalogue::{one_of, similar};

/// Pixels of the shorter and the longer side between which pictures are made.
pub const SIDES: std::ops::RangeInclusive<u32> = 512..=2048;

/// One place that a picture is made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// Unique and stable: "linkedin".
    pub id: String,
    /// What people see: "LinkedIn profile photo".
    pub name: String,
    /// The product that goes there.
    pub kind: StyleKind,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The file format that it takes.
    pub format: MediaType,
    /// Bytes that it takes at most.
    pub max_bytes: u64,
}

impl Platform {
    /// Every place, in the order in which they are offered.
    pub fn all() -> &'static [Platform] {
        &PLATFORMS
    }

    /// The place of this product with this id. The error names what may have been meant.
    pub fn find(kind: StyleKind, id: &str) -> Result<&'static Platform, UnknownPlatform> {
        let of_kind = || PLATFORMS.iter().filter(|p| p.kind == kind);
        of_kind().find(|p| p.id == id).ok_or_else(|| UnknownPlatform {
            kind,
            id: id.chars().take(64).collect(),
            similar: similar(id, of_kind().map(|p| p.id.as_str())),
        })
    }

    /// Both sides in pixels.
    pub fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }

    /// The shape. Every entry of the table has one of those offered, within a pixel.
    pub fn aspect(&self) -> AspectRatio {
        let long_side = self.width.max(self.height);
        let off = |ratio: &AspectRatio| {
            let size = ratio.size(long_side);
            size.width.abs_diff(self.width) + size.height.abs_diff(self.height)
        };
        AspectRatio::ALL.into_iter().min_by_key(off).unwrap_or(AspectRatio::Square)
    }
}

/// A platform that is not in the table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct UnknownPlatform {
    /// The product it was wanted for.
    pub kind: StyleKind,
    /// What was asked for.
    pub id: String,
    /// What may have been meant, the likeliest first.
    pub similar: Vec<String>,
}

impl fmt::Display for UnknownPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} platform \"{}\"", self.kind, self.id)?;
        match self.similar.as_slice() {
            [] => Ok(()),
            names => write!(f, ": did you mean {}?", one_of(names)),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    platform: Vec<Platform>,
}

static PLATFORMS: LazyLock<Vec<Platform>> = LazyLock::new(|| {
    // Part of the program and read by the tests below: a mistake in it never leaves a developer's machine.
    toml::from_str::<Table>(include_str!("platforms.toml")).map(|table| table.platform).unwrap_or_default()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let table: Table = toml::from_str(include_str!("platforms.toml")).unwrap();
        let mut ids: Vec<_> = table.platform.iter().map(|p| &p.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), table.platform.len(), "ids are unique");
        for platform in &table.platform {
            let (size, id) = (platform.size(), &platform.id);
            assert!(crate::StyleId::new(id).is_some() && !platform.name.is_empty(), "{id}");
            assert!(SIDES.contains(&size.width) && SIDES.contains(&size.height), "{id}: {size}");
            assert_eq!(platform.aspect().size(size.width.max(size.height)), size, "{id}");
            assert!((50_000..=20_000_000).contains(&platform.max_bytes), "{id}");
        }
        for (id, size) in [("youtube", Size::new(1280, 720)), ("shorts", Size::new(1080, 1920))] {
            assert_eq!(Platform::find(StyleKind::Thumbnail, id).unwrap().size(), size);
        }
    }

    #[test]
    fn a_platform_belongs_to_one_product_and_a_misspelt_one_is_suggested() {
        assert_eq!(Platform::find(StyleKind::Headshot, "linkedn").unwrap_err().similar, ["linkedin"]);
        assert!(Platform::find(StyleKind::Thumbnail, "linkedin").is_err());
    }
}
