//! Storing: the full resolution, then the preview, then the row. A worker killed in between leaves objects that the next
//! one overwrites, or nobody needs and a sweep removes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::Timestamp;
use domain::digest::Digest;
use domain::generation::Ending;
use domain::image::Picture as Kept;
use domain::object_key::ObjectKey;
use domain::ports::database::NewImage;
use domain::ports::objects::{NewObject, Object, ObjectsError};
use domain::ports::pictures::Previewed;
use domain::ports::provider::Picture;

use super::carry::{Carrier, Halt};
use super::insist::Trouble;
use super::pulse::LeaseLost;
use crate::AppError;
use crate::upload::{body_of, object_type, sha256};

/// A picture that can be read, with its preview.
pub(super) struct Drawn {
    full: Picture,
    digest: Digest,
    previewed: Previewed,
    preview_digest: Digest,
    /// How close the face is to the person's photos, where that can be told.
    pub(super) likeness: Option<f32>,
}

impl Drawn {
    /// Whether it shows the person less than another one does.
    pub(super) fn is_less_like_than(&self, other: &Drawn) -> bool {
        self.likeness.unwrap_or_default() < other.likeness.unwrap_or_default()
    }
}

impl Carrier<'_> {
    /// Makes a picture's preview, and compares its face with the photos it was made of; `None` when it is no picture.
    pub(super) async fn draw(&self, full: Picture, photos: &[Picture]) -> Result<Option<Drawn>, Halt> {
        let permit = self.app.may_compute().await.map_err(Halt::Abandoned)?;
        let pictures = Arc::clone(&self.app.ports.pictures);
        let photos = photos.to_vec();
        let drawing = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let previewed = pictures.preview(full.bytes())?;
            let likeness = pictures.likeness(&photos, full.bytes()).unwrap_or_else(|error| {
                tracing::warn!(%error, "the faces of a picture and its photos can't be compared");
                None
            });
            let full = pictures.signed(full);
            let (digest, preview_digest) = (sha256(full.bytes()), sha256(previewed.preview.bytes()));
            Ok(Drawn { full, digest, previewed, preview_digest, likeness })
        });
        let drawn: Result<Result<Drawn, AppError>, _> = drawing.await;
        match drawn {
            Ok(Ok(drawn)) => Ok(Some(drawn)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "what a provider made can't be read");
                Ok(None)
            }
            Err(error) => {
                tracing::error!(%error, "making a preview broke off");
                Ok(None)
            }
        }
    }

    /// Stores a picture as the image of a number.
    pub(super) async fn store(&self, number: u8, drawn: &Drawn) -> Result<(), Halt> {
        let stored = self.insist(|| self.store_once(number, drawn)).await;
        match stored {
            Err(Trouble::Passing(error @ AppError::Storage(_))) => {
                tracing::error!(%error, "a picture can't be stored");
                let reason = match &error {
                    AppError::Storage(ObjectsError::Refused { .. }) => {
                        "The storage refuses this installation's key. It costs nothing; tell whoever runs it."
                    }
                    _ => {
                        "There is no room for the pictures on this installation. It costs nothing; tell whoever runs it."
                    }
                };
                Err(Halt::End(Ending::Failed, reason.to_owned()))
            }
            stored => Ok(stored?),
        }
    }

    async fn store_once(&self, number: u8, drawn: &Drawn) -> Result<(), Trouble> {
        self.fence().await?;
        let lease = self.claimed.lease;
        let account = self.app.database().account(lease.account).await?;
        let (now, retention) = (self.app.now(), &self.app.settings.retention);
        let ends = retention.result_expires(account.retention, now);
        let preview_ends = retention.preview_expires(now);
        let key = ObjectKey::Result(lease.account, lease.generation, number);
        self.put(key, &drawn.full, drawn.digest, now, Some(ends)).await?;
        let key = ObjectKey::Preview(lease.account, lease.generation, number);
        self.put(key, &drawn.previewed.preview, drawn.preview_digest, now, preview_ends).await?;
        let image = NewImage {
            number,
            full: kept(&drawn.full, drawn.previewed.full_size, drawn.digest),
            preview: kept(&drawn.previewed.preview, drawn.previewed.size, drawn.preview_digest),
            likeness: drawn.likeness.map(in_steps),
            created_at: now,
            expires_at: retention.result_expires(None, now),
            preview_expires_at: preview_ends,
        };
        self.app.database().add_image(lease, image).await?;
        Ok(())
    }

    /// Writes nothing after the lease may have run out without asking first: another worker may be writing there.
    async fn fence(&self) -> Result<(), Trouble> {
        if self.app.now().millis() < self.held_until.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.beat().await.map_err(|LeaseLost| Trouble::LeaseLost)
    }

    async fn put(
        &self,
        key: ObjectKey,
        picture: &Picture,
        digest: Digest,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<Object, Trouble> {
        let bytes = picture.bytes().len() as u64;
        let new = NewObject {
            key,
            media_type: object_type(picture),
            max_bytes: bytes,
            expected_bytes: Some(bytes),
            expected: Some(digest),
            created_at: now,
            expires_at,
        };
        Ok(self.app.objects().put(new, body_of(picture)).await?)
    }
}

fn kept(picture: &Picture, size: domain::Size, digest: Digest) -> Kept {
    let media_type = picture.media_type.as_str().to_owned();
    Kept { media_type, bytes: picture.bytes().len() as u64, size, digest }
}

/// A likeness in steps of 1/1024: a number that every database and every text of it keeps to the last bit.
fn in_steps(likeness: f32) -> f32 {
    (likeness * 1024.0).round() / 1024.0
}
