//! The heartbeat: keeps the lease while the work goes on, and notices when it should not go on.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use domain::consent::{Purpose, permit};
use domain::ports::database::DatabaseError;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::carry::Carrier;
use crate::Told;

impl Carrier<'_> {
    /// Beats three times a lease, and at once when something was taken back in this process. Done when the lease is lost.
    pub(super) async fn pulse(&self) {
        let every = self.app.settings.work.lease / 3;
        let mut beat = interval_at(Instant::now() + every, every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut events = self.app.events.subscribe(self.claimed.lease.account);
        let mut taken_back = self.app.taken_back.subscribe();
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                told = events.next() => match told {
                    Some(Told::Event(event)) if event.generation == self.claimed.lease.generation => {
                        if event.state.is_ended() {
                            return;
                        }
                        continue;
                    }
                    Some(Told::Missed) => {}
                    _ => continue,
                },
                account = taken_back.recv() => match account {
                    Ok(account) if account != self.claimed.lease.account => continue,
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    // The app holds the other end, so this does not happen.
                    Err(RecvError::Closed) => return,
                },
            }
            if self.beat().await.is_err() {
                return;
            }
            self.ask_consent().await;
        }
    }

    /// Keeps the lease. A database that does not answer is asked again at the next beat.
    pub(super) async fn beat(&self) -> Result<(), LeaseLost> {
        let until = self.app.now() + self.app.settings.work.lease;
        let progress = self.progress.load(Ordering::Relaxed);
        match self.app.database().heartbeat(self.claimed.lease, progress, until).await {
            Ok(()) => {
                self.held_until.fetch_max(until.millis(), Ordering::Relaxed);
                Ok(())
            }
            Err(error @ (DatabaseError::Full | DatabaseError::Unavailable(_))) => {
                tracing::warn!(%error, "a heartbeat was not noted");
                Ok(())
            }
            Err(_) => Err(LeaseLost),
        }
    }

    /// Drops the call that is under way when the person no longer allows to send photos there.
    async fn ask_consent(&self) {
        let service = self.sending.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(service) = service else { return };
        let account = self.claimed.lease.account;
        let Ok(consents) = self.app.agreed(account).await else { return };
        if permit(account, &Purpose::SendTo(service.clone()), &consents, self.app.now()).is_err() {
            let sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
            if sending.as_ref() == Some(&service) {
                self.withdrawn.notify_one();
            }
        }
    }
}

/// Somebody else has the generation, or it ended.
pub(super) struct LeaseLost;
