//! A brand kit: the colours, the typeface and the mark that an account's thumbnails share, so that a channel is known by its
//! covers. It is kept with the account and goes with it.
//!
//! The mark is no photo of a person and small: it lies beside the account instead of among the pictures, where everything has
//! an end.

use serde::{Deserialize, Serialize};

use crate::image::Picture;
use crate::style::thumbnail::Typeface;
use crate::units::Colour;

/// What an account's thumbnails share. Whatever is empty is left to the style.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BrandKit {
    /// Its colours.
    pub colours: Option<BrandColours>,
    /// What titles are set in.
    pub font: Option<Typeface>,
    /// What is known of its mark; the bytes are fetched on their own.
    pub logo: Option<Picture>,
}

/// A brand's two colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrandColours {
    /// Colours the scene.
    pub primary: Colour,
    /// Colours the highlighted word and ornaments.
    pub accent: Colour,
}

/// Pixels of a logo's longer side as it is kept: more than any thumbnail shows of it.
pub const LOGO_SIDE: u32 = 512;
/// Bytes of a logo as it is kept, at most.
pub const LOGO_BYTES: usize = 300_000;
