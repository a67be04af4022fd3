//! Images: the gallery.

use domain::aspect::Size;
use domain::ids::{AccountId, GenerationId};
use domain::image::{Image, ImageId, Picture};
use domain::object_key::ObjectKey;
use domain::page::{Page, PageRequest};
use domain::ports::database::{Answer, ImageFilter, Images, Noun};
use domain::time::Timestamp;

use super::failure::Outcome;
use super::row::{Row, all};
use super::statement::{Tx, query};
use super::{Engine, Sql, deletions};

impl<E: Engine> Images for Sql<E> {
    fn image(&self, account: AccountId, image: ImageId) -> Answer<'_, Image> {
        self.engine.read(move |tx| Box::pin(find(tx, account, image)))
    }

    fn list_images(
        &self,
        account: AccountId,
        filter: ImageFilter,
        page: PageRequest<ImageId>,
    ) -> Answer<'_, Page<Image, ImageId>> {
        self.engine.read(move |tx| Box::pin(list(tx, account, filter, page)))
    }

    fn set_favourite(&self, account: AccountId, image: ImageId, favourite: bool) -> Answer<'_, Image> {
        self.engine.write(move |tx| Box::pin(set_favourite(tx, account, image, favourite)))
    }

    fn delete_image(&self, account: AccountId, image: ImageId, now: Timestamp) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(delete(tx, account, image, now)))
    }
}

/// Reads an image.
pub(super) fn read(row: &Row) -> Outcome<Image> {
    Ok(Image {
        id: ImageId { generation: row.parsed("generation")?, number: row.number("number")? },
        account: row.parsed("account")?,
        full: Picture {
            media_type: row.text("media_type")?,
            bytes: row.number("bytes")?,
            size: Size::new(row.number("width")?, row.number("height")?),
            digest: row.parsed("digest")?,
        },
        preview: Picture {
            media_type: row.text("preview_type")?,
            bytes: row.number("preview_bytes")?,
            size: Size::new(row.number("preview_width")?, row.number("preview_height")?),
            digest: row.parsed("preview_digest")?,
        },
        likeness: row.maybe("likeness", Row::real)?,
        favourite: row.flag("favourite")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        preview_expires_at: row.maybe("preview_expires_at", Row::time)?,
    })
}

async fn find(tx: &mut Tx, account: AccountId, image: ImageId) -> Outcome<Image> {
    let row =
        query("SELECT * FROM images WHERE account = $1 AND generation = $2 AND number = $3 AND deleted = 0")
            .bind(account.to_string())
            .bind(image.generation.to_string())
            .bind(image.number);
    read(&row.fetch_optional(tx).await?.ok_or(Noun::Image)?)
}

/// The images of the account's generations from one id to another, both included, in order.
pub(super) async fn between(
    tx: &mut Tx,
    account: AccountId,
    from: GenerationId,
    to: GenerationId,
) -> Outcome<Vec<Image>> {
    let rows = query(
        "SELECT * FROM images WHERE account = $1 AND generation BETWEEN $2 AND $3 AND deleted = 0
         ORDER BY generation, number",
    )
    .bind(account.to_string())
    .bind(from.to_string())
    .bind(to.to_string());
    all(rows.fetch_all(tx).await?, read)
}

/// The numbers of the images that a generation has made, deleted ones too.
pub(super) async fn made(tx: &mut Tx, account: AccountId, generation: GenerationId) -> Outcome<Vec<u8>> {
    let rows = query("SELECT number FROM images WHERE account = $1 AND generation = $2 ORDER BY number")
        .bind(account.to_string())
        .bind(generation.to_string());
    all(rows.fetch_all(tx).await?, |row| row.number("number"))
}

/// The keys of a generation's objects that are still there.
pub(super) async fn keys(
    tx: &mut Tx,
    account: AccountId,
    generation: GenerationId,
) -> Outcome<Vec<ObjectKey>> {
    let rows = query("SELECT * FROM images WHERE account = $1 AND generation = $2 AND deleted = 0")
        .bind(account.to_string())
        .bind(generation.to_string());
    Ok(all(rows.fetch_all(tx).await?, objects)?.into_iter().flatten().collect())
}

/// The keys of one image's objects that are still there.
pub(super) fn objects(row: &Row) -> Outcome<Vec<ObjectKey>> {
    let image = read(row)?;
    let full = (!row.flag("expired")?).then(|| image.key());
    Ok(full.into_iter().chain([image.preview_key()]).collect())
}

async fn list(
    tx: &mut Tx,
    account: AccountId,
    filter: ImageFilter,
    page: PageRequest<ImageId>,
) -> Outcome<Page<Image, ImageId>> {
    let statement = match filter {
        ImageFilter::All => {
            "SELECT * FROM images WHERE account = $1 AND (generation, number) < ($2, $3) AND deleted = 0
             ORDER BY generation DESC, number DESC LIMIT $4"
        }
        ImageFilter::Favourites => {
            "SELECT * FROM images WHERE account = $1 AND (generation, number) < ($2, $3) AND deleted = 0
             AND favourite = 1 ORDER BY generation DESC, number DESC LIMIT $4"
        }
    };
    let (generation, number) =
        page.after.map_or_else(|| ("~".into(), 0), |id| (id.generation.to_string(), id.number));
    let rows =
        query(statement).bind(account.to_string()).bind(generation).bind(number).bind(page.limit() + 1);
    Ok(Page::cut(all(rows.fetch_all(tx).await?, read)?, page.limit(), |image| image.id))
}

async fn set_favourite(tx: &mut Tx, account: AccountId, image: ImageId, favourite: bool) -> Outcome<Image> {
    let row = query(
        "UPDATE images SET favourite = $4
         WHERE account = $1 AND generation = $2 AND number = $3 AND deleted = 0 RETURNING *",
    )
    .bind(account.to_string())
    .bind(image.generation.to_string())
    .bind(image.number)
    .bind(favourite);
    read(&row.fetch_optional(tx).await?.ok_or(Noun::Image)?)
}

async fn delete(tx: &mut Tx, account: AccountId, image: ImageId, now: Timestamp) -> Outcome<()> {
    tx.hold(account).await?;
    let row =
        query("SELECT * FROM images WHERE account = $1 AND generation = $2 AND number = $3 AND deleted = 0")
            .bind(account.to_string())
            .bind(image.generation.to_string())
            .bind(image.number)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(Noun::Image)?;
    deletions::queue(tx, &objects(&row)?, now).await?;
    empty(tx, account, image).await
}

/// Leaves nothing of an image but its number.
pub(super) async fn empty(tx: &mut Tx, account: AccountId, image: ImageId) -> Outcome<()> {
    query(
        "UPDATE images SET deleted = 1, expired = 1, favourite = 0, likeness = NULL,
             media_type = '', bytes = 0, width = 0, height = 0, digest = '',
             preview_type = '', preview_bytes = 0, preview_width = 0, preview_height = 0, preview_digest = ''
         WHERE account = $1 AND generation = $2 AND number = $3",
    )
    .bind(account.to_string())
    .bind(image.generation.to_string())
    .bind(image.number)
    .execute(tx)
    .await?;
    Ok(())
}
