//! Brand kits. A logo's file is text in base64, as in the other databases: it is small, and can be moved as whatever else is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::brand::{BrandColours, BrandKit};
use domain::ids::AccountId;
use domain::ports::database::{Answer, Brands, NewLogo, Noun};
use domain::ports::provider::Picture;
use domain::style::thumbnail::Typeface;
use domain::{MediaType, Size, image};

use super::failure::{Failure, Outcome, missing};
use super::row::{Row, integer, name};
use super::statement::{Tx, query};
use super::{Engine, Sql};

impl<E: Engine> Brands for Sql<E> {
    fn brand_kit(&self, account: AccountId) -> Answer<'_, BrandKit> {
        self.engine.read(move |tx| Box::pin(find(tx, account)))
    }

    fn brand_logo(&self, account: AccountId) -> Answer<'_, Option<Picture>> {
        self.engine.read(move |tx| Box::pin(logo(tx, account)))
    }

    fn set_brand_look(
        &self,
        account: AccountId,
        colours: Option<BrandColours>,
        font: Option<Typeface>,
    ) -> Answer<'_, BrandKit> {
        self.engine.write(move |tx| Box::pin(set_look(tx, account, colours, font)))
    }

    fn set_brand_logo(&self, account: AccountId, logo: Option<NewLogo>) -> Answer<'_, BrandKit> {
        self.engine.write(move |tx| Box::pin(set_logo(tx, account, logo)))
    }
}

fn read(row: &Row) -> Outcome<BrandKit> {
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
    Ok(BrandKit { colours, font: row.maybe("font", Row::named)?, logo })
}

/// The kit of an account, empty where there is none.
pub(super) async fn find(tx: &mut Tx, account: AccountId) -> Outcome<BrandKit> {
    let row = query(
        "SELECT primary_colour, accent_colour, font, logo_bytes, logo_width, logo_height, logo_digest
         FROM brands WHERE account = $1",
    );
    let row = row.bind(account.to_string()).fetch_optional(tx).await?;
    Ok(row.as_ref().map(read).transpose()?.unwrap_or_default())
}

async fn logo(tx: &mut Tx, account: AccountId) -> Outcome<Option<Picture>> {
    let row = query("SELECT logo FROM brands WHERE account = $1 AND logo IS NOT NULL");
    let Some(row) = row.bind(account.to_string()).fetch_optional(tx).await? else { return Ok(None) };
    let bytes = STANDARD.decode(row.text("logo")?).map_err(|_| Failure::Corrupt("logo"))?;
    Ok(Some(Picture::new(MediaType::Png, bytes)))
}

async fn set_look(
    tx: &mut Tx,
    account: AccountId,
    colours: Option<BrandColours>,
    font: Option<Typeface>,
) -> Outcome<BrandKit> {
    query(
        "INSERT INTO brands (account, primary_colour, accent_colour, font) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account) DO UPDATE
         SET primary_colour = excluded.primary_colour, accent_colour = excluded.accent_colour, font = excluded.font",
    )
    .bind(account.to_string())
    .bind(colours.map(|colours| colours.primary.to_string()))
    .bind(colours.map(|colours| colours.accent.to_string()))
    .bind(font.as_ref().map(name).transpose()?)
    .execute(tx)
    .await
    .map_err(missing(Noun::Account))?;
    find(tx, account).await
}

async fn set_logo(tx: &mut Tx, account: AccountId, logo: Option<NewLogo>) -> Outcome<BrandKit> {
    let known = logo.as_ref().map(NewLogo::known);
    query(
        "INSERT INTO brands (account, logo, logo_bytes, logo_width, logo_height, logo_digest)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account) DO UPDATE
         SET logo = excluded.logo, logo_bytes = excluded.logo_bytes, logo_width = excluded.logo_width,
             logo_height = excluded.logo_height, logo_digest = excluded.logo_digest",
    )
    .bind(account.to_string())
    .bind(logo.as_ref().map(|logo| STANDARD.encode(logo.picture.bytes())))
    .bind(known.as_ref().map(|known| integer(known.bytes)))
    .bind(known.as_ref().map(|known| known.size.width))
    .bind(known.as_ref().map(|known| known.size.height))
    .bind(known.as_ref().map(|known| known.digest.to_string()))
    .execute(tx)
    .await
    .map_err(missing(Noun::Account))?;
    find(tx, account).await
}
