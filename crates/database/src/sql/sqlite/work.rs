//! Generations, as the workers see them: taken by lease, kept by heartbeat, ended once.

use domain::consent::Purpose;
use domain::generation::{Ending, Generation, Lease, MAX_CLAIMS, State, Step};
use domain::ids::LeaseId;
use domain::image::{Image, ImageId};
use domain::ports::database::{
    Answer, AttemptResult, Claim, Claimed, Conflict, DatabaseError, Finish, NewAttempt, NewImage, Noun,
    Spending, Work,
};
use domain::time::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::failure::Outcome;
use super::row::{Columns, all, integer, json, millis, name};
use super::{Sqlite, accounts, consents, deletions, generations, images, lanes, photos, spending};

impl Work for Sqlite {
    fn claim_generations(&self, claim: Claim) -> Answer<'_, Vec<Claimed>> {
        self.write(move |tx| Box::pin(self::claim(tx, claim)))
    }

    fn heartbeat(&self, lease: Lease, progress: u8, until: Timestamp) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(heartbeat(tx, lease, progress, until)))
    }

    fn release_generation(&self, lease: Lease, now: Timestamp) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(release(tx, lease, now)))
    }

    fn begin_attempt(&self, lease: Lease, attempt: NewAttempt, now: Timestamp) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(begin_attempt(tx, lease, attempt, now)))
    }

    fn finish_attempt(
        &self,
        lease: Lease,
        number: u16,
        result: AttemptResult,
        now: Timestamp,
    ) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(finish_attempt(tx, lease, number, result, now)))
    }

    fn add_image(&self, lease: Lease, image: NewImage) -> Answer<'_, Image> {
        self.write(move |tx| Box::pin(add_image(tx, lease, image)))
    }

    fn finish_generation(&self, lease: Lease, finish: Finish, now: Timestamp) -> Answer<'_, Generation> {
        self.write(move |tx| Box::pin(self::finish(tx, lease, finish, now)))
    }
}

async fn claim(tx: &mut SqliteConnection, claim: Claim) -> Outcome<Vec<Claimed>> {
    let mut claimed = held_already(tx, &claim.leases).await?;
    for &lease in &claim.leases {
        if claimed.iter().any(|(id, _)| *id == lease) {
            continue;
        }
        let Some(generation) = next(tx, claim.now).await? else { break };
        claimed.push((lease, take(tx, generation, lease, &claim).await?));
    }
    let mut answer = Vec::with_capacity(claimed.len());
    for (id, generation) in claimed {
        answer.push(hand_over(tx, id, generation).await?);
    }
    Ok(answer)
}

/// What the same claim took before, when its answer was lost.
async fn held_already(tx: &mut SqliteConnection, leases: &[LeaseId]) -> Outcome<Vec<(LeaseId, Generation)>> {
    let rows = sqlx::query(
        "SELECT * FROM generations
         WHERE lease_until IS NOT NULL AND lease IN (SELECT value FROM json_each($1))",
    )
    .bind(json(&leases)?);
    all(rows.fetch_all(tx).await?, |row| Ok((row.parsed("lease")?, generations::read(row)?)))
}

/// The generation whose turn it is: one whose lease ran out, or else the fair queue's head. Those that were taken too
/// often are ended on the way.
async fn next(tx: &mut SqliteConnection, now: Timestamp) -> Outcome<Option<Generation>> {
    loop {
        let lapsed = sqlx::query(
            // Only a running one has a `lease_until`.
            "SELECT * FROM generations WHERE lease_until <= $1 ORDER BY lease_until LIMIT 1",
        )
        .bind(millis(now));
        let Some(row) = lapsed.fetch_optional(&mut *tx).await? else { break };
        let generation = generations::read(&row)?;
        if generation.claims < MAX_CLAIMS {
            return Ok(Some(generation));
        }
        let reason =
            "The work was interrupted too often. It costs nothing; try again with another photo or style.";
        generations::end(tx, generation, Ending::Failed, Some(reason), now).await?;
    }
    let Some(account) = lanes::next(tx).await? else { return Ok(None) };
    let head = sqlx::query(
        "SELECT * FROM generations WHERE account = $1 AND state = 'queued' AND ended_at IS NULL
         ORDER BY created_at, id LIMIT 1",
    )
    .bind(account.to_string());
    head.fetch_optional(tx).await?.as_ref().map(generations::read).transpose()
}

