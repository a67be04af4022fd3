//! Generations, as the person who asked for them sees them, and the one place where a generation ends.

use domain::consent::Purpose;
use domain::credit::{Credits, EntryKey, Posting};
use domain::generation::{Ending, Generation, State, Step, settlement};
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{
    Answer, Conflict, Generations, IdempotencyKey, MAX_PHOTOS, NewGeneration, Noun, Started, WithImages,
};
use domain::time::Timestamp;

use super::credits::{self, Booking};
use super::failure::{Outcome, taken};
use super::row::{Row, all, json, millis, name};
use super::statement::{Tx, query};
use super::{Engine, Sql, admin, consents, deletions, images, lanes, webhooks};

impl<E: Engine> Generations for Sql<E> {
    fn start_generation(&self, new: NewGeneration) -> Answer<'_, Started> {
        self.engine.write(move |tx| Box::pin(start(tx, new)))
    }

    fn generation(&self, account: AccountId, generation: GenerationId) -> Answer<'_, WithImages> {
        self.engine.read(move |tx| {
            Box::pin(async move {
                let found = find(tx, account, generation).await?;
                Ok(WithImages {
                    generation: found,
                    images: images::between(tx, account, generation, generation).await?,
                })
            })
        })
    }

    fn generation_photos(&self, account: AccountId, generation: GenerationId) -> Answer<'_, Vec<PhotoId>> {
        self.engine.read(move |tx| Box::pin(photos_of(tx, account, generation)))
    }

    fn list_generations(
        &self,
        account: AccountId,
        page: PageRequest<GenerationId>,
    ) -> Answer<'_, Page<WithImages, GenerationId>> {
        self.engine.read(move |tx| Box::pin(list(tx, account, page)))
    }

    fn cancel_generation(
        &self,
        account: AccountId,
        generation: GenerationId,
        now: Timestamp,
    ) -> Answer<'_, Generation> {
        self.engine.write(move |tx| Box::pin(cancel(tx, account, generation, now)))
    }

    fn delete_generation(
        &self,
        account: AccountId,
        generation: GenerationId,
        now: Timestamp,
    ) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(delete(tx, account, generation, now)))
    }
}

/// Reads a generation.
pub(super) fn read(row: &Row) -> Outcome<Generation> {
    Ok(Generation {
        id: row.parsed("id")?,
        account: row.parsed("account")?,
        style: row.style("style")?,
        options: row.json("options")?,
        price: Credits::new(row.number("price")?),
        state: row.named("state")?,
        progress: row.number("progress")?,
        reason: row.maybe("reason", |row, column| row.text(column))?,
        claims: row.number("claims")?,
        created_at: row.time("created_at")?,
        started_at: row.maybe("started_at", Row::time)?,
        ended_at: row.maybe("ended_at", Row::time)?,
    })
}

async fn find(tx: &mut Tx, account: AccountId, generation: GenerationId) -> Outcome<Generation> {
    let row = query("SELECT * FROM generations WHERE account = $1 AND id = $2")
        .bind(account.to_string())
        .bind(generation.to_string());
    read(&row.fetch_optional(tx).await?.ok_or(Noun::Generation)?)
}

async fn photos_of(tx: &mut Tx, account: AccountId, generation: GenerationId) -> Outcome<Vec<PhotoId>> {
    find(tx, account, generation).await?;
    let rows = query(
        "SELECT photos.id FROM generation_photos AS used JOIN photos
             ON photos.account = used.account AND photos.id = used.photo
         WHERE used.account = $1 AND used.generation = $2 ORDER BY used.position",
    )
    .bind(account.to_string())
    .bind(generation.to_string());
    all(rows.fetch_all(tx).await?, |row| row.parsed("id"))
}

