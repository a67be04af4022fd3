//! Images: the gallery.

use domain::ids::AccountId;
use domain::image::{Image, ImageId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{Answer, ImageFilter, Images};
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::Convex;
use super::wire::{ImageRow, Row, all};

fn one(account: AccountId, image: ImageId) -> Value {
    json!({ "account": account, "generation": image.generation, "number": image.number })
}

impl Images for Convex {
    fn image(&self, account: AccountId, image: ImageId) -> Answer<'_, Image> {
        self.ask("images:get", one(account, image), ImageRow::value)
    }

    fn list_images(
        &self,
        account: AccountId,
        filter: ImageFilter,
        page: PageRequest<ImageId>,
    ) -> Answer<'_, Page<Image, ImageId>> {
        let limit = page.limit();
        let args = json!({
            "account": account, "favourites": filter == ImageFilter::Favourites,
            "after": page.after, "limit": limit + 1,
        });
        self.ask("images:list", args, move |rows: Vec<ImageRow>| {
            Ok(Page::cut(all(rows)?, limit, |image| image.id))
        })
    }

    fn set_favourite(&self, account: AccountId, image: ImageId, favourite: bool) -> Answer<'_, Image> {
        let mut args = one(account, image);
        args["favourite"] = favourite.into();
        self.carry_out("images:setFavourite", args, ImageRow::value)
    }

    fn delete_image(&self, account: AccountId, image: ImageId, now: Timestamp) -> Answer<'_, ()> {
        let mut args = one(account, image);
        args["now"] = json!(now);
        self.do_it("images:remove", args)
    }
}
