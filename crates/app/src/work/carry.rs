//! One generation from claim to end: the work, with a heartbeat beside it, until it is done, its lease is lost, or this
//! process stops.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use domain::Timestamp;
use domain::consent::SubprocessorId;
use domain::generation::{Ending, Generation, Lease};
use domain::ids::{AccountId, GenerationId};
use domain::object_key::ObjectKey;
use domain::ports::database::{Claimed, Conflict, DatabaseError, Finish};
use tokio::sync::{Notify, watch};

use super::insist::Trouble;
use crate::{App, AppError, GenerationEvent};

/// What the work on one generation shares with its heartbeat.
pub(super) struct Carrier<'a> {
    pub(super) app: &'a App,
    pub(super) claimed: &'a Claimed,
    /// How far it is, 0 to 100.
    pub(super) progress: AtomicU8,
    /// Until when nobody else can have taken it, in milliseconds since the epoch.
    pub(super) held_until: AtomicU64,
    /// To whom photos are being sent at this moment.
    pub(super) sending: Mutex<Option<SubprocessorId>>,
    /// Rung when the consent to that was withdrawn.
    pub(super) withdrawn: Notify,
}

/// Why the work stops before it is done.
#[derive(Debug)]
pub(super) enum Halt {
    /// Somebody else has the generation, or it ended.
    LeaseLost,
    /// This process stops.
    HandBack,
    /// Nothing can be written: the lease runs out by itself, and the generation is taken up again.
    Abandoned(AppError),
    /// It ends without what was asked for; why, in words for the person.
    End(Ending, String),
}

impl App {
    /// Carries a generation to its end, if it is let.
    pub(super) async fn carry(&self, claimed: Claimed, mut handed_back: watch::Receiver<bool>) {
        self.tell(&claimed.generation);
        let carrier = Carrier::new(self, &claimed);
        let lease = claimed.lease;
        let done = tokio::select! {
            biased;
            done = carrier.work() => done,
            () = carrier.pulse() => Err(Halt::LeaseLost),
            Ok(_) = handed_back.wait_for(|&now| now) => Err(Halt::HandBack),
        };
        let id = lease.generation;
        match done {
            Ok(generation) => {
                self.tell(&generation);
                self.call_deliverer();
                tracing::info!(generation = %id, state = ?generation.state, "a generation ended");
                if claimed.generation.claims > 1 || !carrier.is_complete() {
                    self.drop_leftovers(lease, claimed.generation.options.count).await;
                }
            }
            Err(Halt::HandBack) => match self.database().release_generation(lease, self.now()).await {
                Ok(()) => tracing::info!(generation = %id, "a generation was handed back"),
                Err(error) => tracing::info!(generation = %id, %error, "a generation was not handed back"),
            },
            Err(Halt::Abandoned(error)) => {
                tracing::warn!(generation = %id, %error, "a generation is left until its lease runs out");
            }
            Err(Halt::LeaseLost | Halt::End(..)) => {
                tracing::info!(generation = %id, "a generation ended or was taken by another worker");
                self.drop_leftovers(lease, claimed.generation.options.count).await;
            }
        }
    }

    /// Deletes what was stored for a generation that has ended and got no row. What fails is left to the sweep.
    async fn drop_leftovers(&self, lease: Lease, count: u8) {
        let Lease { account, generation, .. } = lease;
        let Ok(orphans) = self.orphans(keys(account, generation, count)).await else { return };
        for key in orphans {
            if let Err(error) = self.objects().delete(key).await {
                tracing::warn!(%key, %error, "a leftover waits for the sweep");
            }
        }
    }
}

/// Every key that a generation can write to.
fn keys(account: AccountId, generation: GenerationId, count: u8) -> Vec<ObjectKey> {
    let of = |n| [ObjectKey::Result(account, generation, n), ObjectKey::Preview(account, generation, n)];
    (1..=count).flat_map(of).collect()
}

impl<'a> Carrier<'a> {
    fn new(app: &'a App, claimed: &'a Claimed) -> Self {
        Carrier {
            app,
            claimed,
            progress: AtomicU8::new(claimed.generation.progress),
            held_until: AtomicU64::new((app.now() + app.settings.work.lease).millis()),
            sending: Mutex::new(None),
            withdrawn: Notify::new(),
        }
    }

    /// Makes what was asked for and ends the generation.
    async fn work(&self) -> Result<Generation, Halt> {
        match self.make().await {
            Ok(why) => match self.end(Ending::Succeeded, why).await {
                // The person deleted every image while the rest was being made.
                Err(Trouble::Refused(DatabaseError::Conflict(Conflict::NoImage))) => {
                    let reason = "Its images were deleted before it was done. It costs nothing.".to_owned();
                    self.end(Ending::Failed, Some(reason)).await.map_err(Halt::from)
                }
                ended => ended.map_err(Halt::from),
            },
            Err(Halt::End(ending, reason)) => self.end(ending, Some(reason)).await.map_err(Halt::from),
            Err(halt) => Err(halt),
        }
    }

    async fn end(&self, ending: Ending, reason: Option<String>) -> Result<Generation, Trouble> {
        let finish = Finish { ending, reason };
        let now = self.app.now();
        self.insist(|| async {
            Ok(self.app.database().finish_generation(self.claimed.lease, finish.clone(), now).await?)
        })
        .await
    }

    /// Notes how far it is, and tells watchers.
    pub(super) fn note_progress(&self, percent: u8, image: Option<u8>) {
        let former = self.progress.fetch_max(percent, Ordering::Relaxed);
        if percent > former || image.is_some() {
            let Generation { account, id, .. } = self.claimed.generation;
            let progress = percent.max(former);
            let state = domain::generation::State::Running;
            self.app.tell_event(GenerationEvent { account, generation: id, state, progress, image });
        }
    }

    /// Whether every image that was asked for was made.
    fn is_complete(&self) -> bool {
        self.progress.load(Ordering::Relaxed) == 100
    }

    /// From when on an unavailable provider or storage is not waited for any longer.
    pub(super) fn deadline(&self) -> Timestamp {
        let started = self.claimed.generation.started_at.unwrap_or(self.claimed.generation.created_at);
        started + self.app.settings.work.budget
    }
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::LeaseLost => Halt::LeaseLost,
            Trouble::Passing(error) => Halt::Abandoned(error),
            Trouble::Refused(error) => Halt::Abandoned(error.into()),
        }
    }
}
