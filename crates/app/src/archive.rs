//! An archive: several images at once, as they are or as a platform wants them, one after the other, so that it never has to
//! fit into memory.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::StyleKind;
use domain::api_key::Scope;
use domain::image::{Image, ImageId};
use domain::page::PageRequest;
use domain::platform::Platform;
use domain::ports::database::ImageFilter;
use domain::ports::objects::Body;
use domain::{ids::GenerationId, ports::database::Noun};
use futures_util::stream;

use crate::download::extension;
use crate::{App, AppError, Caller, ExportEntry, Resolution};

/// Which images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those of one generation.
    Generation(GenerationId),
    /// All of the account's, or its favourites.
    Account(ImageFilter),
}

/// Images to be written, one by one.
pub struct Archive<'a> {
    app: &'a App,
    caller: Caller,
    platform: Option<(StyleKind, String)>,
    waiting: VecDeque<Image>,
    further: Option<(ImageFilter, PageRequest<ImageId>)>,
}

impl App {
    /// The caller's images of a selection whose full resolution is still there.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`, `NotFound(Generation)`, `NotFound(Image)` when there is none, `Platform`.
    pub async fn archive(
        &self,
        caller: &Caller,
        selection: Selection,
        platform: Option<(StyleKind, String)>,
    ) -> Result<Archive<'_>, AppError> {
        let account = caller.allow(Scope::ImagesRead)?;
        if let Some((kind, id)) = &platform {
            Platform::find(*kind, id)?;
        }
        let (waiting, further) = match selection {
            Selection::Generation(generation) => {
                (self.database().generation(account, generation).await?.images.into(), None)
            }
            Selection::Account(filter) => {
                (VecDeque::new(), Some((filter, PageRequest::first(PageRequest::<ImageId>::MAX))))
            }
        };
        let mut archive = Archive { app: self, caller: caller.clone(), platform, waiting, further };
        archive.look_ahead().await?;
        if archive.waiting.is_empty() { Err(AppError::NotFound(Noun::Image)) } else { Ok(archive) }
    }
}

impl Archive<'_> {
    /// The next image; `None` after the last one. One that was deleted meanwhile is passed over.
    ///
    /// # Errors
    /// `Storage`, `Busy`, `Unavailable`: the archive can't be complete.
    pub async fn next(&mut self) -> Result<Option<ExportEntry>, AppError> {
        loop {
            self.look_ahead().await?;
            let Some(image) = self.waiting.pop_front() else { return Ok(None) };
            match self.open(&image).await {
                Ok(entry) => return Ok(Some(entry)),
                Err(AppError::NotFound(_) | AppError::Gone(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Fills the row of those that wait, passing over what is not served any more.
    async fn look_ahead(&mut self) -> Result<(), AppError> {
        loop {
            let now = self.app.now();
            while self.waiting.front().is_some_and(|image| !image.is_served(now)) {
                self.waiting.pop_front();
            }
            let Some((filter, page)) = self.further.take() else { return Ok(()) };
            if !self.waiting.is_empty() {
                self.further = Some((filter, page));
                return Ok(());
            }
            let limit = page.limit;
            let images = self.app.database().list_images(self.caller.id(), filter, page).await?;
            self.waiting = images.items.into();
            self.further = images.next.map(|next| (filter, PageRequest::after(next, limit)));
        }
    }

    async fn open(&self, image: &Image) -> Result<ExportEntry, AppError> {
        let modified_at = image.created_at;
        if let Some((kind, platform)) = &self.platform {
            let fitted = self.app.fit_image(&self.caller, image.id, *kind, platform).await?;
            let bytes = Bytes::copy_from_slice(fitted.picture.bytes());
            let length = bytes.len() as u64;
            let body: Body<'static> = Box::pin(stream::iter([Ok(bytes)]));
            return Ok(ExportEntry { name: fitted.name, bytes: length, modified_at, body });
        }
        let reading = self.app.open_image(&self.caller, image.id, Resolution::Full, None).await?;
        let ending = extension(&image.full.media_type);
        let name = format!("{}-{}.{ending}", image.id.generation, image.id.number);
        Ok(ExportEntry { name, bytes: reading.object.bytes, modified_at, body: reading.body })
    }
}
