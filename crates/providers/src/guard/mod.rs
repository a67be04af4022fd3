//! The guard in front of a provider: how many calls at a time and a minute, and a rest when it fails again and again.
//!
//! [`Guarded`] is a provider itself. It never asks twice and never waits for a minute to pass: it says how long, and the worker
//! decides. It only keeps calls back until another has ended. `breaker` is the rule by which it rests.

mod breaker;
mod window;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::attempt::AttemptCost;
use domain::ports::clock::Clock;
use domain::ports::provider::{
    Answer, Capabilities, Generating, Health, OnProgress, Outage, Provider, ProviderError, Request,
};
use tokio::sync::Semaphore;

use crate::settings::SettingsError;
use breaker::{Breaker, Outcome};
use window::Window;

/// The limits of one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardSettings {
    /// Calls at a time.
    pub at_once: usize,
    /// Calls in any minute.
    pub per_minute: usize,
    /// So many failures one after the other, and it rests.
    pub failures: u32,
    /// How long it rests first. Each time that it still fails after a rest, the next is twice as long.
    pub rest: Duration,
    /// The longest rest.
    pub longest_rest: Duration,
}

impl Default for GuardSettings {
    /// Eight calls at a time, 60 a minute; after five failures a rest of a minute, later of up to ten.
    fn default() -> Self {
        GuardSettings {
            at_once: 8,
            per_minute: 60,
            failures: 5,
            rest: Duration::from_secs(60),
            longest_rest: Duration::from_secs(600),
        }
    }
}

impl GuardSettings {
    fn check(&self, provider: &'static str) -> Result<(), SettingsError> {
        let error = |name, value: &dyn ToString, must: &str| {
            Err(SettingsError::new(provider, name, value.to_string(), must))
        };
        if !(1..=1000).contains(&self.at_once) {
            return error("at_once", &self.at_once, "use 1 to 1000");
        }
        if !(1..=100_000).contains(&self.per_minute) {
            return error("per_minute", &self.per_minute, "use 1 to 100,000");
        }
        if !(1..=1000).contains(&self.failures) {
            return error("failures", &self.failures, "use 1 to 1000");
        }
        if self.rest < Duration::from_secs(1) || self.longest_rest < self.rest {
            return error(
                "rest",
                &format!("{:?}", self.rest),
                "use at least a second, and no more than the longest rest",
            );
        }
        Ok(())
    }
}

/// A provider behind its guard.
pub struct Guarded {
    inner: Arc<dyn Provider>,
    clock: Arc<dyn Clock>,
    places: Semaphore,
    state: Mutex<State>,
}

struct State {
    breaker: Breaker,
    window: Window,
    alarm: Option<String>,
}

impl Guarded {
    /// A guard in front of a provider; `name` is the provider's, for what is said of its settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(
        inner: Arc<dyn Provider>,
        name: &'static str,
        settings: &GuardSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        settings.check(name)?;
        let state = State {
            breaker: Breaker::new(settings.failures, settings.rest, settings.longest_rest),
            window: Window::new(settings.per_minute),
            alarm: None,
        };
        Ok(Guarded { inner, clock, places: Semaphore::new(settings.at_once), state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call pass, or says why not.
    fn admit(&self) -> Result<Ticket<'_>, ProviderError> {
        let now = self.clock.now();
        let mut state = self.state();
        let unavailable = |cause, retry_after, detail: &str| ProviderError::Unavailable {
            cause,
            retry_after: Some(retry_after),
            detail: detail.to_owned(),
            cost: AttemptCost::default(),
        };
        if let Some(left) = state.breaker.rests(now) {
            return Err(unavailable(
                Outage::Resting,
                left,
                "it failed too often and is left alone for a while",
            ));
        }
        if let Err(left) = state.window.take(now) {
            return Err(unavailable(
                Outage::Busy,
                left,
                "as many calls as are allowed in a minute were made",
            ));
        }
        let round = state.breaker.begin(now);
        Ok(Ticket { guarded: self, round, done: false })
    }
}

impl Provider for Guarded {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn prompt(&self, request: &Request) -> Option<String> {
        self.inner.prompt(request)
    }

    fn health(&self) -> Health {
        let now = self.clock.now();
        let state = self.state();
        let (circuit, since) = state.breaker.circuit(now);
        Health { circuit, rests: state.breaker.rests(now).is_some(), since, alarm: state.alarm.clone() }
    }

    fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a> {
        Box::pin(async move {
            let Ok(_place) = self.places.acquire().await else {
                return Err(ProviderError::Invalid { detail: "the guard is closed".into() });
            };
            let mut ticket = self.admit()?;
            let answer = self.inner.generate(request, progress).await;
            ticket.end(&answer);
            answer
        })
    }
}

/// A call under way. One that is given up says nothing of the provider.
struct Ticket<'a> {
    guarded: &'a Guarded,
    round: u64,
    done: bool,
}

impl Ticket<'_> {
    fn end(&mut self, answer: &Result<Answer, ProviderError>) {
        let outcome = match answer {
            Ok(_) | Err(ProviderError::Refused { .. } | ProviderError::Invalid { .. }) => Outcome::Answered,
            Err(ProviderError::Unavailable { cause, .. }) => match cause {
                Outage::Empty => Outcome::Answered,
                Outage::Silent => Outcome::Silent,
                Outage::Account => Outcome::Hopeless,
                Outage::Busy | Outage::Down | Outage::Resting => Outcome::Failed,
            },
        };
        let mut state = self.guarded.state();
        match answer {
            Ok(_) => state.alarm = None,
            Err(ProviderError::Unavailable { cause: Outage::Account, detail, .. }) => {
                state.alarm = Some(detail.clone());
            }
            Err(_) => {}
        }
        state.breaker.end(self.round, outcome, self.guarded.clock.now());
        self.done = true;
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.guarded.state().breaker.give_up(self.round);
        }
    }
}
