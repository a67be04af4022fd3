//! An image: one full-resolution result with its preview. The full resolution goes when it expires; the preview stays
//! in the gallery for as long as its own rule says.

use serde::{Deserialize, Serialize};

use crate::aspect::Size;
use crate::digest::Digest;
use crate::ids::{AccountId, GenerationId};
use crate::object_key::ObjectKey;
use crate::time::Timestamp;

/// Which image: the generation and the number in it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ImageId {
    /// The generation that made it.
    pub generation: GenerationId,
    /// Its number in the generation, from 1.
    pub number: u8,
}

/// What is known of the bytes of one picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// What the bytes are, such as `image/jpeg`.
    pub media_type: String,
    /// How many bytes.
    pub bytes: u64,
    /// Its pixels.
    pub size: Size,
    /// SHA-256 of the bytes.
    pub digest: Digest,
}

/// One result of a generation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Image {
    /// Which one.
    pub id: ImageId,
    /// Whose it is.
    pub account: AccountId,
    /// The full resolution.
    pub full: Picture,
    /// The small picture of the gallery.
    pub preview: Picture,
    /// How close the face is to the person's photos, 0 to 1, where that was looked at.
    pub likeness: Option<f32>,
    /// Whether the person marked it.
    pub favourite: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// From this moment on the full resolution is not served, and is deleted.
    pub expires_at: Timestamp,
    /// From this moment on the preview goes too; `None` until the person deletes it.
    pub preview_expires_at: Option<Timestamp>,
}

impl Image {
    /// Where the full resolution lies.
    pub const fn key(&self) -> ObjectKey {
        ObjectKey::Result(self.account, self.id.generation, self.id.number)
    }

    /// Where the preview lies.
    pub const fn preview_key(&self) -> ObjectKey {
        ObjectKey::Preview(self.account, self.id.generation, self.id.number)
    }

    /// Whether the full resolution may still be served at `now`.
    pub fn is_served(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
