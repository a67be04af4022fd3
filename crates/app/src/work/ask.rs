//! Asking a maker: several calls at a time, each a try of its own that is noted before anything is sent and after it was answered.
//!
//! What one call gives is stored at once and does not wait for its siblings; what goes wrong with one does not touch them, since they
//! are paid for.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::Timestamp;
use domain::attempt::{AttemptCost, AttemptOutcome};
use domain::generation::Ending;
use domain::ports::database::{AttemptResult, DatabaseError, NewAttempt};
use domain::ports::provider::{Answer, Outage, Progress, ProviderError};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::carry::{Carrier, Halt};
use super::insist::Trouble;
use super::make::{Call, Rest, failed, percent};
use super::store::Drawn;
use crate::Maker;

/// How the calls of one asking went, all in all.
pub(super) enum Together {
    /// Each gave pictures: `all` that it was asked for, or some fewer.
    Given { all: bool },
    /// At least one did not, for the moment. What the others gave is stored.
    Unavailable(Unavailable),
    /// The person does not allow to send photos there.
    NotAllowed,
    /// At least one says that it is no use to go on.
    Ended(Halt),
}

/// What stands in the way, and how long at least.
#[derive(Clone, Copy)]
pub(super) struct Unavailable {
    pub(super) cause: Outage,
    pub(super) retry_after: Duration,
}

/// How one call went.
enum One {
    /// Pictures are there and stored.
    Given {
        all: bool,
    },
    Unavailable(Unavailable),
    Ended(Halt),
}

/// A call that has begun.
struct Begun<'c> {
    number: u16,
    call: &'c Call,
    /// How many of its pictures are finished, as far as it says.
    finished: AtomicU32,
}

