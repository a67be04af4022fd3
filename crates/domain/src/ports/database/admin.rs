//! What the installation's admin sees, and the usage that is counted.

use serde::Serialize;

use super::Answer;
use crate::account::Account;
use crate::attempt::{Attempt, AttemptCost, AttemptOutcome};
use crate::credit::Position;
use crate::generation::{Generation, State};
use crate::ids::{AccountId, GenerationId};
use crate::page::{Page, PageRequest};
use crate::style::StyleId;
use crate::time::Timestamp;
use crate::usage::{UsageEvent, UsageKind};

/// How many generations there are of each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StateCounts {
    /// Waiting.
    pub queued: u64,
    /// At work.
    pub running: u64,
    /// Ended with a picture.
    pub succeeded: u64,
    /// Declined for safety.
    pub refused: u64,
    /// Ended by a fault.
    pub failed: u64,
    /// Ended by the person.
    pub cancelled: u64,
}

impl StateCounts {
    /// The count of one state.
    pub fn of(&mut self, state: State) -> &mut u64 {
        match state {
            State::Queued => &mut self.queued,
            State::Running => &mut self.running,
            State::Succeeded => &mut self.succeeded,
            State::Refused => &mut self.refused,
            State::Failed => &mut self.failed,
            State::Cancelled => &mut self.cancelled,
        }
    }
}

/// One account in the admin's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountSummary {
    /// The account.
    pub account: Account,
    /// Where its credits stand.
    pub credits: Position,
    /// Its generations. Deleted ones are not counted.
    pub generations: StateCounts,
    /// Bytes of its photos, results and previews.
    pub stored_bytes: u64,
}

/// The whole installation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Accounts.
    pub accounts: u64,
    /// Generations by state.
    pub generations: StateCounts,
    /// Credits that can still be spent.
    pub credits_outstanding: u64,
    /// Credits that are owed.
    pub credits_owed: u64,
    /// Photos, and their bytes.
    pub photos: u64,
    /// Bytes of photos.
    pub photo_bytes: u64,
    /// Images.
    pub images: u64,
    /// Bytes of full-resolution results that are still there.
    pub result_bytes: u64,
    /// Bytes of previews.
    pub preview_bytes: u64,
    /// Objects waiting to be deleted.
    pub pending_deletions: u64,
}

/// The attempts of one provider, model and outcome in a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttemptSummary {
    /// Which provider.
    pub provider: String,
    /// Which model.
    pub model: String,
    /// How they ended; `None` for those that run or were lost.
    pub outcome: Option<AttemptOutcome>,
    /// How many.
    pub attempts: u64,
    /// Pictures they gave.
    pub images: u64,
    /// Of these, made in another's place.
    pub fallbacks: u64,
    /// Milliseconds they took in all.
    pub millis: u64,
    /// How long they took; zero for those that run or were lost.
    pub latency: Percentiles,
    /// Tokens and money.
    pub cost: AttemptCost,
}

/// How long something took, in milliseconds: the nearest rank, so that of `n` sorted times `p90` is the one at `⌈0.9 n⌉`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// Half took no longer.
    pub p50: u64,
    /// Nine of ten took no longer.
    pub p90: u64,
    /// Of a hundred one took longer.
    pub p99: u64,
}

/// What a day's tries with one style, provider, model and outcome took. It speaks of nobody, so it stays when generations and
/// accounts go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spending {
    /// The day on which they began: its first moment in UTC.
    pub day: Timestamp,
    /// The style.
    pub style: StyleId,
    /// Which provider.
    pub provider: String,
    /// Which model.
    pub model: String,
    /// How they ended.
    pub outcome: AttemptOutcome,
    /// How many.
    pub attempts: u64,
    /// Generations of which one of them was the first try. Over all outcomes that is the number of generations.
    pub generations: u64,
    /// Made in another's place.
    pub fallbacks: u64,
    /// Pictures they gave.
    pub images: u64,
    /// Tokens and money.
    pub cost: AttemptCost,
}

/// How often something was done with a style.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StyleUsage {
    /// The style.
    pub style: StyleId,
    /// What was done.
    pub kind: UsageKind,
    /// How often.
    pub count: u64,
}

/// The verbs of the admin. The caller has checked the role.
pub trait Admin: Send + Sync {
    /// Accounts, newest first.
    fn list_accounts(&self, page: PageRequest<AccountId>) -> Answer<'_, Page<AccountSummary, AccountId>>;

    /// Generations of a state, newest first.
    fn list_by_state(
        &self,
        state: State,
        page: PageRequest<GenerationId>,
    ) -> Answer<'_, Page<Generation, GenerationId>>;

    /// The attempts of a generation with their prompts, in order.
    fn list_attempts(&self, account: AccountId, generation: GenerationId) -> Answer<'_, Vec<Attempt>>;

    /// The whole installation at a glance.
    fn totals(&self) -> Answer<'_, Totals>;

    /// What was spent on the days that begin from `from` until just before `until`, oldest first, then by style, provider, model
    /// and outcome, each by its name.
    fn spending(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<Spending>>;

    /// What providers did from `from` until just before `until`, in tries that are still there: those of deleted generations are
    /// gone with them.
    fn attempt_summary(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<AttemptSummary>>;

    /// Counts something that somebody did. Starting a generation counts by itself.
    fn record_usage(&self, event: UsageEvent) -> Answer<'_, ()>;

    /// What was done with each style from `from` until just before `until`, most often first.
    fn style_usage(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<StyleUsage>>;
}
