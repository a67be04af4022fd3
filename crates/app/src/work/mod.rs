//! Work: takes generations by lease and carries each to its end.
//!
//! Nothing depends on being called: a worker looks for work by itself, and the bell that rings in this process only saves
//! it the wait. Killed at any moment it leaves a lease that runs out, and whoever takes the generation next goes on with
//! the images that are missing: keys are deterministic, rows are written once, and credits follow from how it ends.
//!
//! [`carry`] is one generation from claim to end, [`make`] whose turn it is, [`ask`] the tries, [`store`] what becomes of a picture and [`pulse`]
//! the heartbeat beside them.

mod ask;
mod carry;
mod insist;
mod make;
mod pulse;
mod store;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::LeaseId;
use domain::ports::database::{Claim, Claimed};
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{App, AppError};

/// How long handing back may take, once the time to stop is over.
const HANDING_BACK: Duration = Duration::from_secs(5);

impl App {
    /// Works until `stop` is done, on as many generations at a time as the settings say. Then it takes no more, waits for
    /// what is at work, and hands back what is not done in time.
    pub async fn work(self: &Arc<Self>, stop: impl Future<Output = ()>) {
        let settings = self.settings.work;
        let mut stop = pin!(stop);
        let (hand_back, handed_back) = watch::channel(false);
        let mut at_work = JoinSet::new();
        loop {
            let busy = u32::try_from(at_work.len()).unwrap_or(u32::MAX);
            for claimed in self.take_or_wait(settings.at_once.saturating_sub(busy)).await {
                let (app, handed_back) = (Arc::clone(self), handed_back.clone());
                at_work.spawn(async move { app.carry(claimed, handed_back).await });
            }
            let has_room = at_work.len() < settings.at_once as usize;
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(done) = at_work.join_next() => note(done),
                () = self.work_bell.notified(), if has_room => {}
                () = tokio::time::sleep(self.about(settings.poll)), if has_room => {}
            }
        }
        if tokio::time::timeout(settings.stop_within, finish(&mut at_work)).await.is_err() {
            let _ = hand_back.send(true);
            // Whatever does not even manage that is taken up when its lease runs out.
            let _ = tokio::time::timeout(HANDING_BACK, finish(&mut at_work)).await;
        }
    }

    /// Takes up to `at_most` generations that wait now, carries each to its end, and says how many there were.
    ///
    /// # Errors
    /// `Unavailable` when the database does not say what waits.
    pub async fn work_once(&self, at_most: u32) -> Result<usize, AppError> {
        let (_stays, never) = watch::channel(false);
        let claimed = self.take(at_most).await?;
        let count = claimed.len();
        join_all(claimed.into_iter().map(|claimed| self.carry(claimed, never.clone()))).await;
        Ok(count)
    }

    async fn take_or_wait(&self, at_most: u32) -> Vec<Claimed> {
        self.take(at_most).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what waits for a worker is not known; it is asked again");
            Vec::new()
        })
    }

    async fn take(&self, at_most: u32) -> Result<Vec<Claimed>, AppError> {
        if at_most == 0 {
            return Ok(Vec::new());
        }
        let leases = (0..at_most).map(|_| self.new_id(LeaseId::new)).collect::<Result<_, _>>()?;
        let now = self.now();
        Ok(self
            .database()
            .claim_generations(Claim { leases, now, until: now + self.settings.work.lease })
            .await?)
    }
}

async fn finish(at_work: &mut JoinSet<()>) {
    while let Some(done) = at_work.join_next().await {
        note(done);
    }
}

/// A generation whose carrying panicked is taken up again when its lease runs out, and given up when that goes on.
fn note(done: Result<(), tokio::task::JoinError>) {
    if let Err(error) = done {
        tracing::error!(%error, "the work on a generation broke off");
    }
}
