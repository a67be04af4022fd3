//! What the installation's admin sees, and the usage that is counted.

use domain::attempt::Attempt;
use domain::generation::{Generation, State};
use domain::ids::{AccountId, GenerationId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{
    AccountSummary, Admin, Answer, AttemptSummary, Noun, Percentiles, Spending, StyleUsage, Totals,
};
use domain::style::StyleId;
use domain::time::Timestamp;
use domain::usage::{UsageEvent, UsageKind};

use super::failure::{Outcome, missing};
use super::row::{Row, all, millis, name};
use super::statement::{Tx, query};
use super::{Engine, Sql, accounts, credits, generations, lanes, spending};

impl<E: Engine> Admin for Sql<E> {
    fn list_accounts(&self, page: PageRequest<AccountId>) -> Answer<'_, Page<AccountSummary, AccountId>> {
        self.engine.read(move |tx| Box::pin(list_accounts(tx, page)))
    }

    fn list_by_state(
        &self,
        state: State,
        page: PageRequest<GenerationId>,
    ) -> Answer<'_, Page<Generation, GenerationId>> {
        self.engine.read(move |tx| Box::pin(list_by_state(tx, state, page)))
    }

    fn list_attempts(&self, account: AccountId, generation: GenerationId) -> Answer<'_, Vec<Attempt>> {
        self.engine.read(move |tx| Box::pin(attempts(tx, account, generation)))
    }

    fn totals(&self) -> Answer<'_, Totals> {
        self.engine.snapshot(|tx| Box::pin(totals(tx)))
    }

    fn spending(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<Spending>> {
        self.engine.read(move |tx| Box::pin(spending::list(tx, from, until)))
    }

    fn attempt_summary(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<AttemptSummary>> {
        self.engine.read(move |tx| Box::pin(attempt_summary(tx, from, until)))
    }

    fn record_usage(&self, event: UsageEvent) -> Answer<'_, ()> {
        self.engine.write(move |tx| Box::pin(record_usage(tx, event)))
    }

    fn style_usage(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<StyleUsage>> {
        self.engine.read(move |tx| Box::pin(style_usage(tx, from, until)))
    }
}

async fn list_accounts(
    tx: &mut Tx,
    page: PageRequest<AccountId>,
) -> Outcome<Page<AccountSummary, AccountId>> {
    let rows = query(
        "SELECT *,
             coalesce((SELECT balance FROM ledger WHERE account = id ORDER BY sequence DESC LIMIT 1), 0) AS balance,
             coalesce((SELECT debt FROM ledger WHERE account = id ORDER BY sequence DESC LIMIT 1), 0) AS debt,
             CAST((SELECT coalesce(sum(bytes), 0) FROM photos WHERE photos.account = accounts.id)
                 + (SELECT coalesce(sum(CASE WHEN expired = 1 THEN 0 ELSE bytes END + preview_bytes), 0) FROM images
                    WHERE images.account = accounts.id) AS BIGINT) AS stored_bytes
         FROM accounts JOIN lanes ON lanes.account = accounts.id
         WHERE id < $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(page.after.map_or_else(|| "~".into(), |id| id.to_string()))
    .bind(page.limit() + 1);
    let summaries = all(rows.fetch_all(tx).await?, |row| {
        Ok(AccountSummary {
            account: accounts::read(row)?,
            credits: credits::read_position(row)?,
            generations: lanes::read_counts(row)?,
            stored_bytes: row.number("stored_bytes")?,
        })
    })?;
    Ok(Page::cut(summaries, page.limit(), |summary| summary.account.id))
}

async fn list_by_state(
    tx: &mut Tx,
    state: State,
    page: PageRequest<GenerationId>,
) -> Outcome<Page<Generation, GenerationId>> {
    let rows = query("SELECT * FROM generations WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3")
        .bind(name(&state)?)
        .bind(page.after.map_or_else(|| "~".into(), |id| id.to_string()))
        .bind(page.limit() + 1);
    Ok(Page::cut(all(rows.fetch_all(tx).await?, generations::read)?, page.limit(), |generation| {
        generation.id
    }))
}

fn read_attempt(row: &Row) -> Outcome<Attempt> {
    Ok(Attempt {
        generation: row.parsed("generation")?,
        number: row.number("number")?,
        provider: row.text("provider")?,
        model: row.text("model")?,
        prompt: row.text("prompt")?,
        started_at: row.time("started_at")?,
        ended_at: row.maybe("ended_at", Row::time)?,
        outcome: row.maybe("outcome", |row, column| row.named(column))?,
        detail: row.text("detail")?,
        images: row.number("images")?,
        fallback: row.flag("fallback")?,
        cost: spending::read_cost(row)?,
    })
}

/// The attempts of a generation, in order.
pub(super) async fn attempts(
    tx: &mut Tx,
    account: AccountId,
    generation: GenerationId,
) -> Outcome<Vec<Attempt>> {
    let rows = query("SELECT * FROM attempts WHERE account = $1 AND generation = $2 ORDER BY number")
        .bind(account.to_string())
        .bind(generation.to_string());
    all(rows.fetch_all(tx).await?, read_attempt)
}

async fn totals(tx: &mut Tx) -> Outcome<Totals> {
    let counts = query(
        "SELECT CAST(coalesce(sum(queued), 0) AS BIGINT) AS queued,
             CAST(coalesce(sum(running), 0) AS BIGINT) AS running,
             CAST(coalesce(sum(succeeded), 0) AS BIGINT) AS succeeded,
             CAST(coalesce(sum(refused), 0) AS BIGINT) AS refused,
             CAST(coalesce(sum(failed), 0) AS BIGINT) AS failed,
             CAST(coalesce(sum(cancelled), 0) AS BIGINT) AS cancelled
         FROM lanes",
    );
    let counts = lanes::read_counts(&counts.fetch_one(&mut *tx).await?)?;
    let row = query(
        "SELECT (SELECT count(*) FROM accounts) AS accounts,
             (SELECT count(*) FROM photos) AS photos,
             CAST((SELECT coalesce(sum(bytes), 0) FROM photos) AS BIGINT) AS photo_bytes,
             (SELECT count(*) FROM images WHERE deleted = 0) AS images,
             CAST((SELECT coalesce(sum(bytes), 0) FROM images WHERE expired = 0) AS BIGINT) AS result_bytes,
             CAST((SELECT coalesce(sum(preview_bytes), 0) FROM images) AS BIGINT) AS preview_bytes,
             (SELECT count(*) FROM deletions) AS pending_deletions,
             CAST((SELECT coalesce(sum((SELECT balance FROM ledger WHERE account = id ORDER BY sequence DESC LIMIT 1)), 0)
              FROM accounts) AS BIGINT) AS outstanding,
             CAST((SELECT coalesce(sum((SELECT debt FROM ledger WHERE account = id ORDER BY sequence DESC LIMIT 1)), 0)
              FROM accounts) AS BIGINT) AS owed",
    )
    .fetch_one(tx)
    .await?;
    Ok(Totals {
        accounts: row.number("accounts")?,
        generations: counts,
        credits_outstanding: row.number("outstanding")?,
        credits_owed: row.number("owed")?,
        photos: row.number("photos")?,
        photo_bytes: row.number("photo_bytes")?,
        images: row.number("images")?,
        result_bytes: row.number("result_bytes")?,
        preview_bytes: row.number("preview_bytes")?,
        pending_deletions: row.number("pending_deletions")?,
    })
}

async fn attempt_summary(tx: &mut Tx, from: Timestamp, until: Timestamp) -> Outcome<Vec<AttemptSummary>> {
    let rows = query(
        "WITH timed AS (
             SELECT *, CASE WHEN ended_at > started_at THEN ended_at - started_at ELSE 0 END AS took
             FROM attempts WHERE started_at >= $1 AND started_at < $2),
         ranked AS (
             SELECT *, count(*) OVER (PARTITION BY provider, model, outcome) AS alike,
                 row_number() OVER (PARTITION BY provider, model, outcome ORDER BY took) AS place
             FROM timed)
         SELECT provider, model, outcome, count(*) AS attempts, CAST(sum(images) AS BIGINT) AS images,
             CAST(sum(fallback) AS BIGINT) AS fallbacks, CAST(sum(took) AS BIGINT) AS millis,
             min(took) FILTER (WHERE place * 100 >= alike * 50) AS p50,
             min(took) FILTER (WHERE place * 100 >= alike * 90) AS p90,
             min(took) FILTER (WHERE place * 100 >= alike * 99) AS p99,
             CAST(sum(tokens_in) AS BIGINT) AS tokens_in, CAST(sum(tokens_out) AS BIGINT) AS tokens_out,
             CAST(sum(micro_dollars) AS BIGINT) AS micro_dollars
         FROM ranked GROUP BY provider, model, outcome ORDER BY provider, model, outcome",
    )
    .bind(millis(from))
    .bind(millis(until));
    all(rows.fetch_all(tx).await?, |row| {
        Ok(AttemptSummary {
            provider: row.text("provider")?,
            model: row.text("model")?,
            outcome: row.maybe("outcome", |row, column| row.named(column))?,
            attempts: row.number("attempts")?,
            images: row.number("images")?,
            fallbacks: row.number("fallbacks")?,
            millis: row.number("millis")?,
            latency: Percentiles {
                p50: row.number("p50")?,
                p90: row.number("p90")?,
                p99: row.number("p99")?,
            },
            cost: spending::read_cost(row)?,
        })
    })
}

/// Counts that a style was chosen, in the transaction that starts the generation.
pub(super) async fn count_style_choice(
    tx: &mut Tx,
    account: AccountId,
    style: &StyleId,
    at: Timestamp,
) -> Outcome<()> {
    record_usage(tx, UsageEvent { account, kind: UsageKind::StyleChosen, style: style.clone(), at }).await
}

async fn record_usage(tx: &mut Tx, event: UsageEvent) -> Outcome<()> {
    query("INSERT INTO usage_events (account, kind, style, at) VALUES ($1, $2, $3, $4)")
        .bind(event.account.to_string())
        .bind(name(&event.kind)?)
        .bind(event.style.as_str())
        .bind(millis(event.at))
        .execute(tx)
        .await
        .map_err(missing(Noun::Account))?;
    Ok(())
}

async fn style_usage(tx: &mut Tx, from: Timestamp, until: Timestamp) -> Outcome<Vec<StyleUsage>> {
    let rows = query(
        "SELECT style, kind, count(*) AS count FROM usage_events WHERE at >= $1 AND at < $2
         GROUP BY style, kind ORDER BY count DESC, style, kind",
    )
    .bind(millis(from))
    .bind(millis(until));
    all(rows.fetch_all(tx).await?, |row| {
        Ok(StyleUsage { style: row.style("style")?, kind: row.named("kind")?, count: row.number("count")? })
    })
}
