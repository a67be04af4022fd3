//! Download: the bytes of an image, for its owner alone, never after they expired.
//!
//! A signed link opens one object for a few minutes without a look at the session; the row is asked nevertheless, since a
//! person may have deleted the picture or chosen a shorter life for it after the link was made.

use std::sync::Arc;
use std::time::Duration;

use domain::image::{Image, ImageId};
use domain::links::{Link, LinkAction};
use domain::object_key::ObjectKey;
use domain::platform::Platform;
use domain::ports::database::Noun;
use domain::ports::objects::{ByteRange, DirectLink, Reading};
use domain::ports::provider::Picture;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::usage::{UsageEvent, UsageKind};
use domain::{MediaType, StyleKind};

use crate::{App, AppError, Caller};

/// How long an address of the storage itself is good: until a page has loaded, and a slow download begun.
pub const DIRECT_FOR: Duration = Duration::from_secs(300);

/// Which of an image's two pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The full one, until it expires.
    Full,
    /// The gallery's.
    Preview,
}

/// How an object is handed over.
pub enum Delivery {
    /// By its bytes.
    Here(Reading),
    /// By an address of the storage itself, good for a few minutes: the bytes do not pass through us.
    Elsewhere(Secret),
}

/// A picture made for a platform. It holds a picture, so it has no `Debug`.
#[derive(Clone)]
pub struct Download {
    /// What its file should be called.
    pub name: String,
    /// The picture.
    pub picture: Picture,
}

impl App {
    /// Opens an image, or a range of its bytes.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`, `NotFound(Image)`, `Gone`, `Upload(Range)`, `Storage`.
    pub async fn open_image(
        &self,
        caller: &Caller,
        image: ImageId,
        resolution: Resolution,
        range: Option<ByteRange>,
    ) -> Result<Reading, AppError> {
        let image = self.image(caller, image).await?;
        let key = self.key_of(&image, resolution)?;
        let reading = self.objects().get(key, range, self.now()).await?;
        if resolution == Resolution::Full && reading.range.start == 0 {
            self.count_fetch(&image).await;
        }
        Ok(reading)
    }

    /// Hands an image over, or a range of its bytes: by an address of the storage itself where it has a door of its own.
    ///
    /// # Errors
    /// As for [`App::open_image`].
    pub async fn hand_over_image(
        &self,
        caller: &Caller,
        image: ImageId,
        resolution: Resolution,
        range: Option<ByteRange>,
    ) -> Result<Delivery, AppError> {
        let image = self.image(caller, image).await?;
        let key = self.key_of(&image, resolution)?;
        let (ends, file_name) = match resolution {
            Resolution::Full => (Some(image.expires_at), Some(file_name(&image))),
            Resolution::Preview => (image.preview_expires_at, None),
        };
        let delivery = self.hand_over(key, ends, file_name, range).await?;
        let begins = match &delivery {
            Delivery::Here(reading) => reading.range.start == 0,
            Delivery::Elsewhere(_) => true,
        };
        if resolution == Resolution::Full && begins {
            self.count_fetch(&image).await;
        }
        Ok(delivery)
    }

    /// Hands an image over in full to be looked at. That is no download, and is not counted as one.
    ///
    /// # Errors
    /// As for [`App::open_image`].
    pub async fn view_image(&self, caller: &Caller, image: ImageId) -> Result<Delivery, AppError> {
        let image = self.image(caller, image).await?;
        let key = self.key_of(&image, Resolution::Full)?;
        self.hand_over(key, Some(image.expires_at), None, None).await
    }

