//! Generations, as the workers see them: taken by lease, kept by heartbeat, ended once.
//!
//! This is where the load is, so what a worker does with each generation is one statement wherever that can be: a statement by
//! itself is a transaction.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::consent::{Consent, Purpose};
use domain::generation::{Ending, Generation, Lease, MAX_CLAIMS, State, Step};
use domain::ids::{AccountId, GenerationId, LeaseId};
use domain::image::{Image, ImageId};
use domain::object_key::ObjectKey;
use domain::photo::Photo;
use domain::ports::database::{
    Answer, AttemptResult, Claim, Claimed, Conflict, DatabaseError, Finish, NewAttempt, NewImage, Noun,
    Spending, Work,
};
use domain::time::Timestamp;

use super::failure::{Failure, Outcome};
use super::row::{Row, all, integer, json, millis, name};
use super::statement::{Dialect, Tx, either, query};
use super::{Engine, Sql, consents, deletions, generations, images, lanes, photos, spending};

impl<E: Engine> Work for Sql<E> {
    fn claim_generations(&self, claim: Claim) -> Answer<'_, Vec<Claimed>> {
        Box::pin(async move {
            let mut awaited = None;
            loop {
                let claim = claim.clone();
                match self.engine.write(move |tx| Box::pin(self::claim(tx, claim, awaited))).await? {
                    Taken::These(claimed) => return Ok(claimed),
                    Taken::NothingFree(lane) => awaited = Some(lane),
                }
            }
        })
    }

    fn heartbeat(&self, lease: Lease, progress: u8, until: Timestamp) -> Answer<'_, ()> {
        self.engine.write_one(move |tx| Box::pin(heartbeat(tx, lease, progress, until)))
    }

    fn release_generation(&self, lease: Lease, now: Timestamp) -> Answer<'_, ()> {
        self.engine.write_one(move |tx| Box::pin(release(tx, lease, now)))
    }

    fn begin_attempt(&self, lease: Lease, attempt: NewAttempt, now: Timestamp) -> Answer<'_, ()> {
        self.engine.write_one(move |tx| Box::pin(begin_attempt(tx, lease, attempt, now)))
    }

    fn finish_attempt(
        &self,
        lease: Lease,
        number: u16,
        result: AttemptResult,
        now: Timestamp,
    ) -> Answer<'_, ()> {
        self.engine.write_one(move |tx| Box::pin(finish_attempt(tx, lease, number, result, now)))
    }

    fn add_image(&self, lease: Lease, image: NewImage) -> Answer<'_, Image> {
        Box::pin(async move {
            let new = image.clone();
            let added = self.engine.write_one(move |tx| Box::pin(add_new_image(tx, lease, new))).await?;
            match added {
                Some(image) => Ok(image),
                None => self.engine.write(move |tx| Box::pin(add_image(tx, lease, image))).await,
            }
        })
    }

    fn finish_generation(&self, lease: Lease, finish: Finish, now: Timestamp) -> Answer<'_, Generation> {
        self.engine.write(move |tx| Box::pin(self::finish(tx, lease, finish, now)))
    }
}

/// What a claim came to.
enum Taken {
    These(Vec<Claimed>),
    /// Something waits, but others hold every lane in which it does; this one is the next. It has to be waited for in a
    /// transaction of its own: this one may hold lanes in which nothing is left.
    NothingFree(AccountId),
}

async fn claim(tx: &mut Tx, claim: Claim, awaited: Option<AccountId>) -> Outcome<Taken> {
    if let Some(lane) = awaited {
        tx.hold(lane).await?;
    }
    let mut claimed = held_already(tx, &claim.leases).await?;
    let mut lapsed = true;
    for &lease in &claim.leases {
        if claimed.iter().any(|(id, _)| *id == lease) {
            continue;
        }
        let mut taken = if lapsed { take_lapsed(tx, lease, &claim).await? } else { None };
        if taken.is_none() {
            lapsed = false;
            taken = take_waiting(tx, lease, &claim).await?;
        }
        let Some(generation) = taken else { break };
        claimed.push((lease, generation));
    }
    // SQLite has one writer at a time, so nobody else holds anything.
    if claimed.is_empty()
        && !claim.leases.is_empty()
        && tx.dialect() == Dialect::Postgres
        && let Some(lane) = lanes::head(tx).await?
    {
        return Ok(Taken::NothingFree(lane));
    }
    hand_over(tx, claimed).await.map(Taken::These)
}

