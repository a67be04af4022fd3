//! Export: everything there is about a person, as files for one archive: a page to read it by, a JSON document of every row,
//! and each picture that is still there. Pictures are opened one at a time, so that an archive of any size takes little memory.

mod index;

use domain::ids::AccountId;
use domain::object_key::ObjectKey;
use domain::ports::database::AccountExport;
use domain::ports::objects::{Body, ObjectsError};
use domain::time::Timestamp;
use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::stream;

use crate::download::extension;
use crate::{Admin, App, AppError, Caller};

/// An archive to be written, file by file.
pub struct Export<'a> {
    app: &'a App,
    made_at: Timestamp,
    documents: VecDeque<(&'static str, Vec<u8>)>,
    pictures: VecDeque<(String, ObjectKey)>,
    first_end: Option<Timestamp>,
}

/// One file of an archive.
pub struct ExportEntry {
    /// Its path in the archive, with `/` between folders.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// When it was made.
    pub modified_at: Timestamp,
    /// Its bytes.
    pub body: Body<'static>,
}

impl App {
    /// Everything about the caller.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub async fn export(&self, caller: &Caller) -> Result<Export<'_>, AppError> {
        caller.session()?;
        self.export_account(caller.id()).await
    }

    async fn export_account(&self, account: AccountId) -> Result<Export<'_>, AppError> {
        let export = self.database().export_account(account).await?;
        let made_at = self.now();
        let document = serde_json::to_vec_pretty(&export).map_err(|e| AppError::Unavailable(Box::new(e)))?;
        let pictures = pictures(&export, made_at);
        let page = index::page(&export, &pictures, made_at).into_bytes();
        let mut documents = VecDeque::from([("index.html", page), ("account.json", document)]);
        // Always PNG.
        let logo = self.database().brand_logo(account).await?;
        documents.extend(logo.map(|logo| ("logo.png", logo.bytes().to_vec())));
        let first_end = first_end(&export, made_at);
        Ok(Export { app: self, made_at, documents, pictures, first_end })
    }
}

impl Admin<'_> {
    /// Everything about an account, for the person who asks whoever runs the installation.
    ///
    /// # Errors
    /// `NotFound(Account)`.
    pub async fn export(&self, account: AccountId) -> Result<Export<'_>, AppError> {
        self.app.export_account(account).await
    }
}

impl Export<'_> {
    /// The pictures that are still to come.
    pub(crate) fn keys(&self) -> Vec<ObjectKey> {
        self.pictures.iter().map(|(_, key)| *key).collect()
    }

    /// When the first of its pictures ends.
    pub(crate) fn first_end(&self) -> Option<Timestamp> {
        self.first_end
    }

    /// The next file; `None` after the last one. A picture that was deleted meanwhile is passed over.
    ///
    /// # Errors
    /// `Storage`, `Unavailable`: the archive can't be complete.
    pub async fn next(&mut self) -> Result<Option<ExportEntry>, AppError> {
        if let Some((name, document)) = self.documents.pop_front() {
            let bytes = document.len() as u64;
            let body: Body<'static> = Box::pin(stream::iter([Ok(Bytes::from(document))]));
            return Ok(Some(ExportEntry { name: name.into(), bytes, modified_at: self.made_at, body }));
        }
        while let Some((name, key)) = self.pictures.pop_front() {
            match self.app.objects().get(key, None, self.app.now()).await {
                Ok(reading) => {
                    let (bytes, modified_at) = (reading.object.bytes, reading.object.created_at);
                    return Ok(Some(ExportEntry { name, bytes, modified_at, body: reading.body }));
                }
                Err(ObjectsError::NotFound(_) | ObjectsError::Expired { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

/// When the first ends of what is still served at `now`.
fn first_end(export: &AccountExport, now: Timestamp) -> Option<Timestamp> {
    let photos = export.photos.iter().map(|photo| photo.expires_at);
    let images = export.generations.iter().flat_map(|generation| &generation.images);
    let images = images.flat_map(|image| [Some(image.expires_at), image.preview_expires_at]).flatten();
    photos.chain(images).filter(|end| now < *end).min()
}

/// What is still served at `now`, by the names that the document's ids lead to.
fn pictures(export: &AccountExport, now: Timestamp) -> VecDeque<(String, ObjectKey)> {
    let mut pictures = VecDeque::new();
    for photo in export.photos.iter().filter(|photo| now < photo.expires_at) {
        pictures.push_back((format!("photos/{}.{}", photo.id, extension(&photo.media_type)), photo.key()));
    }
    for image in export.generations.iter().flat_map(|generation| &generation.images) {
        let name = format!("{}-{}", image.id.generation, image.id.number);
        if image.is_served(now) {
            let ending = extension(&image.full.media_type);
            pictures.push_back((format!("images/{name}.{ending}"), image.key()));
        }
        if image.preview_expires_at.is_none_or(|end| now < end) {
            let ending = extension(&image.preview.media_type);
            pictures.push_back((format!("previews/{name}.{ending}"), image.preview_key()));
        }
    }
    pictures
}
