//! Images: the gallery.

use super::Answer;
use crate::ids::AccountId;
use crate::image::{Image, ImageId};
use crate::page::{Page, PageRequest};
use crate::time::Timestamp;

/// Which images are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ImageFilter {
    /// All.
    #[default]
    All,
    /// Those that the person marked.
    Favourites,
}

/// The verbs of images.
pub trait Images: Send + Sync {
    /// One image, expired or not: it says itself whether the full resolution may be served.
    fn image(&self, account: AccountId, image: ImageId) -> Answer<'_, Image>;

    /// The images of an account, newest generation first and its highest number first.
    fn list_images(
        &self,
        account: AccountId,
        filter: ImageFilter,
        page: PageRequest<ImageId>,
    ) -> Answer<'_, Page<Image, ImageId>>;

    /// Marks an image, or takes the mark away.
    fn set_favourite(&self, account: AccountId, image: ImageId, favourite: bool) -> Answer<'_, Image>;

    /// Deletes an image with its preview. Both objects are then among the pending deletions.
    fn delete_image(&self, account: AccountId, image: ImageId, now: Timestamp) -> Answer<'_, ()>;
}
