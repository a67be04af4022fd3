//! Pictures: what a use case wants to know of the bytes of a picture, and to have made of them.
//!
//! The verbs compute and do not wait: they hold a core for up to a second. Whoever calls them does so off the threads
//! that answer requests, and only a few at a time. The same bytes give the same answer.

use super::provider::Picture;
use crate::aspect::Size;
use crate::check::PhotoCheck;
use crate::platform::Platform;

/// Looks at pictures and makes others of them.
pub trait Pictures: Send + Sync {
    /// Reads an uploaded photo and says what it is good for.
    ///
    /// # Errors
    /// [`PictureError`]. A photo without a face is no error but a verdict.
    fn check(&self, photo: &[u8]) -> Result<CheckedPhoto, PictureError>;

    /// Reads a finished picture and makes its preview.
    ///
    /// # Errors
    /// [`PictureError`]: what a provider handed over is no picture.
    fn preview(&self, picture: &[u8]) -> Result<Previewed, PictureError>;

    /// How close the face in a picture is to the person's photos, 0 to 1: from 0.5 on they show one person. `None` where that can't be
    /// told, since no face is found or nobody can tell faces apart. What is measured of a face for that is gone with the answer.
    ///
    /// # Errors
    /// [`PictureError`].
    fn likeness(&self, photos: &[Picture], picture: &[u8]) -> Result<Option<f32>, PictureError> {
        let _ = (photos, picture);
        Ok(None)
    }

    /// The finished picture with a signed statement of where it comes from; as it was where nobody signs.
    fn signed(&self, picture: Picture) -> Picture {
        picture
    }

    /// A photo laid beneath a picture that was made of it, with the face in the same place: to be wiped from one to the other.
    ///
    /// # Errors
    /// [`PictureError`]: `Unreadable` too when no face is found in one of the two.
    fn beside(&self, photo: &[u8], picture: &[u8]) -> Result<Picture, PictureError>;

    /// The picture in the size and format of a platform, cropped around its middle where the shapes differ, and no larger
    /// than the platform takes.
    ///
    /// # Errors
    /// [`PictureError`].
    fn fit(&self, picture: &[u8], platform: &Platform) -> Result<Picture, PictureError>;

    /// A logo as it is kept: PNG with its transparency, at most [`LOGO_SIDE`](crate::brand::LOGO_SIDE) pixels a side and
    /// [`LOGO_BYTES`](crate::brand::LOGO_BYTES) bytes.
    ///
    /// # Errors
    /// [`PictureError`].
    fn logo(&self, file: &[u8]) -> Result<Logo, PictureError>;
}

/// A logo that can be kept. It holds a picture, so it has no `Debug`.
#[derive(Clone)]
pub struct Logo {
    /// The logo, PNG.
    pub picture: Picture,
    /// Its pixels.
    pub size: Size,
}

/// A photo that was looked at. It holds a picture, so it has no `Debug`.
#[derive(Clone)]
pub struct CheckedPhoto {
    /// What it is good for.
    pub check: PhotoCheck,
    /// The photo as it is kept: upright, sRGB and without metadata.
    pub photo: Picture,
    /// Its pixels.
    pub size: Size,
}

/// A picture's preview. It holds a picture, so it has no `Debug`.
#[derive(Clone)]
pub struct Previewed {
    /// Pixels of the full picture.
    pub full_size: Size,
    /// The preview.
    pub preview: Picture,
    /// Its pixels.
    pub size: Size,
}

/// Why nothing could be made of some bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The file can't be read: broken, of a format that is not taken, or beyond the limits. In words for the person, with
    /// what to do.
    #[error("{0}")]
    Unreadable(String),
    /// It could be read and nothing came of it: the operator's turn. The text is for the log.
    #[error("the picture could not be worked on: {0}")]
    Failed(String),
}
