//! Photos: what the person uploaded, to be seen and deleted.

use domain::api_key::Scope;
use domain::ids::{AccountId, PhotoId};
use domain::page::{Page, PageRequest};
use domain::photo::Photo;
use domain::ports::objects::{ByteRange, Reading};
use domain::ports::provider::Picture;

use crate::{Admin, App, AppError, Caller};

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
        self.something_ended(account);
        Ok(())
    }

    /// Deletes every photo of the caller, and says how many.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`.
    pub async fn delete_photos(&self, caller: &Caller) -> Result<u64, AppError> {
        let account = caller.allow(Scope::Photos)?;
        let count = self.database().delete_photos(account, self.now()).await?;
        self.something_ended(account);
        Ok(count)
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
    /// Deletes every photo of an account, for the person who asks whoever runs the installation, and says how many.
    ///
    /// # Errors
    /// `NotFound(Account)`.
    pub async fn delete_photos(&self, account: AccountId) -> Result<u64, AppError> {
        self.app.database().account(account).await?;
        let count = self.app.database().delete_photos(account, self.app.now()).await?;
        self.app.something_ended(account);
        Ok(count)
    }
}