const INTERRUPTED: &str =
    "The work was interrupted too often. It costs nothing; try again with another photo or style.";
const INTERRUPTED_LATE: &str = "The work was interrupted too often to go on. What is missing costs nothing.";

/// What the same claim took before, when its answer was lost.
async fn held_already(tx: &mut Tx, leases: &[LeaseId]) -> Outcome<Vec<(LeaseId, Generation)>> {
    let rows = query(
        "SELECT * FROM generations
         WHERE lease_until IS NOT NULL AND lease IN (SELECT value FROM json_each($1))",
    )
    .bind(json(&leases)?);
    all(rows.fetch_all(tx).await?, |row| Ok((row.parsed("lease")?, generations::read(row)?)))
}

/// Takes a generation whose lease ran out. Those that were taken too often are ended on the way.
async fn take_lapsed(tx: &mut Tx, lease: LeaseId, claim: &Claim) -> Outcome<Option<Generation>> {
    loop {
        let lapsed = either(
            // Only a running one has a `lease_until`.
            "SELECT * FROM generations WHERE lease_until <= $1 ORDER BY lease_until LIMIT 1",
            // Its lane first, as whoever holds a generation does.
            "SELECT generations.* FROM lanes JOIN generations ON generations.account = lanes.account
             WHERE lease_until <= $1 ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED",
        )
        .bind(millis(claim.now));
        let Some(row) = lapsed.fetch_optional(tx).await? else { return Ok(None) };
        let generation = generations::read(&row)?;
        if generation.claims < MAX_CLAIMS {
            let retaken = query(
                "UPDATE generations SET lease = $3, lease_until = $4, claims = claims + 1
                 WHERE account = $1 AND id = $2 RETURNING *",
            )
            .bind(generation.account.to_string())
            .bind(generation.id.to_string())
            .bind(lease.to_string())
            .bind(millis(claim.until));
            return generations::read(&retaken.fetch_one(tx).await?).map(Some);
        }
        // What was made before the last interruption is kept and costs what it costs, as when the rest fails.
        let made = images::made(tx, generation.account, generation.id).await?;
        let (ending, reason) = match made.is_empty() {
            true => (Ending::Failed, INTERRUPTED),
            false => (Ending::Succeeded, INTERRUPTED_LATE),
        };
        // What the last worker had stored without a row goes.
        let (account, id) = (generation.account, generation.id);
        let missing = (1..=generation.options.count).filter(|number| !made.contains(number));
        let stored =
            |number| [ObjectKey::Result(account, id, number), ObjectKey::Preview(account, id, number)];
        deletions::queue(tx, &missing.flat_map(stored).collect::<Vec<_>>(), claim.now).await?;
        generations::end(tx, generation, ending, Some(reason), claim.now).await?;
    }
}

/// Takes the fair queue's head. Lanes that others hold are passed over.
async fn take_waiting(tx: &mut Tx, lease: LeaseId, claim: &Claim) -> Outcome<Option<Generation>> {
    let Some(account) = lanes::next(tx).await? else { return Ok(None) };
    let state = State::Queued.after(Step::Claim).map_err(|_| Conflict::Ended)?;
    let row = query(
        "UPDATE generations SET state = $2, lease = $3, lease_until = $4, claims = claims + 1,
             started_at = coalesce(started_at, $5)
         WHERE account = $1 AND id = (
             SELECT id FROM generations WHERE account = $1 AND state = 'queued' AND ended_at IS NULL
             ORDER BY created_at, id LIMIT 1
         ) RETURNING *",
    )
    .bind(account.to_string())
    .bind(name(&state)?)
    .bind(lease.to_string())
    .bind(millis(claim.until))
    .bind(millis(claim.now))
    .fetch_optional(tx)
    .await?
    .ok_or(Failure::Corrupt("lanes.queued"))?;
    lanes::moved(tx, account, Some(State::Queued), Some(state)).await?;
    generations::read(&row).map(Some)
}

