//! Setting a title in type: any script, fitted to a box, as outlines.
//!
//! Only the fonts that come with the engine are used, never the system's, so the same title gives the same picture on
//! every machine. Shaping is cosmic-text's; breaking lines so that they balance and finding the largest size are ours.
//!
//! A title goes through `markup` (which words are highlighted), `itemise` (which font has each character, where
//! a line may end), `balance` (where lines end and how large they are) and `block` (outlines in their places).

pub(crate) mod balance;
pub(crate) mod block;
pub(crate) mod fonts;
pub(crate) mod itemise;
pub(crate) mod markup;
pub(crate) mod shape;

pub(crate) use block::{Block, Setting, set};
pub use markup::MAX_CHARACTERS;
pub(crate) use markup::Title;

/// Why a title can't be set. The one who wrote it has to change it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// Longer than anyone could read in a small picture.
    #[error(
        "the title has {found} characters and at most {MAX_CHARACTERS} can be read in a thumbnail: shorten it"
    )]
    TooLong {
        /// Characters found, marks not counted.
        found: usize,
    },
    /// None of the fonts that come with the engine has the character.
    #[error("the title's character \"{character}\" (U+{:04X}) is in none of the fonts here: leave it out", *character as u32)]
    NoGlyph {
        /// The first such character.
        character: char,
    },
}