impl Carrier<'_> {
    /// Makes the calls, and is done when each has ended.
    pub(super) async fn ask_together(
        &self,
        maker: &Maker,
        calls: &[Call],
        rest: &mut Rest,
        fallback: bool,
    ) -> Result<Together, Halt> {
        let mut begun = Vec::new();
        for call in calls {
            let number = rest.tried.saturating_add(1);
            if !self.begin(maker, number, call, fallback).await? {
                // Those that have begun send nothing either: what was allowed a moment ago is not allowed any more.
                self.note_withdrawn(&begun).await?;
                return Ok(Together::NotAllowed);
            }
            rest.tried = number;
            begun.push(Begun { number, call, finished: AtomicU32::new(0) });
        }
        self.set_sending(maker);
        let done = self.wait_for_all(maker, &begun, rest).await;
        *self.sending.lock().unwrap_or_else(PoisonError::into_inner) = None;
        done
    }

    async fn wait_for_all(
        &self,
        maker: &Maker,
        begun: &[Begun<'_>],
        rest: &mut Rest,
    ) -> Result<Together, Halt> {
        let count = usize::from(self.claimed.generation.options.count);
        let before = count - rest.missing.len();
        let told: Vec<_> = begun
            .iter()
            .map(|one| {
                move |Progress { finished, .. }: Progress| {
                    one.finished.fetch_max(finished, Ordering::Relaxed);
                    let finished: u32 = begun.iter().map(|one| one.finished.load(Ordering::Relaxed)).sum();
                    // The last hundredth is storing.
                    self.note_progress(percent(before + finished as usize, count).min(99), None);
                }
            })
            .collect();
        let mut under_way: FuturesUnordered<_> = begun
            .iter()
            .zip(&told)
            .enumerate()
            .map(|(i, (one, told))| {
                let answer = maker.provider.generate(&one.call.request, told);
                answer.map(move |answer| (i, answer, self.app.now()))
            })
            .collect();
        let mut open: Vec<usize> = (0..begun.len()).collect();
        let mut together = Together::Given { all: true };
        loop {
            let next = tokio::select! {
                biased;
                next = under_way.next() => next,
                () = self.withdrawn.notified() => {
                    drop(under_way);
                    let left: Vec<_> = open.iter().filter_map(|&i| begun.get(i)).collect();
                    self.note_withdrawn(left).await?;
                    return Ok(Together::NotAllowed);
                }
            };
            let Some((i, answer, at)) = next else { return Ok(together) };
            open.retain(|&still| still != i);
            let Some(one) = begun.get(i) else { continue };
            together.and(self.answered(maker, one, answer, at, rest).await?);
        }
    }

    /// Notes that a try begins; `false` when the person does not allow it.
    async fn begin(&self, maker: &Maker, number: u16, call: &Call, fallback: bool) -> Result<bool, Halt> {
        let new = NewAttempt {
            number,
            provider: maker.provider.id().to_owned(),
            model: maker.model.clone(),
            prompt: maker.provider.prompt(&call.request).unwrap_or_default(),
            send_to: maker.send_to.clone(),
            fallback,
        };
        let now = self.app.now();
        let begun = self.insist(|| async {
            Ok(self.app.database().begin_attempt(self.claimed.lease, new.clone(), now).await?)
        });
        match begun.await {
            Ok(()) => Ok(true),
            Err(Trouble::Refused(DatabaseError::ConsentMissing(_))) => Ok(false),
            Err(trouble) => Err(trouble.into()),
        }
    }

    fn set_sending(&self, maker: &Maker) {
        // A ring that came too late for the last call is not meant for this one.
        let _ = self.withdrawn.notified().now_or_never();
        *self.sending.lock().unwrap_or_else(PoisonError::into_inner) = maker.send_to.clone();
    }

    async fn answered(
        &self,
        maker: &Maker,
        one: &Begun<'_>,
        answer: Result<Answer, ProviderError>,
        at: Timestamp,
        rest: &mut Rest,
    ) -> Result<One, Halt> {
        match answer {
            Ok(answer) => self.given(maker, one, answer, at, rest).await,
            Err(error) => self.declined(maker, one.number, error, at).await,
        }
    }

    /// There are pictures: those that can be read count, and are stored.
    async fn given(
        &self,
        maker: &Maker,
        one: &Begun<'_>,
        answer: Answer,
        at: Timestamp,
        rest: &mut Rest,
    ) -> Result<One, Halt> {
        let asked = one.call.numbers.len();
        let mut drawn = Vec::new();
        for picture in answer.pictures.into_iter().take(asked) {
            drawn.extend(self.draw(picture, &one.call.request.photos).await?);
        }
        if drawn.is_empty() {
            let provider = maker.provider.id();
            tracing::warn!(provider, "a provider handed over nothing that is a picture");
            let detail = "no picture in the answer".to_owned();
            self.note(one.number, AttemptOutcome::Unavailable, detail, 0, answer.cost, at).await?;
            return Ok(One::Unavailable(Unavailable { cause: Outage::Empty, retry_after: Duration::ZERO }));
        }
        let images = u8::try_from(drawn.len()).unwrap_or(u8::MAX);
        let reference = answer.made_by.reference.unwrap_or_default();
        self.note(one.number, AttemptOutcome::Succeeded, reference, images, answer.cost, at).await?;
        let all = drawn.len() == asked;
        for (&number, drawn) in one.call.numbers.iter().zip(drawn) {
            match rest.unlike.remove(&number) {
                Some(former) if drawn.is_less_like_than(&former) => self.keep(number, &former, rest).await?,
                None if self.is_unlike(maker, &drawn) => {
                    tracing::info!(generation = %self.claimed.generation.id, number, "a face is not like the person's; another picture is asked for");
                    rest.unlike.insert(number, drawn);
                }
                _ => self.keep(number, &drawn, rest).await?,
            }
        }
        Ok(One::Given { all })
    }

    /// Stores a picture, which is then not missing any more.
    pub(super) async fn keep(&self, number: u8, drawn: &Drawn, rest: &mut Rest) -> Result<(), Halt> {
        self.store(number, drawn).await?;
        rest.missing.retain(|&still| still != number);
        let count = usize::from(self.claimed.generation.options.count);
        self.note_progress(percent(count - rest.missing.len(), count), Some(number));
        Ok(())
    }

    /// Whether another picture is asked for, since the face is not like the person's. What is made here is made of the photo itself, and
    /// would be the same again.
    fn is_unlike(&self, maker: &Maker, drawn: &Drawn) -> bool {
        let least = f32::from(self.app.settings.work.likeness) / 100.0;
        maker.send_to.is_some() && drawn.likeness.is_some_and(|likeness| likeness < least)
    }

    /// There are none, and whose turn it is.
    async fn declined(
        &self,
        maker: &Maker,
        number: u16,
        error: ProviderError,
        at: Timestamp,
    ) -> Result<One, Halt> {
        let provider = maker.provider.id();
        match error {
            ProviderError::Unavailable { cause, retry_after, detail, cost } => {
                if cause == Outage::Account {
                    tracing::error!(
                        provider,
                        detail,
                        "a provider does not serve the operator's account: its key, payment or permission must be mended"
                    );
                } else {
                    tracing::warn!(provider, %cause, detail, "a provider is not available");
                }
                self.note(number, AttemptOutcome::Unavailable, format!("{cause}: {detail}"), 0, cost, at)
                    .await?;
                let retry_after = retry_after.unwrap_or_default();
                Ok(One::Unavailable(Unavailable { cause, retry_after }))
            }
            ProviderError::Refused { reason, detail, cost } => {
                self.note(number, AttemptOutcome::Refused, detail, 0, cost, at).await?;
                Ok(One::Ended(Halt::End(Ending::Refused, reason)))
            }
            ProviderError::Invalid { detail } => {
                tracing::error!(
                    provider,
                    detail,
                    "a provider calls our request wrong: the program must be mended"
                );
                self.note(number, AttemptOutcome::Invalid, detail, 0, AttemptCost::default(), at).await?;
                Ok(One::Ended(failed(
                    "Something is wrong in this program, not in your photo. It costs nothing.",
                )))
            }
        }
    }

    async fn note_withdrawn<'b>(&self, left: impl IntoIterator<Item = &'b Begun<'b>>) -> Result<(), Halt> {
        for one in left {
            let detail = "the consent to send photos there was withdrawn".to_owned();
            let (outcome, cost) = (AttemptOutcome::Unavailable, AttemptCost::default());
            self.note(one.number, outcome, detail, 0, cost, self.app.now()).await?;
        }
        Ok(())
    }

    async fn note(
        &self,
        number: u16,
        outcome: AttemptOutcome,
        detail: String,
        images: u8,
        cost: AttemptCost,
        at: Timestamp,
    ) -> Result<(), Halt> {
        let result = AttemptResult { outcome, detail, images, cost };
        let noted = self.insist(|| async {
            let database = self.app.database();
            Ok(database.finish_attempt(self.claimed.lease, number, result.clone(), at).await?)
        });
        Ok(noted.await?)
    }
}

impl Together {
    /// What it is all in all with one more: what ends the work outweighs what makes it wait, and that what was given. Of several that
    /// make it wait the last cause counts, and the longest time.
    fn and(&mut self, one: One) {
        let former = std::mem::replace(self, Together::NotAllowed);
        *self = match (former, one) {
            (Together::Ended(halt), _) | (_, One::Ended(halt)) => Together::Ended(halt),
            (Together::Unavailable(a), One::Unavailable(b)) => {
                let retry_after = a.retry_after.max(b.retry_after);
                Together::Unavailable(Unavailable { cause: b.cause, retry_after })
            }
            (Together::Unavailable(one), _) | (_, One::Unavailable(one)) => Together::Unavailable(one),
            (Together::Given { all }, One::Given { all: too }) => Together::Given { all: all && too },
            (Together::NotAllowed, One::Given { .. }) => Together::NotAllowed,
        };
    }
}
