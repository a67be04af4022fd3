//! Upload: a photo comes in, is looked at, and stays if something can be made of it.
//!
//! The body is streamed to the storage under a limit, so that fifty uploads at once cost no memory; then photos are read and
//! looked at a few at a time. What stays is the photo upright, in sRGB and without metadata: where it was taken is nobody's
//! business. The object comes before the row, and one that gets no row is deleted again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::api_key::Scope;
use domain::check::Verdict;
use domain::consent::{Permit, Purpose, permit};
use domain::digest::Digest;
use domain::ids::{AccountId, PhotoId};
use domain::object_key::ObjectKey;
use domain::page::PageRequest;
use domain::photo::Photo;
use domain::ports::database::DatabaseError;
use domain::ports::objects::{Body, MediaType, NewObject, Object};
use domain::ports::pictures::CheckedPhoto;
use domain::ports::provider::Picture;
use futures_util::{StreamExt, stream};
use sha2::{Digest as _, Sha256};

use crate::{App, AppError, Caller};

/// What a photo is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UploadPurpose {
    /// It shows the person: one in which nobody can be found is refused.
    #[default]
    Person,
    /// It is to stand behind the person, so nobody need be in it.
    Background,
}

/// A photo on its way in.
pub struct NewUpload<'a> {
    /// What it is for.
    pub purpose: UploadPurpose,
    /// Its length, where the request says it.
    pub bytes: Option<u64>,
    /// Its bytes.
    pub body: Body<'a>,
}

impl App {
    /// Takes a photo in. From the moment the last byte has come the work goes on even when the caller goes away, so that no
    /// photo stays behind half known.
    ///
    /// # Errors
    /// `ScopeMissing(photos)`, `ConsentMissing`, `TooManyPhotos`, `Upload` (too large, broken off), `PhotoUnreadable`,
    /// `PhotoUnusable` with advice, `Storage`.
    pub async fn upload_photo(
        self: &Arc<Self>,
        caller: &Caller,
        upload: NewUpload<'_>,
    ) -> Result<Photo, AppError> {
        let account = caller.allow(Scope::Photos)?;
        let consents = self.agreed(account).await?;
        let permit =
            permit(account, &Purpose::KeepPhotos, &consents, self.now()).map_err(AppError::ConsentMissing)?;
        let under_way = self.uploading.enter(account);
        self.has_room(account, under_way.before).await?;
        let draft = self.receive(caller, &permit, upload).await?;
        let app = Arc::clone(self);
        let rest = tokio::spawn(async move {
            let _under_way = under_way;
            app.keep_or_delete(draft).await
        });
        rest.await.map_err(|error| AppError::Unavailable(Box::new(error)))?
    }

    /// Counts the photos that are there and those on their way.
    async fn has_room(&self, account: AccountId, under_way: u32) -> Result<(), AppError> {
        let limit = self.settings.uploads.max_photos;
        let (mut count, mut page) = (under_way, PageRequest::first(PageRequest::<PhotoId>::MAX));
        while count < limit {
            let photos = self.database().list_photos(account, page, self.now()).await?;
            count = count.saturating_add(u32::try_from(photos.items.len()).unwrap_or(u32::MAX));
            match photos.next {
                Some(next) => page = PageRequest::after(next, page.limit),
                None => break,
            }
        }
        if count < limit { Ok(()) } else { Err(AppError::TooManyPhotos { limit }) }
    }

    /// Streams the file to the storage as it is.
    async fn receive(
        &self,
        caller: &Caller,
        permit: &Permit,
        upload: NewUpload<'_>,
    ) -> Result<Draft, AppError> {
        let now = self.now();
        let photo = self.new_id(PhotoId::new)?;
        let new = NewObject {
            key: ObjectKey::Upload(permit.account(), photo),
            // What it is, is found out by looking at it.
            media_type: "application/octet-stream".parse().map_err(|e| AppError::Unavailable(Box::new(e)))?,
            max_bytes: self.settings.uploads.max_bytes,
            expected_bytes: upload.bytes,
            expected: None,
            created_at: now,
            expires_at: Some(self.settings.retention.upload_expires(caller.account.retention, now)),
        };
        let raw = self.objects().put(new, upload.body).await?;
        Ok(Draft { photo, account: permit.account(), purpose: upload.purpose, raw })
    }

    async fn keep_or_delete(&self, draft: Draft) -> Result<Photo, AppError> {
        let key = draft.raw.key;
        match self.keep(draft).await {
            Ok(photo) => Ok(photo),
            Err(Kept::No(error)) => {
                // If this fails the sweep finds it: no row speaks of it.
                if let Err(failure) = self.objects().delete(key).await {
                    tracing::warn!(%key, %failure, "a refused upload waits for the sweep");
                }
                Err(error)
            }
            Err(Kept::Unknown(error)) => Err(error),
        }
    }