    /// The full image in the size and format of a platform.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`, `NotFound(Image)`, `Gone`, `Platform`, `Storage`.
    pub async fn fit_image(
        &self,
        caller: &Caller,
        image: ImageId,
        kind: StyleKind,
        platform: &str,
    ) -> Result<Download, AppError> {
        let platform = Platform::find(kind, platform)?;
        let image = self.image(caller, image).await?;
        let key = self.key_of(&image, Resolution::Full)?;
        let permit = self.may_compute().await?;
        let bytes = self.read_object(key).await?;
        let pictures = Arc::clone(&self.ports.pictures);
        let fitting = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            pictures.fit(&bytes, platform)
        });
        let picture = fitting.await.map_err(|error| AppError::Unavailable(Box::new(error)))??;
        self.count_fetch(&image).await;
        let ImageId { generation, number } = image.id;
        let name = format!("{generation}-{number}-{}.{}", platform.id, picture.media_type.extension());
        Ok(Download { name, picture })
    }

    /// The photo that an image was made of, laid beneath it: the face in the same place, to be wiped from one to the other.
    ///
    /// # Errors
    /// As for [`App::open_image`]; `NotFound(Photo)` when the photo is gone.
    pub async fn beside_image(&self, caller: &Caller, image: ImageId) -> Result<Picture, AppError> {
        let image = self.image(caller, image).await?;
        let key = self.key_of(&image, Resolution::Full)?;
        let known = self.database().generation(image.account, image.id.generation).await?;
        let photos = self.person_photos(&known.generation).await?;
        let photo = *photos.first().ok_or(AppError::NotFound(Noun::Photo))?;
        let _permit = self.may_compute().await?;
        let photo = self.picture_of(caller, photo).await?;
        let bytes = self.read_object(key).await?;
        let pictures = Arc::clone(&self.ports.pictures);
        let laying = tokio::task::spawn_blocking(move || pictures.beside(photo.bytes(), &bytes));
        Ok(laying.await.map_err(|error| AppError::Unavailable(Box::new(error)))??)
    }

    /// What a link's query carries, with which whoever has it reads one of the caller's objects for a few minutes.
    ///
    /// # Errors
    /// `NotFound(Image)` for somebody else's object.
    pub fn link(&self, caller: &Caller, key: ObjectKey) -> Result<String, AppError> {
        if key.account() != caller.id() {
            return Err(AppError::NotFound(Noun::Image));
        }
        Ok(self.ports.links.sign(&Link::new(LinkAction::Read, key, caller.id(), self.now())))
    }

    /// Follows a link to the object that it names: to the storage's own door where it has one, so that the bytes do not pass
    /// through us, or to the bytes.
    ///
    /// # Errors
    /// `NotFound(Image)` for a link that is not good, was made for another account's object, or whose picture was deleted;
    /// `Gone`, `Upload(Range)`, `Storage`.
    pub async fn follow_link(
        &self,
        key: ObjectKey,
        token: &str,
        range: Option<ByteRange>,
    ) -> Result<Delivery, AppError> {
        let ends = self.check_link(key, token).await?;
        self.hand_over(key, ends, None, range).await
    }

    /// Hands an object over that the caller may have until it `ends`, as a file of this name or to be looked at.
    pub(crate) async fn hand_over(
        &self,
        key: ObjectKey,
        ends: Option<Timestamp>,
        file_name: Option<String>,
        range: Option<ByteRange>,
    ) -> Result<Delivery, AppError> {
        let now = self.now();
        let valid_for = ends.map_or(DIRECT_FOR, |end| end.since(now).min(DIRECT_FOR));
        // Addresses are signed for whole seconds.
        if valid_for >= Duration::from_secs(1) {
            let wanted = DirectLink { key, valid_for, file_name };
            if let Some(address) = self.objects().direct_link(&wanted, now)? {
                return Ok(Delivery::Elsewhere(address));
            }
        }
        Ok(Delivery::Here(self.objects().get(key, range, now).await?))
    }

    /// When the object ends that a link names, if the link is good and the object may be served now.
    async fn check_link(&self, key: ObjectKey, token: &str) -> Result<Option<Timestamp>, AppError> {
        let now = self.now();
        let not_found = || AppError::NotFound(Noun::Image);
        let link = self.ports.links.verify(LinkAction::Read, key, token, now).map_err(|_| not_found())?;
        if link.account != key.account() {
            return Err(not_found());
        }
        let image = |generation, number| ImageId { generation, number };
        match key {
            ObjectKey::Upload(account, photo) => {
                Ok(Some(self.database().photo(account, photo, now).await?.expires_at))
            }
            ObjectKey::Result(account, generation, number) => {
                let image = self.database().image(account, image(generation, number)).await?;
                self.key_of(&image, Resolution::Full)?;
                Ok(Some(image.expires_at))
            }
            ObjectKey::Preview(account, generation, number) => {
                let image = self.database().image(account, image(generation, number)).await?;
                self.key_of(&image, Resolution::Preview)?;
                Ok(image.preview_expires_at)
            }
            ObjectKey::Archive(_) => Ok(self.objects().head(key, now).await?.expires_at),
        }
    }

    /// Where one of an image's pictures lies, if it may still be served.
    pub(crate) fn key_of(&self, image: &Image, resolution: Resolution) -> Result<ObjectKey, AppError> {
        let (key, ends) = match resolution {
            Resolution::Full => (image.key(), Some(image.expires_at)),
            Resolution::Preview => (image.preview_key(), image.preview_expires_at),
        };
        match ends {
            Some(end) if end <= self.now() => Err(AppError::Gone(end)),
            _ => Ok(key),
        }
    }

    /// Counts that an image was fetched. A picture is not kept from its owner because counting failed.
    async fn count_fetch(&self, image: &Image) {
        let count = async {
            let known = self.database().generation(image.account, image.id.generation).await?;
            let style = known.generation.style;
            let event =
                UsageEvent { account: image.account, kind: UsageKind::ImageFetched, style, at: self.now() };
            self.database().record_usage(event).await
        };
        if let Err(error) = count.await {
            tracing::warn!(%error, "a download was not counted");
        }
    }
}

/// What the file of a full image is called. It holds ids alone.
fn file_name(image: &Image) -> String {
    format!("{}-{}.{}", image.id.generation, image.id.number, extension(&image.full.media_type))
}

/// How the name of a file of a media type ends, without the dot.
pub fn extension(media_type: &str) -> &'static str {
    media_type.parse::<MediaType>().map_or("bin", MediaType::extension)
}