async fn take(
    tx: &mut SqliteConnection,
    generation: Generation,
    lease: LeaseId,
    claim: &Claim,
) -> Outcome<Generation> {
    let state = generation.state.after(Step::Claim).map_err(|_| Conflict::Ended)?;
    let row = sqlx::query(
        "UPDATE generations SET state = $3, lease = $4, lease_until = $5, claims = claims + 1,
             started_at = ifnull(started_at, $6)
         WHERE account = $1 AND id = $2 RETURNING *",
    )
    .bind(generation.account.to_string())
    .bind(generation.id.to_string())
    .bind(name(&state)?)
    .bind(lease.to_string())
    .bind(millis(claim.until))
    .bind(millis(claim.now))
    .fetch_one(&mut *tx)
    .await?;
    if generation.state != state {
        lanes::moved(tx, generation.account, Some(generation.state), Some(state)).await?;
    }
    generations::read(&row)
}

/// Gathers what the worker needs.
async fn hand_over(tx: &mut SqliteConnection, id: LeaseId, generation: Generation) -> Outcome<Claimed> {
    let rows = sqlx::query(
        "SELECT photos.* FROM generation_photos AS used JOIN photos
             ON photos.account = used.account AND photos.id = used.photo
         WHERE used.account = $1 AND used.generation = $2 ORDER BY used.position",
    )
    .bind(generation.account.to_string())
    .bind(generation.id.to_string());
    let photos = all(rows.fetch_all(&mut *tx).await?, photos::read)?;
    let attempts = sqlx::query(
        "SELECT ifnull(max(number), 0) AS attempts FROM attempts WHERE account = $1 AND generation = $2",
    )
    .bind(generation.account.to_string())
    .bind(generation.id.to_string());
    Ok(Claimed {
        lease: Lease { account: generation.account, generation: generation.id, id },
        attempts: attempts.fetch_one(&mut *tx).await?.number("attempts")?,
        consents: consents::list(tx, generation.account).await?,
        made: images::made(tx, generation.account, generation.id).await?,
        photos,
        generation,
    })
}

/// The generation, if the lease still holds it. One that ran out holds until another claim takes the generation.
async fn held(tx: &mut SqliteConnection, lease: Lease) -> Outcome<Generation> {
    let generation = last_held(tx, lease).await?;
    if generation.state == State::Running { Ok(generation) } else { Err(DatabaseError::LeaseLost.into()) }
}

/// The generation, if this lease was the last to hold it, ended or not.
async fn last_held(tx: &mut SqliteConnection, lease: Lease) -> Outcome<Generation> {
    let row = sqlx::query("SELECT * FROM generations WHERE account = $1 AND id = $2 AND lease = $3")
        .bind(lease.account.to_string())
        .bind(lease.generation.to_string())
        .bind(lease.id.to_string());
    generations::read(&row.fetch_optional(tx).await?.ok_or(DatabaseError::LeaseLost)?)
}