/// Gathers what the worker needs, for all that it has taken.
async fn hand_over(tx: &mut Tx, claimed: Vec<(LeaseId, Generation)>) -> Outcome<Vec<Claimed>> {
    if claimed.is_empty() {
        return Ok(Vec::new());
    }
    let leases = json(&claimed.iter().map(|(lease, _)| lease).collect::<Vec<_>>())?;
    let mut consents: HashMap<AccountId, Vec<Consent>> = HashMap::new();
    for (_, generation) in &claimed {
        if let Entry::Vacant(unknown) = consents.entry(generation.account) {
            unknown.insert(consents::list(tx, generation.account).await?);
        }
    }
    let mut photos = photos_of(tx, &leases).await?;
    let (attempts, mut made) = (attempts_of(tx, &leases).await?, made_of(tx, &leases).await?);
    let hand = |(id, generation): (LeaseId, Generation)| Claimed {
        lease: Lease { account: generation.account, generation: generation.id, id },
        photos: photos.remove(&generation.id).unwrap_or_default(),
        consents: consents.get(&generation.account).cloned().unwrap_or_default(),
        attempts: attempts.get(&generation.id).copied().unwrap_or_default(),
        made: made.remove(&generation.id).unwrap_or_default(),
        generation,
    };
    Ok(claimed.into_iter().map(hand).collect())
}

/// The photos of the generations under these leases, in the order in which they were given.
async fn photos_of(tx: &mut Tx, leases: &str) -> Outcome<HashMap<GenerationId, Vec<Photo>>> {
    let rows = query(
        "SELECT used.generation, used.position, photos.* FROM json_each($1) AS held
             JOIN generations ON generations.lease = held.value AND generations.lease_until IS NOT NULL
             JOIN generation_photos AS used
                 ON used.account = generations.account AND used.generation = generations.id
             JOIN photos ON photos.account = used.account AND photos.id = used.photo",
    )
    .bind(leases);
    let read = |row: &Row| Ok((row.integer("position")?, row.parsed("generation")?, photos::read(row)?));
    let mut read = all(rows.fetch_all(tx).await?, read)?;
    read.sort_by_key(|(position, ..)| *position);
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for (_, generation, photo) in read {
        found.entry(generation).or_default().push(photo);
    }
    Ok(found)
}

/// How many tries there were at the generations under these leases.
async fn attempts_of(tx: &mut Tx, leases: &str) -> Outcome<HashMap<GenerationId, u16>> {
    let rows = query(
        "SELECT attempts.generation, max(attempts.number) AS attempts FROM json_each($1) AS held
             JOIN generations ON generations.lease = held.value AND generations.lease_until IS NOT NULL
             JOIN attempts ON attempts.account = generations.account AND attempts.generation = generations.id
         GROUP BY attempts.generation",
    )
    .bind(leases);
    let read = |row: &Row| Ok((row.parsed("generation")?, row.number("attempts")?));
    Ok(all(rows.fetch_all(tx).await?, read)?.into_iter().collect())
}

/// The numbers of the images that the generations under these leases have made, deleted ones too.
async fn made_of(tx: &mut Tx, leases: &str) -> Outcome<HashMap<GenerationId, Vec<u8>>> {
    let rows = query(
        "SELECT images.generation, images.number FROM json_each($1) AS held
             JOIN generations ON generations.lease = held.value AND generations.lease_until IS NOT NULL
             JOIN images ON images.account = generations.account AND images.generation = generations.id",
    )
    .bind(leases);
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows.fetch_all(tx).await? {
        found.entry(row.parsed("generation")?).or_default().push(row.number("number")?);
    }
    found.values_mut().for_each(|made| made.sort_unstable());
    Ok(found)
}

/// The generation, if the lease still holds it. One that ran out holds until another claim takes the generation.
async fn held(tx: &mut Tx, lease: Lease) -> Outcome<Generation> {
    let generation = last_held(tx, lease).await?;
    if generation.state == State::Running { Ok(generation) } else { Err(DatabaseError::LeaseLost.into()) }
}

