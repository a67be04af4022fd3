//! Photos.

use super::Answer;
use crate::ids::{AccountId, PhotoId};
use crate::page::{Page, PageRequest};
use crate::photo::Photo;
use crate::time::Timestamp;

/// The verbs of photos.
pub trait Photos: Send + Sync {
    /// Keeps a photo whose object is in the storage already. Its `expires_at` is that of the installation's rule; a shorter
    /// period that the person chose is applied here.
    ///
    /// # Errors
    /// `ConsentMissing` unless the person allows to keep photos: the object has to be deleted again.
    fn add_photo(&self, photo: Photo) -> Answer<'_, Photo>;

    /// One photo that is not expired at `now`.
    fn photo(&self, account: AccountId, photo: PhotoId, now: Timestamp) -> Answer<'_, Photo>;

    /// The photos that are not expired at `now`, newest first.
    fn list_photos(
        &self,
        account: AccountId,
        page: PageRequest<PhotoId>,
        now: Timestamp,
    ) -> Answer<'_, Page<Photo, PhotoId>>;

    /// Deletes a photo. Its object is then among the pending deletions; generations that wait for it or work with
    /// it are cancelled.
    fn delete_photo(&self, account: AccountId, photo: PhotoId, now: Timestamp) -> Answer<'_, ()>;

    /// Deletes every photo of an account, and says how many.
    fn delete_photos(&self, account: AccountId, now: Timestamp) -> Answer<'_, u64>;
}
