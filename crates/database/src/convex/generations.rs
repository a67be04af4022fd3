//! Generations, as the person who asked for them sees them.

use domain::generation::Generation;
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{
    Answer, DatabaseError, Generations, IdempotencyKey, NewGeneration, Started, WithImages,
};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Convex;
use super::call::at_once;
use super::wire::{GenerationRow, Row, WithImagesRow, all, text};

#[derive(Deserialize)]
struct StartedRow {
    generation: GenerationRow,
    replayed: bool,
}

/// What is asked for. The limits of the options are the domain's to check, before anything is sent.
fn asked(new: NewGeneration) -> Result<Value, DatabaseError> {
    new.options.validate()?;
    let NewGeneration { id, account, style, options, price, photos, idempotency, now } = new;
    let idempotency =
        idempotency.map(|IdempotencyKey { key, request }| json!({ "key": key, "request": request }));
    Ok(json!({
        "id": id, "account": account, "style": style, "count": options.count, "options": text(&options)?,
        "price": price, "photos": photos, "idempotency": idempotency, "created_at": now,
    }))
}

impl Generations for Convex {
    fn start_generation(&self, new: NewGeneration) -> Answer<'_, Started> {
        match asked(new) {
            Err(error) => at_once(error),
            Ok(args) => self.carry_out("generations:start", args, |StartedRow { generation, replayed }| {
                Ok(Started { generation: generation.value()?, replayed })
            }),
        }
    }

    fn generation(&self, account: AccountId, generation: GenerationId) -> Answer<'_, WithImages> {
        let args = json!({ "account": account, "generation": generation });
        self.ask("generations:get", args, WithImagesRow::value)
    }

    fn generation_photos(&self, account: AccountId, generation: GenerationId) -> Answer<'_, Vec<PhotoId>> {
        self.ask("generations:listPhotos", json!({ "account": account, "generation": generation }), Ok)
    }

    fn list_generations(
        &self,
        account: AccountId,
        page: PageRequest<GenerationId>,
    ) -> Answer<'_, Page<WithImages, GenerationId>> {
        let limit = page.limit();
        let args = json!({ "account": account, "after": page.after, "limit": limit + 1 });
        self.ask("generations:list", args, move |rows: Vec<WithImagesRow>| {
            Ok(Page::cut(all(rows)?, limit, |item| item.generation.id))
        })
    }

    fn cancel_generation(
        &self,
        account: AccountId,
        generation: GenerationId,
        now: Timestamp,
    ) -> Answer<'_, Generation> {
        let args = json!({ "account": account, "generation": generation, "now": now });
        self.carry_out("generations:cancel", args, GenerationRow::value)
    }

    fn delete_generation(
        &self,
        account: AccountId,
        generation: GenerationId,
        now: Timestamp,
    ) -> Answer<'_, ()> {
        self.do_it("generations:remove", json!({ "account": account, "generation": generation, "now": now }))
    }
}
