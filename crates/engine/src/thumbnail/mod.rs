//! Thumbnails: the person cut out, a scene of their own, and a title that can be read at the size of a stamp.
//!
//! [`render`] is the list of steps: fit the title and the person to each other, paint the scene, the person, the ornaments
//! and last the title, whose contrast is measured in the pixels and made to suffice. Everything is a function of its
//! arguments: the same cut-out, recipe, options and seed give the same picture.

mod blur;
mod colour;
mod compose;
mod distance;
mod frame;
mod legibility;
mod lettering;
mod ornament;
mod over;
mod person;
mod place;
mod random;
mod scene;
#[cfg(test)]
mod tests;
mod variants;

use domain::Size;
pub use domain::brand::BrandColours;
use domain::style::ThumbnailRecipe;
use imaging::{Rgb8, Rgba8};

pub use legibility::{Legibility, TitleLegibility};
pub use lettering::Support;
pub use over::title_over;
pub(crate) use variants::with_layout;
pub use variants::{Differ, Variant, test_variant, test_variants};

use crate::subject::Cutout;
use crate::text::TypeError;

/// What is asked for, beside person and style.
#[derive(Clone, Copy, Debug)]
pub struct ThumbnailOptions<'a> {
    /// The title; words \*like this\* are highlighted. Without one nothing is set.
    pub title: &'a str,
    /// Whether a word is highlighted when the title marks none.
    pub highlight: bool,
    /// Pixels of the picture, 64 to 8192 a side.
    pub size: Size,
    /// Which of the style's layouts, walking around when there are fewer.
    pub layout: usize,
    /// Which of the style's palettes, walking around when there are fewer.
    pub palette: usize,
    /// Chance in the scene.
    pub seed: u64,
    /// Whether the person is mirrored. Faces aren't symmetric and clothes carry writing, so it is never done unasked.
    pub mirrored: bool,
    /// A picture of one's own that takes the place of the style's scene.
    pub background: Option<&'a Rgb8>,
    /// A brand's colours, which take the place of the style's.
    pub brand: Option<BrandColours>,
    /// A mark set small in a free corner.
    pub logo: Option<&'a Rgba8>,
}

impl Default for ThumbnailOptions<'_> {
    /// 1280 × 720 without a title, in the style's own layout and colours.
    fn default() -> Self {
        ThumbnailOptions {
            title: "",
            highlight: true,
            size: Size::new(1280, 720),
            layout: 0,
            palette: 0,
            seed: 0,
            mirrored: false,
            background: None,
            brand: None,
            logo: None,
        }
    }
}

/// A finished thumbnail.
#[derive(Clone, Debug)]
pub struct Thumbnail {
    /// The picture, sRGB.
    pub picture: Rgb8,
    /// How well it can be read, measured in its pixels.
    pub report: Legibility,
}

/// Why there is no thumbnail. Each is for the caller to mend.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ThumbnailError {
    /// The title can't be set.
    #[error(transparent)]
    Title(#[from] TypeError),
    /// The picture asked for is too small or too large.
    #[error(
        "a thumbnail of {0} pixels can't be made: ask for 64 to 8192 pixels a side, no side more than four times the other"
    )]
    Size(Size),
    /// Nobody can be seen in the cut-out.
    #[error("the cut-out is empty: nobody can be seen in it")]
    NobodyThere,
    /// A title is too long to be read, however it is set.
    #[error(
        "there is no room for a title in a picture of {0} pixels with a face this close: use another layout or a shorter title"
    )]
    NoRoom(Size),
    /// A test of titles was asked for with fewer than three titles to choose from.
    #[error(
        "a test of titles needs three different ones and only {found} could be found or derived: write them all"
    )]
    TooFewTitles {
        /// How many there are.
        found: usize,
    },
}

/// Makes one thumbnail of a person, or of nobody when there is no cut-out.
pub fn render(
    cutout: Option<&Cutout>,
    recipe: &ThumbnailRecipe,
    options: &ThumbnailOptions,
) -> Result<Thumbnail, ThumbnailError> {
    compose::render(cutout, recipe, options)
}
