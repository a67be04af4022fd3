//! Brand kits.

use domain::brand::{BrandColours, BrandKit};
use domain::ids::AccountId;
use domain::ports::database::{Answer, Brands, NewLogo, Noun};
use domain::ports::provider::Picture;
use domain::style::thumbnail::Typeface;
use domain::{MediaType, Size, image};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Sqlite;
use super::failure::{Outcome, missing};
use super::row::{Columns, name};

impl Brands for Sqlite {
    fn brand_kit(&self, account: AccountId) -> Answer<'_, BrandKit> {
        self.read(move |tx| Box::pin(find(tx, account)))
    }

    fn brand_logo(&self, account: AccountId) -> Answer<'_, Option<Picture>> {
        self.read(move |tx| Box::pin(logo(tx, account)))
    }

    fn set_brand_look(
        &self,
        account: AccountId,
        colours: Option<BrandColours>,
        font: Option<Typeface>,
    ) -> Answer<'_, BrandKit> {
        self.write(move |tx| Box::pin(set_look(tx, account, colours, font)))
    }

    fn set_brand_logo(&self, account: AccountId, logo: Option<NewLogo>) -> Answer<'_, BrandKit> {
        self.write(move |tx| Box::pin(set_logo(tx, account, logo)))
    }
}

fn read(row: &SqliteRow) -> Outcome<BrandKit> {
    let colours = row.maybe("primary_colour", |row, column| {
        Ok(BrandColours { primary: row.parsed(column)?, accent: row.parsed("accent_colour")? })
    })?;
    let logo = row.maybe("logo_digest", |row, column| {
        Ok(image::Picture {
            media_type: MediaType::Png.as_str().to_owned(),
            bytes: row.number("logo_bytes")?,
            size: Size::new(row.number("logo_width")?, row.number("logo_height")?),
            digest: row.parsed(column)?,
        })
    })?;
    Ok(BrandKit { colours, font: row.maybe("font", Columns::named)?, logo })
}

/// The kit of an account, empty where there is none.
pub(super) async fn find(tx: &mut SqliteConnection, account: AccountId) -> Outcome<BrandKit> {
    let row = sqlx::query(
        "SELECT primary_colour, accent_colour, font, length(logo) AS logo_bytes, logo_width, logo_height, logo_digest
         FROM brands WHERE account = $1",
    );
    let row = row.bind(account.to_string()).fetch_optional(tx).await?;
    Ok(row.as_ref().map(read).transpose()?.unwrap_or_default())
}

async fn logo(tx: &mut SqliteConnection, account: AccountId) -> Outcome<Option<Picture>> {
    let row = sqlx::query("SELECT logo FROM brands WHERE account = $1 AND logo IS NOT NULL");
    let Some(row) = row.bind(account.to_string()).fetch_optional(tx).await? else { return Ok(None) };
    let bytes: Vec<u8> = row.try_get("logo")?;
    Ok(Some(Picture::new(MediaType::Png, bytes)))
}

async fn set_look(
    tx: &mut SqliteConnection,
    account: AccountId,
    colours: Option<BrandColours>,
    font: Option<Typeface>,
) -> Outcome<BrandKit> {
    sqlx::query(
        "INSERT INTO brands (account, primary_colour, accent_colour, font) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account) DO UPDATE
         SET primary_colour = excluded.primary_colour, accent_colour = excluded.accent_colour, font = excluded.font",
    )
    .bind(account.to_string())
    .bind(colours.map(|colours| colours.primary.to_string()))
    .bind(colours.map(|colours| colours.accent.to_string()))
    .bind(font.as_ref().map(name).transpose()?)
    .execute(&mut *tx)
    .await
    .map_err(missing(Noun::Account))?;
    find(tx, account).await
}

async fn set_logo(tx: &mut SqliteConnection, account: AccountId, logo: Option<NewLogo>) -> Outcome<BrandKit> {
    sqlx::query(
        "INSERT INTO brands (account, logo, logo_width, logo_height, logo_digest) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account) DO UPDATE
         SET logo = excluded.logo, logo_width = excluded.logo_width, logo_height = excluded.logo_height,
             logo_digest = excluded.logo_digest",
    )
    .bind(account.to_string())
    .bind(logo.as_ref().map(|logo| logo.picture.bytes()))
    .bind(logo.as_ref().map(|logo| i64::from(logo.size.width)))
    .bind(logo.as_ref().map(|logo| i64::from(logo.size.height)))
    .bind(logo.as_ref().map(|logo| logo.digest.to_string()))
    .execute(&mut *tx)
    .await
    .map_err(missing(Noun::Account))?;
    find(tx, account).await
}