async fn start(tx: &mut Tx, new: NewGeneration) -> Outcome<Started> {
    new.options.validate()?;
    tx.hold(new.account).await?;
    if let Some(earlier) = earlier(tx, &new).await? {
        return Ok(Started { generation: earlier, replayed: true });
    }
    check_photos(tx, &new).await?;
    consents::require(tx, new.account, &Purpose::KeepPhotos, new.now).await?;
    let reserved = new.price.times(u32::from(new.options.count)).unwrap_or(Credits::new(u32::MAX));
    let booking = Booking {
        account: new.account,
        key: EntryKey::reserve(new.id),
        generation: Some(new.id),
        note: "",
        now: new.now,
    };
    credits::post(tx, booking, Posting::Reserve(reserved)).await?;
    let generation = insert(tx, &new).await?;
    if let Some(IdempotencyKey { key, request }) = &new.idempotency {
        query("INSERT INTO idempotency_keys (account, key, request, generation, created_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(new.account.to_string())
            .bind(key)
            .bind(request.to_string())
            .bind(new.id.to_string())
            .bind(millis(new.now))
            .execute(tx)
            .await?;
    }
    Ok(Started { generation, replayed: false })
}

/// The generation that the same request started before: by its key, or else by its id.
async fn earlier(tx: &mut Tx, new: &NewGeneration) -> Outcome<Option<Generation>> {
    if let Some(IdempotencyKey { key, request }) = &new.idempotency {
        let row = query("SELECT request, generation FROM idempotency_keys WHERE account = $1 AND key = $2")
            .bind(new.account.to_string())
            .bind(key);
        if let Some(row) = row.fetch_optional(&mut *tx).await? {
            if row.text("request")? != request.to_string() {
                return Err(Conflict::KeyReused.into());
            }
            return find(tx, new.account, row.parsed("generation")?).await.map(Some);
        }
    }
    let row = query("SELECT * FROM generations WHERE account = $1 AND id = $2")
        .bind(new.account.to_string())
        .bind(new.id.to_string());
    let Some(row) = row.fetch_optional(tx).await? else { return Ok(None) };
    let known = read(&row)?;
    let same = known.style == new.style && known.options == new.options && known.price == new.price;
    if same { Ok(Some(known)) } else { Err(Conflict::IdReused.into()) }
}

/// The photos are the account's own, there, different, and neither none nor too many.
async fn check_photos(tx: &mut Tx, new: &NewGeneration) -> Outcome<()> {
    let mut different = new.photos.clone();
    different.sort_unstable();
    different.dedup();
    if different.len() != new.photos.len() || different.is_empty() || different.len() > MAX_PHOTOS {
        return Err(Conflict::PhotoCount.into());
    }
    let there = query(
        "SELECT count(*) AS there FROM photos
         WHERE account = $1 AND id IN (SELECT value FROM json_each($2)) AND expires_at > $3",
    )
    .bind(new.account.to_string())
    .bind(json(&new.photos)?)
    .bind(millis(new.now))
    .fetch_one(tx)
    .await?
    .number::<usize>("there")?;
    if there == new.photos.len() { Ok(()) } else { Err(Noun::Photo.into()) }
}

async fn insert(tx: &mut Tx, new: &NewGeneration) -> Outcome<Generation> {
    let row = query(
        "INSERT INTO generations (account, id, style, options, price, state, progress, claims, created_at)
         VALUES ($1, $2, $3, $4, $5, 'queued', 0, 0, $6) RETURNING *",
    )
    .bind(new.account.to_string())
    .bind(new.id.to_string())
    .bind(new.style.as_str())
    .bind(json(&new.options)?)
    .bind(new.price.get())
    .bind(millis(new.now))
    .fetch_one(&mut *tx)
    .await
    .map_err(taken(Conflict::IdReused))?;
    query(
        "INSERT INTO generation_photos (account, generation, position, photo)
         SELECT $1, $2, key, value FROM json_each($3)",
    )
    .bind(new.account.to_string())
    .bind(new.id.to_string())
    .bind(json(&new.photos)?)
    .execute(&mut *tx)
    .await?;
    lanes::moved(tx, new.account, None, Some(State::Queued)).await?;
    admin::count_style_choice(tx, new.account, &new.style, new.now).await?;
    read(&row)
}

async fn list(
    tx: &mut Tx,
    account: AccountId,
    page: PageRequest<GenerationId>,
) -> Outcome<Page<WithImages, GenerationId>> {
    let rows = query("SELECT * FROM generations WHERE account = $1 AND id < $2 ORDER BY id DESC LIMIT $3")
        .bind(account.to_string())
        .bind(page.after.map_or_else(|| "~".into(), |id| id.to_string()))
        .bind(page.limit() + 1);
    let generations = all(rows.fetch_all(&mut *tx).await?, read)?;
    let page = Page::cut(generations, page.limit(), |generation| generation.id);
    // The page is a range of neighbouring ids, so its images are a range too.
    let images = match (page.items.last(), page.items.first()) {
        (Some(oldest), Some(newest)) => images::between(tx, account, oldest.id, newest.id).await?,
        _ => Vec::new(),
    };
    let with_images = |generation: Generation| {
        let of_this = images.iter().filter(|image| image.id.generation == generation.id).cloned().collect();
        WithImages { generation, images: of_this }
    };
    Ok(Page { items: page.items.into_iter().map(with_images).collect(), next: page.next })
}

async fn cancel(
    tx: &mut Tx,
    account: AccountId,
    generation: GenerationId,
    now: Timestamp,
) -> Outcome<Generation> {
    tx.hold(account).await?;
    let generation = find(tx, account, generation).await?;
    if generation.state == State::Cancelled {
        return Ok(generation);
    }
    end(tx, generation, Ending::Cancelled, None, now).await
}

/// Cancels whatever has not ended, and says which.
pub(super) async fn cancel_all(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Outcome<Vec<GenerationId>> {
    let rows = query(
        "SELECT * FROM generations
         WHERE account = $1 AND state IN ('queued', 'running') AND ended_at IS NULL",
    )
    .bind(account.to_string());
    let open = all(rows.fetch_all(&mut *tx).await?, read)?;
    let ids = open.iter().map(|generation| generation.id).collect();
    for generation in open {
        end(tx, generation, Ending::Cancelled, None, now).await?;
    }
    Ok(ids)
}

/// Cancels what has not ended and uses a photo.
pub(super) async fn cancel_using(
    tx: &mut Tx,
    account: AccountId,
    photo: PhotoId,
    now: Timestamp,
) -> Outcome<()> {
    let rows = query(
        "SELECT * FROM generations WHERE account = $1 AND ended_at IS NULL AND id IN
             (SELECT generation FROM generation_photos WHERE account = $1 AND photo = $2)",
    )
    .bind(account.to_string())
    .bind(photo.to_string());
    for generation in all(rows.fetch_all(&mut *tx).await?, read)? {
        end(tx, generation, Ending::Cancelled, None, now).await?;
    }
    Ok(())
}

/// Ends a generation: its state, its lane, its entry in the ledger and its webhook events.
pub(super) async fn end(
    tx: &mut Tx,
    generation: Generation,
    ending: Ending,
    reason: Option<&str>,
    now: Timestamp,
) -> Outcome<Generation> {
    let state = generation.state.after(Step::End(ending)).map_err(|_| Conflict::Ended)?;
    let made = images::made(tx, generation.account, generation.id).await?.len();
    let made = u8::try_from(made).unwrap_or(u8::MAX);
    if ending == Ending::Succeeded && made == 0 {
        return Err(Conflict::NoImage.into());
    }
    let row = query(
        "UPDATE generations SET state = $3, reason = $4, ended_at = $5, lease_until = NULL,
             progress = CASE WHEN $3 = 'succeeded' THEN 100 ELSE progress END
         WHERE account = $1 AND id = $2 RETURNING *",
    )
    .bind(generation.account.to_string())
    .bind(generation.id.to_string())
    .bind(name(&state)?)
    .bind(reason)
    .bind(millis(now))
    .fetch_one(&mut *tx)
    .await?;
    lanes::moved(tx, generation.account, Some(generation.state), Some(state)).await?;
    let booking = Booking {
        account: generation.account,
        key: EntryKey::end(generation.id),
        generation: Some(generation.id),
        note: "",
        now,
    };
    let posting = settlement(ending, generation.price, generation.options.count, made);
    credits::post(tx, booking, posting).await?;
    let ended = read(&row)?;
    webhooks::announce(tx, &ended, made, now).await?;
    Ok(ended)
}

async fn delete(tx: &mut Tx, account: AccountId, generation: GenerationId, now: Timestamp) -> Outcome<()> {
    tx.hold(account).await?;
    let mut generation = find(tx, account, generation).await?;
    if !generation.state.is_ended() {
        generation = end(tx, generation, Ending::Cancelled, None, now).await?;
    }
    let keys = images::keys(tx, account, generation.id).await?;
    deletions::queue(tx, &keys, now).await?;
    query("DELETE FROM generations WHERE account = $1 AND id = $2")
        .bind(account.to_string())
        .bind(generation.id.to_string())
        .execute(&mut *tx)
        .await?;
    lanes::moved(tx, account, Some(generation.state), None).await
}
