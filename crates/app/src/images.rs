//! Images: the gallery.

use domain::api_key::Scope;
use domain::ids::AccountId;
use domain::image::{Image, ImageId};
use domain::page::{Page, PageRequest};
use domain::ports::database::ImageFilter;

use crate::{Admin, App, AppError, Caller};

impl App {
    /// The caller's images, newest first.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`.
    pub async fn images(
        &self,
        caller: &Caller,
        filter: ImageFilter,
        page: PageRequest<ImageId>,
    ) -> Result<Page<Image, ImageId>, AppError> {
        Ok(self.database().list_images(caller.allow(Scope::ImagesRead)?, filter, page).await?)
    }

    /// One image.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`, `NotFound(Image)`.
    pub async fn image(&self, caller: &Caller, image: ImageId) -> Result<Image, AppError> {
        Ok(self.database().image(caller.allow(Scope::ImagesRead)?, image).await?)
    }

    /// Marks an image as a favourite, or takes the mark away.
    ///
    /// # Errors
    /// `ScopeMissing(generations:write)`, `NotFound(Image)`.
    pub async fn set_favourite(
        &self,
        caller: &Caller,
        image: ImageId,
        favourite: bool,
    ) -> Result<Image, AppError> {
        Ok(self.database().set_favourite(caller.allow(Scope::GenerationsWrite)?, image, favourite).await?)
    }

    /// Deletes an image with its preview.
    ///
    /// # Errors
    /// `ScopeMissing(generations:write)`, `NotFound(Image)`.
    pub async fn delete_image(&self, caller: &Caller, image: ImageId) -> Result<(), AppError> {
        let account = caller.allow(Scope::GenerationsWrite)?;
        self.database().delete_image(account, image, self.now()).await?;
        self.forget_archive(account).await;
        self.cleaning_bell.notify_one();
        Ok(())
    }
}

impl Admin<'_> {
    /// Deletes one image of an account with its preview, for the person who asks whoever runs the installation.
    ///
    /// # Errors
    /// `NotFound(Image)`.
    pub async fn delete_image(&self, account: AccountId, image: ImageId) -> Result<(), AppError> {
        self.app.database().delete_image(account, image, self.app.now()).await?;
        self.app.forget_archive(account).await;
        self.app.cleaning_bell.notify_one();
        Ok(())
    }
}
