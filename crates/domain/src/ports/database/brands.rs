//! Brand kits: one an account, empty until something is put into it.

use super::Answer;
use crate::brand::{BrandColours, BrandKit};
use crate::digest::Digest;
use crate::ids::AccountId;
use crate::image;
use crate::ports::provider::Picture;
use crate::style::thumbnail::Typeface;

/// A logo to be kept: always PNG. It holds a picture, so it has no `Debug`.
#[derive(Clone)]
pub struct NewLogo {
    /// The file.
    pub picture: Picture,
    /// Its pixels.
    pub size: crate::Size,
    /// SHA-256 of the file.
    pub digest: Digest,
}

impl NewLogo {
    /// What is known of it once it is kept.
    pub fn known(&self) -> image::Picture {
        image::Picture {
            media_type: self.picture.media_type.as_str().to_owned(),
            bytes: self.picture.bytes().len() as u64,
            size: self.size,
            digest: self.digest,
        }
    }
}

/// The verbs of brand kits. Each fails with `NotFound(Account)` when there is no such account, save that reading finds an empty
/// kit then.
pub trait Brands: Send + Sync {
    /// The kit of an account.
    fn brand_kit(&self, account: AccountId) -> Answer<'_, BrandKit>;

    /// The file of the kit's logo.
    fn brand_logo(&self, account: AccountId) -> Answer<'_, Option<Picture>>;

    /// Puts colours and font in the place of those that were there. The logo stays.
    fn set_brand_look(
        &self,
        account: AccountId,
        colours: Option<BrandColours>,
        font: Option<Typeface>,
    ) -> Answer<'_, BrandKit>;

    /// Puts a logo in the place of the one that was there, or takes it away. Colours and font stay.
    fn set_brand_logo(&self, account: AccountId, logo: Option<NewLogo>) -> Answer<'_, BrandKit>;
}