async fn heartbeat(tx: &mut SqliteConnection, lease: Lease, progress: u8, until: Timestamp) -> Outcome<()> {
    let kept = sqlx::query(
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
    if kept.rows_affected() == 0 { Err(DatabaseError::LeaseLost.into()) } else { Ok(()) }
}

async fn release(tx: &mut SqliteConnection, lease: Lease, now: Timestamp) -> Outcome<()> {
    let released = sqlx::query(
        "UPDATE generations SET lease = NULL, lease_until = $4, claims = max(claims - 1, 0)
         WHERE account = $1 AND id = $2 AND lease = $3 AND state = 'running'",
    )
    .bind(lease.account.to_string())
    .bind(lease.generation.to_string())
    .bind(lease.id.to_string())
    .bind(millis(now))
    .execute(tx)
    .await?;
    if released.rows_affected() == 0 { Err(DatabaseError::LeaseLost.into()) } else { Ok(()) }
}

async fn begin_attempt(
    tx: &mut SqliteConnection,
    lease: Lease,
    attempt: NewAttempt,
    now: Timestamp,
) -> Outcome<()> {
    held(tx, lease).await?;
    if let Some(service) = attempt.send_to {
        consents::require(tx, lease.account, &Purpose::SendTo(service), now).await?;
    }
    let row = sqlx::query(
        "INSERT INTO attempts (account, generation, number, provider, model, prompt, fallback, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account, generation, number) DO UPDATE SET number = excluded.number
         RETURNING provider, model, started_at",
    )
    .bind(lease.account.to_string())
    .bind(lease.generation.to_string())
    .bind(attempt.number)
    .bind(&attempt.provider)
    .bind(&attempt.model)
    .bind(&attempt.prompt)
    .bind(attempt.fallback)
    .bind(millis(now))
    .fetch_one(tx)
    .await?;
    let same = row.text("provider")? == attempt.provider
        && row.text("model")? == attempt.model
        && row.time("started_at")? == now;
    if same { Ok(()) } else { Err(Conflict::IdReused.into()) }
}

async fn finish_attempt(
    tx: &mut SqliteConnection,
    lease: Lease,
    number: u16,
    result: AttemptResult,
    now: Timestamp,
) -> Outcome<()> {
    let generation = held(tx, lease).await?;
    let written = sqlx::query(
        "UPDATE attempts SET ended_at = $4, outcome = $5, detail = $6, images = $7,
             tokens_in = $8, tokens_out = $9, micro_dollars = $10
         WHERE account = $1 AND generation = $2 AND number = $3 AND ended_at IS NULL
         RETURNING provider, model, fallback, started_at",
    )
    .bind(lease.account.to_string())
    .bind(lease.generation.to_string())
    .bind(number)
    .bind(millis(now))
    .bind(name(&result.outcome)?)
    .bind(&result.detail)
    .bind(result.images)
    .bind(integer(result.cost.tokens_in))
    .bind(integer(result.cost.tokens_out))
    .bind(integer(result.cost.micro_dollars))
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(row) = written {
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
        return spending::add(tx, &spent).await;
    }
    let known = sqlx::query("SELECT 1 FROM attempts WHERE account = $1 AND generation = $2 AND number = $3")
        .bind(lease.account.to_string())
        .bind(lease.generation.to_string())
        .bind(number);
    known.fetch_optional(tx).await?.map(drop).ok_or(Noun::Attempt.into())
}

async fn add_image(tx: &mut SqliteConnection, lease: Lease, new: NewImage) -> Outcome<Image> {
    let generation = held(tx, lease).await?;
    if new.number == 0 || new.number > generation.options.count {
        return Err(Conflict::ImageNumber.into());
    }
    let account = accounts::find(tx, lease.account).await?;
    let chosen = account.retention.map_or(new.expires_at, |period| new.created_at + period.duration());
    let image = Image {
        id: ImageId { generation: lease.generation, number: new.number },
        account: lease.account,
        full: new.full,
        preview: new.preview,
        likeness: new.likeness,
        favourite: false,
        created_at: new.created_at,
        expires_at: new.expires_at.min(chosen),
        preview_expires_at: new.preview_expires_at,
    };
    let known = sqlx::query("SELECT * FROM images WHERE account = $1 AND generation = $2 AND number = $3")
        .bind(lease.account.to_string())
        .bind(lease.generation.to_string())
        .bind(new.number);
    match known.fetch_optional(&mut *tx).await? {
        None => insert_image(tx, &image).await.map(|()| image),
        Some(row) if row.flag("deleted")? => {
            deletions::queue(tx, &[image.key(), image.preview_key()], image.created_at).await?;
            Ok(image)
        }
        Some(row) => images::read(&row),
    }
}

async fn insert_image(tx: &mut SqliteConnection, image: &Image) -> Outcome<()> {
    sqlx::query(
        "INSERT INTO images (account, generation, number, media_type, bytes, width, height, digest,
             preview_type, preview_bytes, preview_width, preview_height, preview_digest,
             likeness, created_at, expires_at, preview_expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(image.account.to_string())
    .bind(image.id.generation.to_string())
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
    .execute(tx)
    .await?;
    Ok(())
}

async fn finish(
    tx: &mut SqliteConnection,
    lease: Lease,
    finish: Finish,
    now: Timestamp,
) -> Outcome<Generation> {
    let generation = last_held(tx, lease).await?;
    if generation.state == State::Running {
        return generations::end(tx, generation, finish.ending, finish.reason.as_deref(), now).await;
    }
    // The same worker asks again because the answer was lost; anything else came too late.
    let asked = State::Running.after(Step::End(finish.ending));
    if asked == Ok(generation.state) { Ok(generation) } else { Err(DatabaseError::LeaseLost.into()) }
}
