//! Photos: what the person uploaded, to be seen and deleted.

use domain::api_key::Scope;
use domain::ids::{AccountId, PhotoId};
use domain::object_key::ObjectClass;
use domain::page::{Page, PageRequest};
use domain::photo::Photo;
use domain::ports::objects::{ByteRange, LIST_LIMIT, ObjectPrefix, Reading};
use domain::ports::provider::Picture;
use serde::Serialize;

use crate::{Admin, App, AppError, Caller, Delivery};

/// What became of all photos of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PhotosDeleted {
    /// How many there were.
    pub photos: u64,
    /// How many the storage still lists; `None` when it does not answer, and is asked again until all are gone.
    pub left: Option<u64>,
}

impl App {
    /// The caller's photos, newest first.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`.
    pub async fn photos(
        &self,
        caller: &Caller,
        page: PageRequest<PhotoId>,
    ) -> Result<Page<Photo, PhotoId>, AppError> {
        Ok(self.database().list_photos(caller.allow(Scope::Photos)?, page, self.now()).await?)
    }

    /// One photo.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`, `NotFound(Photo)`.
    pub async fn photo(&self, caller: &Caller, photo: PhotoId) -> Result<Photo, AppError> {
        Ok(self.database().photo(caller.allow(Scope::Photos)?, photo, self.now()).await?)
    }

    /// Opens a photo, or a range of its bytes.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`, `NotFound(Photo)`, `Upload(Range)`, `Storage`.
    pub async fn open_photo(
        &self,
        caller: &Caller,
        photo: PhotoId,
        range: Option<ByteRange>,
    ) -> Result<Reading, AppError> {
        let photo = self.photo(caller, photo).await?;
        Ok(self.objects().get(photo.key(), range, self.now()).await?)
    }

    /// Hands a photo over, or a range of its bytes: by an address of the storage itself where it has a door of its own.
    ///
    /// # Errors
    /// As for [`App::open_photo`].
    pub async fn hand_over_photo(
        &self,
        caller: &Caller,
        photo: PhotoId,
        range: Option<ByteRange>,
    ) -> Result<Delivery, AppError> {
        let photo = self.photo(caller, photo).await?;
        self.hand_over(photo.key(), Some(photo.expires_at), None, range).await
    }

    /// A photo as small as a preview, made when it is asked for: it is never kept, so it goes when the photo goes.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`, `NotFound(Photo)`, `Storage`.
    pub async fn small_photo(&self, caller: &Caller, photo: PhotoId) -> Result<Picture, AppError> {
        let _permit = self.may_compute().await?;
        let photo = self.picture_of(caller, photo).await?;
        self.shrunk(photo).await
    }

    /// Deletes a photo. Generations that wait for it or work with it are cancelled.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`, `NotFound(Photo)`.
    pub async fn delete_photo(&self, caller: &Caller, photo: PhotoId) -> Result<(), AppError> {
        let account = caller.allow(Scope::Photos)?;
        self.database().delete_photo(account, photo, self.now()).await?;
        self.forget_archive(account).await;
        self.something_ended(account);
        Ok(())
    }

    /// Deletes every photo of the caller, and looks whether any is left.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`.
    pub async fn delete_photos(&self, caller: &Caller) -> Result<PhotosDeleted, AppError> {
        self.delete_photos_of(caller.allow(Scope::Photos)?).await
    }

    async fn delete_photos_of(&self, account: AccountId) -> Result<PhotosDeleted, AppError> {
        let photos = self.database().delete_photos(account, self.now()).await?;
        self.forget_archive(account).await;
        self.something_ended(account);
        let left = match self.photos_left(account).await {
            Ok(left) => Some(left),
            Err(error) => {
                // The rows are gone: the files follow as soon as the storage lets us.
                tracing::warn!(%account, %error, "the files of deleted photos are still to be deleted");
                None
            }
        };
        Ok(PhotosDeleted { photos, left })
    }

    /// Deletes what is due, and counts what the storage still has of an account's photos.
    async fn photos_left(&self, account: AccountId) -> Result<u64, AppError> {
        self.delete_pending(None).await?;
        let page = self
            .objects()
            .list(ObjectPrefix::Account(ObjectClass::Upload, account), None, LIST_LIMIT)
            .await?;
        Ok(page.objects.len() as u64)
    }

    /// Something was taken back and generations may have ended with it: workers that hear of it ask at once, others at their
    /// next heartbeat; objects follow their rows, and webhooks are due.
    pub(crate) fn something_ended(&self, account: AccountId) {
        self.call_back(account);
        self.cleaning_bell.notify_one();
        self.call_deliverer();
    }
}

impl Admin<'_> {
    /// Deletes one photo of an account, for the person who asks whoever runs the installation.
    ///
    /// # Errors
    /// `NotFound(Photo)`.
    pub async fn delete_photo(&self, account: AccountId, photo: PhotoId) -> Result<(), AppError> {
        self.app.database().delete_photo(account, photo, self.app.now()).await?;
        self.app.forget_archive(account).await;
        self.app.something_ended(account);
        Ok(())
    }

    /// Deletes every photo of an account, for the person who asks whoever runs the installation, and looks whether any is left.
    ///
    /// # Errors
    /// `NotFound(Account)`.
    pub async fn delete_photos(&self, account: AccountId) -> Result<PhotosDeleted, AppError> {
        self.app.database().account(account).await?;
        self.app.delete_photos_of(account).await
    }
}
