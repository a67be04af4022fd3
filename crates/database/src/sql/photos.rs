//! Photos.

use domain::aspect::Size;
use domain::consent::Purpose;
use domain::ids::{AccountId, PhotoId};
use domain::page::{Page, PageRequest};
use domain::photo::Photo;
use domain::ports::database::{Answer, Conflict, Noun, Photos};
use domain::time::Timestamp;

use super::failure::{Outcome, taken};
use super::row::{Row, all, integer, json, millis};
use super::statement::{Tx, query};
use super::{Engine, Sql, accounts, consents, deletions, generations};

impl<E: Engine> Photos for Sql<E> {
    fn add_photo(&self, photo: Photo) -> Answer<'_, Photo> {
        self.engine.write(move |tx| Box::pin(add(tx, photo)))
    }

    fn photo(&self, account: AccountId, photo: PhotoId, now: Timestamp) -> Answer<'_, Photo> {
        self.engine.read(move |tx| Box::pin(find(tx, account, photo, now)))
    }

    fn list_photos(
        &self,
        account: AccountId,
        page: PageRequest<PhotoId>,
        now: Timestamp,
    ) -> Answer<'_, Page<Photo, PhotoId>> {
        self.engine.read(move |tx| Box::pin(list(tx, account, page, now)))
    }

    fn delete_photo(&self, account: AccountId, photo: PhotoId, now: Timestamp) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(delete(tx, account, photo, now)))
    }

    fn delete_photos(&self, account: AccountId, now: Timestamp) -> Answer<'_, u64> {
        self.engine.write(move |tx| Box::pin(delete_all(tx, account, now)))
    }
}

/// Reads a photo.
pub(super) fn read(row: &Row) -> Outcome<Photo> {
    Ok(Photo {
        id: row.parsed("id")?,
        account: row.parsed("account")?,
        media_type: row.text("media_type")?,
        bytes: row.number("bytes")?,
        size: Size::new(row.number("width")?, row.number("height")?),
        digest: row.parsed("digest")?,
        check: row.json("findings")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}

async fn add(tx: &mut Tx, photo: Photo) -> Outcome<Photo> {
    let now = photo.created_at;
    tx.hold(photo.account).await?;
    let account = accounts::find(tx, photo.account).await?;
    consents::require(tx, photo.account, &Purpose::KeepPhotos, now).await?;
    if let Ok(known) = find(tx, photo.account, photo.id, now).await {
        return if known.digest == photo.digest { Ok(known) } else { Err(Conflict::IdReused.into()) };
    }
    if deletions::is_queued(tx, &photo.key()).await? {
        // It was deleted between a first request and this repetition: its object is about to go.
        return Err(Conflict::IdReused.into());
    }
    let chosen = account.retention.map_or(photo.expires_at, |period| now + period.duration());
    let photo = Photo { expires_at: photo.expires_at.min(chosen), ..photo };
    query(
        "INSERT INTO photos
         (account, id, media_type, bytes, width, height, digest, findings, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(photo.account.to_string())
    .bind(photo.id.to_string())
    .bind(&photo.media_type)
    .bind(integer(photo.bytes))
    .bind(photo.size.width)
    .bind(photo.size.height)
    .bind(photo.digest.to_string())
    .bind(json(&photo.check)?)
    .bind(millis(photo.created_at))
    .bind(millis(photo.expires_at))
    .execute(tx)
    .await
    .map_err(taken(Conflict::IdReused))?;
    Ok(photo)
}

async fn find(tx: &mut Tx, account: AccountId, photo: PhotoId, now: Timestamp) -> Outcome<Photo> {
    let row = query("SELECT * FROM photos WHERE account = $1 AND id = $2 AND expires_at > $3")
        .bind(account.to_string())
        .bind(photo.to_string())
        .bind(millis(now));
    read(&row.fetch_optional(tx).await?.ok_or(Noun::Photo)?)
}

async fn list(
    tx: &mut Tx,
    account: AccountId,
    page: PageRequest<PhotoId>,
    now: Timestamp,
) -> Outcome<Page<Photo, PhotoId>> {
    let rows = query(
        "SELECT * FROM photos WHERE account = $1 AND id < $2 AND expires_at > $3 ORDER BY id DESC LIMIT $4",
    )
    .bind(account.to_string())
    .bind(page.after.map_or_else(|| "~".into(), |id| id.to_string()))
    .bind(millis(now))
    .bind(page.limit() + 1);
    Ok(Page::cut(all(rows.fetch_all(tx).await?, read)?, page.limit(), |photo| photo.id))
}

async fn delete(tx: &mut Tx, account: AccountId, photo: PhotoId, now: Timestamp) -> Outcome<()> {
    tx.hold(account).await?;
    generations::cancel_using(tx, account, photo, now).await?;
    let row = query("DELETE FROM photos WHERE account = $1 AND id = $2 RETURNING *")
        .bind(account.to_string())
        .bind(photo.to_string());
    let photo = read(&row.fetch_optional(&mut *tx).await?.ok_or(Noun::Photo)?)?;
    deletions::queue(tx, &[photo.key()], now).await
}

/// Deletes every photo of an account, cancelling what waits for them or works with them.
pub(super) async fn delete_all(tx: &mut Tx, account: AccountId, now: Timestamp) -> Outcome<u64> {
    tx.hold(account).await?;
    accounts::find(tx, account).await?;
    generations::cancel_all(tx, account, now).await?;
    let rows = query("DELETE FROM photos WHERE account = $1 RETURNING *").bind(account.to_string());
    let photos = all(rows.fetch_all(&mut *tx).await?, read)?;
    let keys: Vec<_> = photos.iter().map(Photo::key).collect();
    deletions::queue(tx, &keys, now).await?;
    Ok(keys.len() as u64)
}
