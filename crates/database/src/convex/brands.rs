//! Brand kits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::MediaType;
use domain::brand::{BrandColours, BrandKit};
use domain::ids::AccountId;
use domain::ports::database::{Answer, Brands, NewLogo};
use domain::ports::provider::Picture;
use domain::style::thumbnail::Typeface;
use serde_json::json;

use super::Convex;
use super::wire::{BrandRow, Row, corrupt};

impl Brands for Convex {
    fn brand_kit(&self, account: AccountId) -> Answer<'_, BrandKit> {
        self.ask("brands:get", json!({ "account": account }), BrandRow::value)
    }

    fn brand_logo(&self, account: AccountId) -> Answer<'_, Option<Picture>> {
        self.ask("brands:logo", json!({ "account": account }), |file: Option<String>| {
            let Some(file) = file else { return Ok(None) };
            let bytes = STANDARD.decode(file).map_err(|_| corrupt("logo"))?;
            Ok(Some(Picture::new(MediaType::Png, bytes)))
        })
    }

    fn set_brand_look(
        &self,
        account: AccountId,
        colours: Option<BrandColours>,
        font: Option<Typeface>,
    ) -> Answer<'_, BrandKit> {
        let args = json!({
            "account": account, "primary_colour": colours.map(|colours| colours.primary),
            "accent_colour": colours.map(|colours| colours.accent), "font": font,
        });
        self.carry_out("brands:setLook", args, BrandRow::value)
    }

    fn set_brand_logo(&self, account: AccountId, logo: Option<NewLogo>) -> Answer<'_, BrandKit> {
        let logo = logo.map(|NewLogo { picture, size, digest }| {
            json!({
                "file": STANDARD.encode(picture.bytes()), "bytes": picture.bytes().len(), "width": size.width,
                "height": size.height, "digest": digest,
            })
        });
        self.carry_out("brands:setLogo", json!({ "account": account, "logo": logo }), BrandRow::value)
    }
}