/// The generation, if this lease was the last to hold it, ended or not.
async fn last_held(tx: &mut Tx, lease: Lease) -> Outcome<Generation> {
    let row = query("SELECT * FROM generations WHERE account = $1 AND id = $2 AND lease = $3")
        .bind(lease.account.to_string())
        .bind(lease.generation.to_string())
        .bind(lease.id.to_string());
    generations::read(&row.fetch_optional(tx).await?.ok_or(DatabaseError::LeaseLost)?)
}

async fn heartbeat(tx: &mut Tx, lease: Lease, progress: u8, until: Timestamp) -> Outcome<()> {
    let kept = query(
        "UPDATE generations SET lease_until = $4, progress = $5
         WHERE account = $1 AND id = $2 AND lease = $3 AND state = 'running'",
    )
    .bind(lease.account.to_string())
    .bind(lease.generation.to_string())
    .bind(lease.id.to_string())
    .bind(millis(until))
    .bind(progress.min(100))
    .execute(tx)
    .await?;
    if kept == 0 { Err(DatabaseError::LeaseLost.into()) } else { Ok(()) }
}

async fn release(tx: &mut Tx, lease: Lease, now: Timestamp) -> Outcome<()> {
    let released = query(
        "UPDATE generations SET lease = NULL, lease_until = $4,
             claims = CASE WHEN claims > 0 THEN claims - 1 ELSE 0 END
         WHERE account = $1 AND id = $2 AND lease = $3 AND state = 'running'",
    )
    .bind(lease.account.to_string())
    .bind(lease.generation.to_string())
    .bind(lease.id.to_string())
    .bind(millis(now))
    .execute(tx)
    .await?;
    if released == 0 { Err(DatabaseError::LeaseLost.into()) } else { Ok(()) }
}

async fn begin_attempt(tx: &mut Tx, lease: Lease, attempt: NewAttempt, now: Timestamp) -> Outcome<()> {
    if let Some(service) = attempt.send_to {
        held(tx, lease).await?;
        consents::require(tx, lease.account, &Purpose::SendTo(service), now).await?;
    }
    let row = query(
        "INSERT INTO attempts (account, generation, number, provider, model, prompt, fallback, started_at)
         SELECT account, id, $4, $5, $6, $7, $8, $9 FROM generations
         WHERE account = $1 AND id = $2 AND lease = $3 AND state = 'running'
         ON CONFLICT (account, generation, number) DO UPDATE SET number = excluded.number
         RETURNING provider, model, started_at",
    )
    .bind(lease.account.to_string())
    .bind(lease.generation.to_string())
    .bind(lease.id.to_string())
    .bind(attempt.number)
    .bind(&attempt.provider)
    .bind(&attempt.model)
    .bind(&attempt.prompt)
    .bind(attempt.fallback)
    .bind(millis(now))
    .fetch_optional(tx)
    .await?
    .ok_or(DatabaseError::LeaseLost)?;
    let same = row.text("provider")? == attempt.provider
        && row.text("model")? == attempt.model
        && row.time("started_at")? == now;
    if same { Ok(()) } else { Err(Conflict::IdReused.into()) }
}

async fn finish_attempt(
    tx: &mut Tx,
    lease: Lease,
    number: u16,
    result: AttemptResult,
    now: Timestamp,
) -> Outcome<()> {
    let written = match tx.dialect() {
        Dialect::Sqlite => {
            let generation = held(tx, lease).await?;
            end_attempt(tx, generation, number, &result, now).await?
        }
        Dialect::Postgres => end_attempt_at_once(tx, lease, number, &result, now).await?,
    };
    if written {
        return Ok(());
    }
    held(tx, lease).await?;
    let known = query("SELECT 1 FROM attempts WHERE account = $1 AND generation = $2 AND number = $3")
        .bind(lease.account.to_string())
        .bind(lease.generation.to_string())
        .bind(number);
    known.fetch_optional(tx).await?.map(drop).ok_or(Noun::Attempt.into())
}

