//! The brand kit: what a person's thumbnails share. Its logo is read, made small and written anew like every picture that
//! comes in, so that nothing hides in the file.

use std::sync::Arc;

use domain::api_key::Scope;
use domain::brand::{BrandColours, BrandKit};
use domain::ports::database::{NewLogo, Noun};
use domain::ports::provider::Picture;
use domain::style::thumbnail::Typeface;

use crate::upload::sha256;
use crate::{App, AppError, Caller};

impl App {
    /// The caller's brand kit.
    ///
    /// # Errors
    /// `ScopeMissing(account:read)`.
    pub async fn brand_kit(&self, caller: &Caller) -> Result<BrandKit, AppError> {
        Ok(self.database().brand_kit(caller.allow(Scope::AccountRead)?).await?)
    }

    /// The file of the caller's logo.
    ///
    /// # Errors
    /// `ScopeMissing(account:read)`, `NotFound(Logo)`.
    pub async fn brand_logo(&self, caller: &Caller) -> Result<Picture, AppError> {
        let logo = self.database().brand_logo(caller.allow(Scope::AccountRead)?).await?;
        logo.ok_or(AppError::NotFound(Noun::Logo))
    }

    /// Puts colours and font in the place of those that were there.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub async fn set_brand_look(
        &self,
        caller: &Caller,
        colours: Option<BrandColours>,
        font: Option<Typeface>,
    ) -> Result<BrandKit, AppError> {
        caller.session()?;
        Ok(self.database().set_brand_look(caller.id(), colours, font).await?)
    }

    /// Puts a logo in the place of the one that was there.
    ///
    /// # Errors
    /// `SessionNeeded`, `PhotoUnreadable`.
    pub async fn set_brand_logo(&self, caller: &Caller, file: Vec<u8>) -> Result<BrandKit, AppError> {
        caller.session()?;
        if file.is_empty() {
            return Err(AppError::PhotoUnreadable("the file is empty: choose a picture".into()));
        }
        let permit = self.may_compute().await?;
        let pictures = Arc::clone(&self.ports.pictures);
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            pictures.logo(&file)
        });
        let logo = reading.await.map_err(|error| {
            tracing::error!(%error, "reading a logo broke off");
            AppError::PhotoUnreadable("something in the file is broken: save it anew and send that".into())
        })??;
        let digest = sha256(logo.picture.bytes());
        let new = NewLogo { picture: logo.picture, size: logo.size, digest };
        Ok(self.database().set_brand_logo(caller.id(), Some(new)).await?)
    }

    /// Takes the logo away.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub async fn delete_brand_logo(&self, caller: &Caller) -> Result<BrandKit, AppError> {
        caller.session()?;
        Ok(self.database().set_brand_logo(caller.id(), None).await?)
    }
}
