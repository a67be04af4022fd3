//! Photos, generations, images, attempts, and what was done with styles.

use domain::aspect::Size;
use domain::attempt::{Attempt, AttemptCost, AttemptOutcome};
use domain::check::PhotoCheck;
use domain::credit::Credits;
use domain::digest::Digest;
use domain::generation::{Generation, State};
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::image::{Image, ImageId, Picture};
use domain::photo::Photo;
use domain::ports::database::{DatabaseError, WithImages};
use domain::style::StyleId;
use domain::time::Timestamp;
use domain::usage::{UsageEvent, UsageKind};
use serde::Deserialize;
use serde_json::Value;

use super::{Row, all, corrupt};

#[derive(Deserialize)]
pub(in crate::convex) struct PhotoRow {
    id: PhotoId,
    account: AccountId,
    media_type: String,
    bytes: u64,
    width: u32,
    height: u32,
    digest: Digest,
    findings: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Row for PhotoRow {
    type Value = Photo;

    fn value(self) -> Result<Photo, DatabaseError> {
        let check: PhotoCheck = serde_json::from_str(&self.findings).map_err(|_| corrupt("findings"))?;
        let PhotoRow {
            id, account, media_type, bytes, width, height, digest, created_at, expires_at, ..
        } = self;
        let size = Size::new(width, height);
        Ok(Photo { id, account, media_type, bytes, size, digest, check, created_at, expires_at })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct GenerationRow {
    id: GenerationId,
    account: AccountId,
    style: StyleId,
    options: String,
    price: Credits,
    state: State,
    progress: u8,
    reason: Option<String>,
    claims: u32,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

impl Row for GenerationRow {
    type Value = Generation;

    fn value(self) -> Result<Generation, DatabaseError> {
        let options = serde_json::from_str(&self.options).map_err(|_| corrupt("options"))?;
        let GenerationRow { id, account, style, price, state, progress, reason, claims, .. } = self;
        let GenerationRow { created_at, started_at, ended_at, .. } = self;
        Ok(Generation {
            id,
            account,
            style,
            options,
            price,
            state,
            progress,
            reason,
            claims,
            created_at,
            started_at,
            ended_at,
        })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct PictureRow {
    media_type: String,
    bytes: u64,
    width: u32,
    height: u32,
    digest: Digest,
}

impl From<PictureRow> for Picture {
    fn from(row: PictureRow) -> Self {
        let PictureRow { media_type, bytes, width, height, digest } = row;
        Picture { media_type, bytes, size: Size::new(width, height), digest }
    }
}

/// A picture on its way.
pub(in crate::convex) fn picture(picture: &Picture) -> Value {
    let Picture { media_type, bytes, size, digest } = picture;
    serde_json::json!({
        "media_type": media_type, "bytes": bytes, "width": size.width, "height": size.height, "digest": digest,
    })
}

#[derive(Deserialize)]
pub(in crate::convex) struct ImageRow {
    account: AccountId,
    generation: GenerationId,
    number: u8,
    full: PictureRow,
    preview: PictureRow,
    likeness: Option<f32>,
    favourite: bool,
    created_at: Timestamp,
    expires_at: Timestamp,
    preview_expires_at: Option<Timestamp>,
}

impl Row for ImageRow {
    type Value = Image;

    fn value(self) -> Result<Image, DatabaseError> {
        let ImageRow { account, generation, number, full, preview, likeness, favourite, .. } = self;
        let ImageRow { created_at, expires_at, preview_expires_at, .. } = self;
        Ok(Image {
            id: ImageId { generation, number },
            account,
            full: full.into(),
            preview: preview.into(),
            likeness,
            favourite,
            created_at,
            expires_at,
            preview_expires_at,
        })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct WithImagesRow {
    generation: GenerationRow,
    images: Vec<ImageRow>,
}

impl Row for WithImagesRow {
    type Value = WithImages;

    fn value(self) -> Result<WithImages, DatabaseError> {
        Ok(WithImages { generation: self.generation.value()?, images: all(self.images)? })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct AttemptRow {
    generation: GenerationId,
    number: u16,
    provider: String,
    model: String,
    prompt: String,
    pub(in crate::convex) started_at: Timestamp,
    pub(in crate::convex) ended_at: Option<Timestamp>,
    outcome: Option<AttemptOutcome>,
    detail: String,
    images: u8,
    fallback: bool,
    tokens_in: u64,
    tokens_out: u64,
    micro_dollars: u64,
}

impl Row for AttemptRow {
    type Value = Attempt;

    fn value(self) -> Result<Attempt, DatabaseError> {
        let AttemptRow { generation, number, provider, model, prompt, started_at, ended_at, outcome, .. } =
            self;
        let AttemptRow { detail, images, fallback, tokens_in, tokens_out, micro_dollars, .. } = self;
        let cost = AttemptCost { tokens_in, tokens_out, micro_dollars };
        Ok(Attempt {
            generation,
            number,
            provider,
            model,
            prompt,
            started_at,
            ended_at,
            outcome,
            detail,
            images,
            fallback,
            cost,
        })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct UsageRow {
    account: AccountId,
    pub(in crate::convex) kind: UsageKind,
    pub(in crate::convex) style: StyleId,
    at: Timestamp,
}

impl Row for UsageRow {
    type Value = UsageEvent;

    fn value(self) -> Result<UsageEvent, DatabaseError> {
        let UsageRow { account, kind, style, at } = self;
        Ok(UsageEvent { account, kind, style, at })
    }
}