/// Ends an attempt that runs, and adds up what it took; whether there is one.
async fn end_attempt(
    tx: &mut Tx,
    generation: Generation,
    number: u16,
    result: &AttemptResult,
    now: Timestamp,
) -> Outcome<bool> {
    let written = query(
        "UPDATE attempts SET ended_at = $4, outcome = $5, detail = $6, images = $7,
             tokens_in = $8, tokens_out = $9, micro_dollars = $10
         WHERE account = $1 AND generation = $2 AND number = $3 AND ended_at IS NULL
         RETURNING provider, model, fallback, started_at",
    )
    .bind(generation.account.to_string())
    .bind(generation.id.to_string())
    .bind(number)
    .bind(millis(now))
    .bind(name(&result.outcome)?)
    .bind(&result.detail)
    .bind(result.images)
    .bind(integer(result.cost.tokens_in))
    .bind(integer(result.cost.tokens_out))
    .bind(integer(result.cost.micro_dollars));
    let Some(row) = written.fetch_optional(tx).await? else { return Ok(false) };
    let spent = Spending {
        day: row.time("started_at")?.day(),
        style: generation.style,
        provider: row.text("provider")?,
        model: row.text("model")?,
        outcome: result.outcome,
        attempts: 1,
        generations: u64::from(number == 1),
        fallbacks: u64::from(row.flag("fallback")?),
        images: u64::from(result.images),
        cost: result.cost,
    };
    spending::add(tx, &spent).await?;
    Ok(true)
}

/// The same in one statement. What tries took is added up in sixteen places, so that workers don't wait for each other there.
async fn end_attempt_at_once(
    tx: &mut Tx,
    lease: Lease,
    number: u16,
    result: &AttemptResult,
    now: Timestamp,
) -> Outcome<bool> {
    let written = either(
        "",
        "WITH held AS (
             SELECT style FROM generations WHERE account = $1 AND id = $2 AND lease = $3 AND state = 'running'
         ), ended AS (
             UPDATE attempts SET ended_at = $5, outcome = $6, detail = $7, images = $8::bigint,
                 tokens_in = $9::bigint, tokens_out = $10::bigint, micro_dollars = $11::bigint
             FROM held WHERE account = $1 AND generation = $2 AND number = $4::bigint AND ended_at IS NULL
             RETURNING held.style, provider, model, fallback, started_at
         )
         INSERT INTO spending_parts AS parts (day, style, provider, model, outcome, part,
             attempts, generations, fallbacks, images, tokens_in, tokens_out, micro_dollars)
         SELECT started_at / 86400000 * 86400000, style, provider, model, $6, pg_backend_pid() % 16,
             1, CASE WHEN $4::bigint = 1 THEN 1 ELSE 0 END, fallback, $8::bigint,
             $9::bigint, $10::bigint, $11::bigint FROM ended
         ON CONFLICT (day, style, provider, model, outcome, part) DO UPDATE SET
             attempts = parts.attempts + excluded.attempts,
             generations = parts.generations + excluded.generations,
             fallbacks = parts.fallbacks + excluded.fallbacks,
             images = parts.images + excluded.images,
             tokens_in = parts.tokens_in + excluded.tokens_in,
             tokens_out = parts.tokens_out + excluded.tokens_out,
             micro_dollars = parts.micro_dollars + excluded.micro_dollars",
    )
    .bind(lease.account.to_string())
    .bind(lease.generation.to_string())
    .bind(lease.id.to_string())
    .bind(number)
    .bind(millis(now))
    .bind(name(&result.outcome)?)
    .bind(&result.detail)
    .bind(result.images)
    .bind(integer(result.cost.tokens_in))
    .bind(integer(result.cost.tokens_out))
    .bind(integer(result.cost.micro_dollars));
    Ok(written.execute(tx).await? > 0)
}

