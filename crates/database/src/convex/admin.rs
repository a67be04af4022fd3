//! What the installation's admin sees, and the usage that is counted. What is counted by day there is added up here, with what lies
//! in the days that the span of time cuts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::attempt::{Attempt, AttemptCost, AttemptOutcome};
use domain::generation::{Generation, State};
use domain::ids::{AccountId, GenerationId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{
    AccountSummary, Admin, Answer, AttemptSummary, DatabaseError, Percentiles, Spending, StateCounts,
    StyleUsage, Totals,
};
use domain::style::StyleId;
use domain::time::{DAY, Timestamp};
use domain::usage::{UsageEvent, UsageKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Convex;
use super::wire::{AccountRow, AttemptRow, GenerationRow, PositionRow, Row, UsageRow, all};

#[derive(Deserialize)]
struct CountsRow {
    queued: u64,
    running: u64,
    succeeded: u64,
    refused: u64,
    failed: u64,
    cancelled: u64,
}

impl From<CountsRow> for StateCounts {
    fn from(row: CountsRow) -> Self {
        let CountsRow { queued, running, succeeded, refused, failed, cancelled } = row;
        StateCounts { queued, running, succeeded, refused, failed, cancelled }
    }
}

#[derive(Deserialize)]
struct SummaryRow {
    account: AccountRow,
    #[serde(flatten)]
    credits: PositionRow,
    generations: CountsRow,
    stored_bytes: u64,
}

impl Row for SummaryRow {
    type Value = AccountSummary;

    fn value(self) -> Result<AccountSummary, DatabaseError> {
        Ok(AccountSummary {
            account: self.account.value()?,
            credits: self.credits.value()?,
            generations: self.generations.into(),
            stored_bytes: self.stored_bytes,
        })
    }
}

#[derive(Deserialize)]
struct TotalsRow {
    #[serde(flatten)]
    generations: CountsRow,
    accounts: u64,
    balance: u64,
    debt: u64,
    photos: u64,
    photo_bytes: u64,
    images: u64,
    result_bytes: u64,
    preview_bytes: u64,
    pending_deletions: u64,
}

/// What was spent on one day, as one of its parts has it.
#[derive(Deserialize)]
struct SpendingRow {
    day: u64,
    style: StyleId,
    provider: String,
    model: String,
    outcome: AttemptOutcome,
    attempts: u64,
    generations: u64,
    fallbacks: u64,
    images: u64,
    tokens_in: u64,
    tokens_out: u64,
    micro_dollars: u64,
}

#[derive(Deserialize)]
struct UsageDay {
    style: StyleId,
    kind: UsageKind,
    count: u64,
}

/// What is known by whole days, and the spans that are not.
#[derive(Deserialize)]
struct Days<R> {
    rows: Vec<R>,
    rest: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    from: Timestamp,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Rows<R> {
    rows: Vec<R>,
    next: Option<String>,
}

impl TryFrom<UsageRow> for UsageDay {
    type Error = DatabaseError;

    fn try_from(row: UsageRow) -> Result<Self, DatabaseError> {
        let UsageEvent { style, kind, .. } = row.value()?;
        Ok(UsageDay { style, kind, count: 1 })
    }
}

impl Convex {
    /// The sums of a span: those of whole days, and of each row in the rest.
    pub(super) async fn by_day<D, R>(
        &self,
        days: &'static str,
        rows: &'static str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<D>, DatabaseError>
    where
        D: DeserializeOwned + TryFrom<R, Error = DatabaseError>,
        R: DeserializeOwned,
    {
        let Days { rows: mut sums, rest } =
            self.caller.query::<Days<D>>(days, json!({ "from": from, "until": until })).await?;
        for Span { from, until } in rest {
            for row in self.rows_in::<R>(rows, from, until).await? {
                sums.push(row.try_into()?);
            }
        }
        Ok(sums)
    }

    /// The rows of a span, page by page.
    pub(super) async fn rows_in<R: DeserializeOwned>(
        &self,
        path: &'static str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<R>, DatabaseError> {
        let (mut rows, mut cursor) = (Vec::new(), None);
        loop {
            let args = json!({ "from": from, "until": until, "cursor": cursor });
            let page: Rows<R> = self.caller.query(path, args).await?;
            rows.extend(page.rows);
            cursor = page.next;
            if cursor.is_none() {
                return Ok(rows);
            }
        }
    }
}

/// The outcome's place among the others: those that run or were lost come first, as in SQL.
fn place(outcome: Option<AttemptOutcome>) -> &'static str {
    match outcome {
        None => "",
        Some(AttemptOutcome::Invalid) => "invalid",
        Some(AttemptOutcome::Refused) => "refused",
        Some(AttemptOutcome::Succeeded) => "succeeded",
        Some(AttemptOutcome::Unavailable) => "unavailable",
    }
}

/// The attempts of a span by provider, model and outcome, with how long each took.
fn attempts(all: Vec<Attempt>) -> Vec<AttemptSummary> {
    let mut alike: BTreeMap<_, (AttemptSummary, Vec<u64>)> = BTreeMap::new();
    for attempt in all {
        let took = attempt.ended_at.unwrap_or(attempt.started_at).since(attempt.started_at);
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let key = (attempt.provider.clone(), attempt.model.clone(), place(attempt.outcome));
        let (summary, times) = alike.entry(key).or_insert_with(|| {
            let summary = AttemptSummary {
                provider: attempt.provider,
                model: attempt.model,
                outcome: attempt.outcome,
                attempts: 0,
                images: 0,
                fallbacks: 0,
                millis: 0,
                latency: Percentiles::default(),
                cost: AttemptCost::default(),
            };
            (summary, Vec::new())
        });
        summary.attempts += 1;
        summary.images += u64::from(attempt.images);
        summary.fallbacks += u64::from(attempt.fallback);
        summary.millis += took;
        add(&mut summary.cost, attempt.cost);
        times.push(took);
    }
    let ranked = |(mut summary, mut times): (AttemptSummary, Vec<u64>)| {
        times.sort_unstable();
        let at =
            |share: usize| times.get((times.len() * share).div_ceil(100).max(1) - 1).copied().unwrap_or(0);
        summary.latency = Percentiles { p50: at(50), p90: at(90), p99: at(99) };
        summary
    };
    alike.into_values().map(ranked).collect()
}

fn add(sum: &mut AttemptCost, more: AttemptCost) {
    sum.tokens_in += more.tokens_in;
    sum.tokens_out += more.tokens_out;
    sum.micro_dollars += more.micro_dollars;
}

/// The parts of each day put together.
fn spending(rows: Vec<SpendingRow>) -> Vec<Spending> {
    let mut days: BTreeMap<_, Spending> = BTreeMap::new();
    for row in rows {
        let key =
            (row.day, row.style.clone(), row.provider.clone(), row.model.clone(), place(Some(row.outcome)));
        let spent = days.entry(key).or_insert_with(|| Spending {
            day: Timestamp::EPOCH + DAY * u32::try_from(row.day).unwrap_or(u32::MAX),
            style: row.style,
            provider: row.provider,
            model: row.model,
            outcome: row.outcome,
            attempts: 0,
            generations: 0,
            fallbacks: 0,
            images: 0,
            cost: AttemptCost::default(),
        });
        spent.attempts += row.attempts;
        spent.generations += row.generations;
        spent.fallbacks += row.fallbacks;
        spent.images += row.images;
        let SpendingRow { tokens_in, tokens_out, micro_dollars, .. } = row;
        add(&mut spent.cost, AttemptCost { tokens_in, tokens_out, micro_dollars });
    }
    days.into_values().collect()
}

fn usage(sums: Vec<UsageDay>) -> Vec<StyleUsage> {
    let mut counts: BTreeMap<(StyleId, &'static str), StyleUsage> = BTreeMap::new();
    for UsageDay { style, kind, count } in sums {
        let name = match kind {
            UsageKind::ImageFetched => "image_fetched",
            UsageKind::StyleChosen => "style_chosen",
        };
        let key = (style.clone(), name);
        counts.entry(key).or_insert(StyleUsage { style, kind, count: 0 }).count += count;
    }
    let mut usage: Vec<StyleUsage> = counts.into_values().collect();
    usage.sort_by_key(|usage| Reverse(usage.count));
    usage
}

impl Admin for Convex {
    fn list_accounts(&self, page: PageRequest<AccountId>) -> Answer<'_, Page<AccountSummary, AccountId>> {
        let limit = page.limit();
        let args = json!({ "after": page.after, "limit": limit + 1 });
        self.ask("admin:listAccounts", args, move |rows: Vec<SummaryRow>| {
            Ok(Page::cut(all(rows)?, limit, |summary| summary.account.id))
        })
    }

    fn list_by_state(
        &self,
        state: State,
        page: PageRequest<GenerationId>,
    ) -> Answer<'_, Page<Generation, GenerationId>> {
        let limit = page.limit();
        let args = json!({ "state": state, "after": page.after, "limit": limit + 1 });
        self.ask("admin:listByState", args, move |rows: Vec<GenerationRow>| {
            Ok(Page::cut(all(rows)?, limit, |generation| generation.id))
        })
    }

    fn list_attempts(&self, account: AccountId, generation: GenerationId) -> Answer<'_, Vec<Attempt>> {
        let args = json!({ "account": account, "generation": generation });
        self.ask("admin:listAttempts", args, all::<AttemptRow>)
    }

    fn totals(&self) -> Answer<'_, Totals> {
        self.ask("admin:totals", json!({}), |row: TotalsRow| {
            Ok(Totals {
                accounts: row.accounts,
                generations: row.generations.into(),
                credits_outstanding: row.balance,
                credits_owed: row.debt,
                photos: row.photos,
                photo_bytes: row.photo_bytes,
                images: row.images,
                result_bytes: row.result_bytes,
                preview_bytes: row.preview_bytes,
                pending_deletions: row.pending_deletions,
            })
        })
    }

    fn spending(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<Spending>> {
        let args = json!({ "from": from, "until": until });
        self.ask("admin:spending", args, |rows: Vec<SpendingRow>| Ok(spending(rows)))
    }

    fn attempt_summary(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<AttemptSummary>> {
        Box::pin(async move {
            let rows = self.rows_in::<AttemptRow>("admin:attemptsIn", from, until).await?;
            Ok(attempts(all(rows)?))
        })
    }

    fn record_usage(&self, event: UsageEvent) -> Answer<'_, ()> {
        let UsageEvent { account, kind, style, at } = event;
        self.do_it("admin:recordUsage", json!({ "account": account, "kind": kind, "style": style, "at": at }))
    }

    fn style_usage(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<StyleUsage>> {
        Box::pin(async move {
            Ok(usage(self.by_day::<_, UsageRow>("admin:usageDays", "admin:usageIn", from, until).await?))
        })
    }
}
