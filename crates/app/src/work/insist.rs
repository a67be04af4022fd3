//! Insisting: what fails for the moment is asked again, with growing pauses, until the generation's time is over.

use std::time::Duration;

use domain::ports::database::{DatabaseError, Noun};
use domain::ports::objects::ObjectsError;

use super::carry::Carrier;
use crate::AppError;

/// The most times that anything is asked again, so that it ends even by a clock that stands still.
pub(super) const TRIES: u32 = 64;

/// What was in the way.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Somebody else has the generation, or it ended.
    LeaseLost,
    /// It may pass.
    Passing(AppError),
    /// The database says no, and would again.
    Refused(DatabaseError),
}

impl From<DatabaseError> for Trouble {
    fn from(error: DatabaseError) -> Self {
        match error {
            // The generation went with its account, or was deleted.
            DatabaseError::LeaseLost | DatabaseError::NotFound(Noun::Account | Noun::Generation) => {
                Trouble::LeaseLost
            }
            DatabaseError::Full | DatabaseError::Unavailable(_) => Trouble::Passing(error.into()),
            error => Trouble::Refused(error),
        }
    }
}

impl From<ObjectsError> for Trouble {
    fn from(error: ObjectsError) -> Self {
        Trouble::Passing(error.into())
    }
}

impl Carrier<'_> {
    /// Does something until it succeeds or can't.
    pub(super) async fn insist<T, F>(&self, verb: impl Fn() -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let mut tries = 0;
        loop {
            match verb().await {
                Err(Trouble::Passing(error)) => {
                    tracing::debug!(%error, tries, "something failed for the moment");
                    if !self.wait(tries, Duration::ZERO).await {
                        return Err(Trouble::Passing(error));
                    }
                    tries += 1;
                }
                done => return done,
            }
        }
    }

    /// Waits before the next of several tries, at least `at_least`; `false` when the time for that is over.
    pub(super) async fn wait(&self, tries: u32, at_least: Duration) -> bool {
        let settings = &self.app.settings.work;
        let doubled = settings.pause.saturating_mul(1 << tries.min(16));
        let pause = self.jittered(doubled.min(settings.longest_pause)).max(at_least);
        if tries >= TRIES || self.app.now() + pause >= self.deadline() {
            return false;
        }
        self.app.ports.clock.wait(pause).await;
        true
    }

    /// Between half of a pause and the whole, by lot: so that those who failed together do not come back together.
    fn jittered(&self, pause: Duration) -> Duration {
        let mut lot = [0];
        // Without randomness they come back together, which is no reason to stop.
        let _ = self.app.ports.randomness.fill(&mut lot);
        pause / 2 + (pause / 2).mul_f64(f64::from(lot[0]) / 255.0)
    }
}