/// Adds an image of which nothing is known yet, as almost all are, in one statement; `None` when there is more to it.
async fn add_new_image(tx: &mut Tx, lease: Lease, new: NewImage) -> Outcome<Option<Image>> {
    const DAY: i64 = domain::time::DAY.as_millis() as i64;
    let mut image = image_of(lease, new);
    let row = either(
        "INSERT INTO images (account, generation, number, media_type, bytes, width, height, digest,
             preview_type, preview_bytes, preview_width, preview_height, preview_digest,
             likeness, created_at, expires_at, preview_expires_at)
         SELECT $1, $2, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
             min($17, coalesce($16 + accounts.retention * $19, $17)), $18
         FROM generations JOIN accounts ON accounts.id = generations.account
         WHERE generations.account = $1 AND generations.id = $2 AND lease = $3 AND state = 'running'
             AND $4 BETWEEN 1 AND json_extract(options, '$.count')
         ON CONFLICT DO NOTHING RETURNING expires_at",
        "INSERT INTO images (account, generation, number, media_type, bytes, width, height, digest,
             preview_type, preview_bytes, preview_width, preview_height, preview_digest,
             likeness, created_at, expires_at, preview_expires_at)
         SELECT $1, $2, $4::bigint, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::bigint,
             least($17::bigint, $16::bigint + accounts.retention * $19::bigint), $18
         FROM generations JOIN accounts ON accounts.id = generations.account
         WHERE generations.account = $1 AND generations.id = $2 AND lease = $3 AND state = 'running'
             AND $4::bigint BETWEEN 1 AND (options::json ->> 'count')::bigint
         FOR SHARE
         ON CONFLICT DO NOTHING RETURNING expires_at",
    )
    .bind(image.account.to_string())
    .bind(image.id.generation.to_string())
    .bind(lease.id.to_string())
    .bind(image.id.number)
    .bind(&image.full.media_type)
    .bind(integer(image.full.bytes))
    .bind(image.full.size.width)
    .bind(image.full.size.height)
    .bind(image.full.digest.to_string())
    .bind(&image.preview.media_type)
    .bind(integer(image.preview.bytes))
    .bind(image.preview.size.width)
    .bind(image.preview.size.height)
    .bind(image.preview.digest.to_string())
    .bind(image.likeness)
    .bind(millis(image.created_at))
    .bind(millis(image.expires_at))
    .bind(image.preview_expires_at.map(millis))
    .bind(DAY);
    let Some(row) = row.fetch_optional(tx).await? else { return Ok(None) };
    image.expires_at = row.time("expires_at")?;
    Ok(Some(image))
}

fn image_of(lease: Lease, new: NewImage) -> Image {
    Image {
        id: ImageId { generation: lease.generation, number: new.number },
        account: lease.account,
        full: new.full,
        preview: new.preview,
        likeness: new.likeness,
        favourite: false,
        created_at: new.created_at,
        expires_at: new.expires_at,
        preview_expires_at: new.preview_expires_at,
    }
}

/// Adds an image whatever is known of it.
async fn add_image(tx: &mut Tx, lease: Lease, new: NewImage) -> Outcome<Image> {
    tx.hold(lease.account).await?;
    let generation = held(tx, lease).await?;
    if new.number == 0 || new.number > generation.options.count {
        return Err(Conflict::ImageNumber.into());
    }
    let known = query("SELECT * FROM images WHERE account = $1 AND generation = $2 AND number = $3")
        .bind(lease.account.to_string())
        .bind(lease.generation.to_string())
        .bind(new.number);
    match known.fetch_optional(tx).await? {
        Some(row) if row.flag("deleted")? => {
            let image = image_of(lease, new);
            deletions::queue(tx, &[image.key(), image.preview_key()], image.created_at).await?;
            Ok(image)
        }
        Some(row) => images::read(&row),
        None => add_new_image(tx, lease, new).await?.ok_or(DatabaseError::LeaseLost.into()),
    }
}

async fn finish(tx: &mut Tx, lease: Lease, finish: Finish, now: Timestamp) -> Outcome<Generation> {
    tx.hold(lease.account).await?;
    let generation = last_held(tx, lease).await?;
    if generation.state == State::Running {
        return generations::end(tx, generation, finish.ending, finish.reason.as_deref(), now).await;
    }
    // The same worker asks again because the answer was lost; anything else came too late.
    let asked = State::Running.after(Step::End(finish.ending));
    if asked == Ok(generation.state) { Ok(generation) } else { Err(DatabaseError::LeaseLost.into()) }
}
