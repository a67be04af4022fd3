//! Photos.

use domain::ids::{AccountId, PhotoId};
use domain::page::{Page, PageRequest};
use domain::photo::Photo;
use domain::ports::database::{Answer, Photos};
use domain::time::Timestamp;
use serde_json::json;

use super::Convex;
use super::call::at_once;
use super::wire::{PhotoRow, Row, all, text};

impl Photos for Convex {
    fn add_photo(&self, photo: Photo) -> Answer<'_, Photo> {
        let findings = match text(&photo.check) {
            Ok(findings) => findings,
            Err(error) => return at_once(error),
        };
        let Photo { id, account, media_type, bytes, size, digest, created_at, expires_at, .. } = photo;
        let args = json!({
            "id": id, "account": account, "media_type": media_type, "bytes": bytes,
            "width": size.width, "height": size.height, "digest": digest, "findings": findings,
            "created_at": created_at, "expires_at": expires_at,
        });
        self.carry_out("photos:add", args, PhotoRow::value)
    }

    fn photo(&self, account: AccountId, photo: PhotoId, now: Timestamp) -> Answer<'_, Photo> {
        let args = json!({ "account": account, "photo": photo, "now": now });
        self.ask("photos:get", args, PhotoRow::value)
    }

    fn list_photos(
        &self,
        account: AccountId,
        page: PageRequest<PhotoId>,
        now: Timestamp,
    ) -> Answer<'_, Page<Photo, PhotoId>> {
        let limit = page.limit();
        let args = json!({ "account": account, "after": page.after, "now": now, "limit": limit + 1 });
        self.ask("photos:list", args, move |rows: Vec<PhotoRow>| {
            Ok(Page::cut(all(rows)?, limit, |photo| photo.id))
        })
    }

    fn delete_photo(&self, account: AccountId, photo: PhotoId, now: Timestamp) -> Answer<'_, ()> {
        Box::pin(async move {
            let args = json!({ "account": account, "photo": photo, "now": now });
            while !self.caller.mutation("photos:remove", args.clone()).await? {}
            Ok(())
        })
    }

    fn delete_photos(&self, account: AccountId, now: Timestamp) -> Answer<'_, u64> {
        Box::pin(async move {
            let args = json!({ "account": account, "now": now });
            Ok(self.end_in_batches("photos:clear", args).await?.photos)
        })
    }
}