    async fn keep(&self, draft: Draft) -> Result<Photo, Kept> {
        let checked = self.look_at(&draft).await.map_err(Kept::No)?;
        let object = self.put_clean(&draft, &checked.photo).await.map_err(Kept::No)?;
        let photo = Photo {
            id: draft.photo,
            account: draft.account,
            media_type: object.media_type.as_str().to_owned(),
            bytes: object.bytes,
            size: checked.size,
            digest: object.digest,
            check: checked.check,
            created_at: object.created_at,
            expires_at: self.settings.retention.upload_expires(None, object.created_at),
        };
        self.database().add_photo(photo).await.map_err(|error| match error {
            // The row may be there.
            DatabaseError::Unavailable(_) => Kept::Unknown(error.into()),
            error => Kept::No(error.into()),
        })
    }

    /// Reads the file and looks at it, when it is its turn.
    async fn look_at(&self, draft: &Draft) -> Result<CheckedPhoto, AppError> {
        if draft.raw.bytes == 0 {
            return Err(AppError::PhotoUnreadable("the file is empty: choose a photo".into()));
        }
        let permit = self.may_compute().await?;
        let bytes = self.read_object(draft.raw.key).await?;
        let pictures = Arc::clone(&self.ports.pictures);
        let looking = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            pictures.check(&bytes)
        });
        // A file that makes the reader panic is a file that can't be read.
        let checked = looking.await.map_err(|error| {
            tracing::error!(%error, "looking at a photo broke off");
            AppError::PhotoUnreadable("something in the file is broken: save it anew and send that".into())
        })??;
        let refused = draft.purpose == UploadPurpose::Person && checked.check.verdict == Verdict::Unusable;
        if refused { Err(AppError::PhotoUnusable(Box::new(checked.check))) } else { Ok(checked) }
    }

    /// Puts the photo as it is kept in the place of the file as it came.
    async fn put_clean(&self, draft: &Draft, photo: &Picture) -> Result<Object, AppError> {
        let bytes = photo.bytes();
        let new = NewObject {
            key: draft.raw.key,
            media_type: object_type(photo),
            max_bytes: bytes.len() as u64,
            expected_bytes: Some(bytes.len() as u64),
            expected: Some(sha256(bytes)),
            created_at: draft.raw.created_at,
            expires_at: draft.raw.expires_at,
        };
        Ok(self.objects().put(new, body_of(photo)).await?)
    }

    /// Waits for one of the few places for work that holds a core and a decoded picture.
    pub(crate) async fn may_compute(&self) -> Result<tokio::sync::OwnedSemaphorePermit, AppError> {
        let checks = Arc::clone(&self.checks);
        checks.acquire_owned().await.map_err(|closed| AppError::Unavailable(Box::new(closed)))
    }

    /// All bytes of an object, whose length has a limit of its own.
    pub(crate) async fn read_object(&self, key: ObjectKey) -> Result<Vec<u8>, AppError> {
        let mut reading = self.objects().get(key, None, self.now()).await?;
        let mut bytes = Vec::with_capacity(usize::try_from(reading.object.bytes).unwrap_or(0));
        while let Some(piece) = reading.body.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }
}

/// A file that lies in the storage and was not looked at yet.
struct Draft {
    photo: PhotoId,
    account: AccountId,
    purpose: UploadPurpose,
    raw: Object,
}

/// Whether a photo that failed has a row.
enum Kept {
    /// It has none: its object goes.
    No(AppError),
    /// The database did not answer: its object stays, and the sweep decides.
    Unknown(AppError),
}

/// The media type of a picture as the storage writes it.
pub(crate) fn object_type(picture: &Picture) -> MediaType {
    match picture.media_type {
        domain::MediaType::Jpeg => MediaType::JPEG,
        domain::MediaType::Png => MediaType::PNG,
        domain::MediaType::WebP => MediaType::WEBP,
    }
}

/// A picture as a body, in pieces.
pub(crate) fn body_of(picture: &Picture) -> Body<'static> {
    const PIECE: usize = 64 * 1024;
    let picture = picture.clone();
    let pieces = (0..picture.bytes().len().div_ceil(PIECE)).map(move |i| {
        let rest = &picture.bytes()[i * PIECE..];
        Ok(Bytes::copy_from_slice(&rest[..rest.len().min(PIECE)]))
    });
    Box::pin(stream::iter(pieces))
}

/// The SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest::new(Sha256::digest(bytes).into())
}

/// Uploads under way, by account: they count as photos, so that many at once don't pass a limit together.
#[derive(Clone, Default)]
pub(crate) struct Uploading(Arc<Mutex<HashMap<AccountId, u32>>>);

/// One upload under way.
pub(crate) struct UnderWay {
    all: Uploading,
    account: AccountId,
    /// How many of the account's there were before it.
    before: u32,
}

impl Uploading {
    fn enter(&self, account: AccountId) -> UnderWay {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(account).or_default();
        let before = *count;
        *count += 1;
        UnderWay { all: self.clone(), account, before }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut counts = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = counts.entry(self.account) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
