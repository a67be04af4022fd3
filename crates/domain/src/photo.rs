//! An uploaded photo: what is known of it, and until when.

use serde::Serialize;

use crate::aspect::Size;
use crate::check::PhotoCheck;
use crate::digest::Digest;
use crate::ids::{AccountId, PhotoId};
use crate::object_key::ObjectKey;
use crate::time::Timestamp;

/// One uploaded photo. Its bytes lie in the storage under [`Photo::key`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Photo {
    /// Names it.
    pub id: PhotoId,
    /// Whose it is.
    pub account: AccountId,
    /// What its bytes are, such as `image/jpeg`.
    pub media_type: String,
    /// How many bytes are kept.
    pub bytes: u64,
    /// Its pixels.
    pub size: Size,
    /// SHA-256 of the bytes kept.
    pub digest: Digest,
    /// What it is good for. It holds no measurement of the face.
    pub check: PhotoCheck,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// From this moment on it is not served, and is deleted.
    pub expires_at: Timestamp,
}

impl Photo {
    /// Where its bytes lie.
    pub const fn key(&self) -> ObjectKey {
        ObjectKey::Upload(self.account, self.id)
    }
}
