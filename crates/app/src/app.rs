//! The app: the ports it speaks to, what the installation decided, and the few things that live as long as the process.

use std::sync::Arc;
use std::time::Duration;

use domain::consent::SubprocessorId;
use domain::ids::AccountId;
use domain::links::LinkSigner;
use domain::ports::clock::Clock;
use domain::ports::database::Database;
use domain::ports::identity::{Outside, Passwords, Tokens};
use domain::ports::nodes::Nodes;
use domain::ports::objects::Objects;
use domain::ports::outbound::Sender;
use domain::ports::payments::Payments;
use domain::ports::pictures::Pictures;
use domain::ports::provider::Provider;
use domain::ports::randomness::Randomness;
use domain::style::Catalogue;
use domain::time::Timestamp;
use tokio::sync::{Notify, Semaphore, broadcast};

use crate::AppError;
use crate::events::Events;
use crate::nodes::Elsewhere;
use crate::settings::{Settings, SettingsError};
use crate::upload::Uploading;

/// The ports, as the root wires them.
#[derive(Clone)]
pub struct Ports {
    /// What is kept.
    pub database: Arc<dyn Database>,
    /// Where the bytes of pictures lie.
    pub objects: Arc<dyn Objects>,
    /// Who makes pictures, in the order in which they are asked.
    pub makers: Vec<Maker>,
    /// Looks at photos, makes previews.
    pub pictures: Arc<dyn Pictures>,
    /// Hashes passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Who vouches for people in our place, if somebody does.
    pub outside: Option<Arc<dyn Outside>>,
    /// Who takes money.
    pub payments: Arc<dyn Payments>,
    /// Makes sessions, keys and links.
    pub tokens: Arc<dyn Tokens>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub randomness: Arc<dyn Randomness>,
    /// Posts webhooks.
    pub sender: Arc<dyn Sender>,
    /// Signs links to pictures.
    pub links: LinkSigner,
    /// The other nodes; `None` where there are none, or none that could be told anything.
    pub nodes: Option<Arc<dyn Nodes>>,
}

/// A provider in its place among the others.
#[derive(Clone)]
pub struct Maker {
    /// Who makes pictures.
    pub provider: Arc<dyn Provider>,
    /// The model it was configured with, for the record of attempts.
    pub model: String,
    /// The outside service that photos are sent to; `None` when they stay on this machine.
    pub send_to: Option<SubprocessorId>,
}

/// The use cases. One per process, shared.
pub struct App {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) catalogue: Catalogue,
    pub(crate) events: Events,
    /// What the other nodes are to be told.
    pub(crate) elsewhere: Elsewhere,
    /// Accounts of which something was taken back here (a consent, a photo, a generation): whoever works for one asks
    /// whether it may go on.
    pub(crate) taken_back: broadcast::Sender<AccountId>,
    /// How many uploads of whom are under way here.
    pub(crate) uploading: Uploading,
    /// Rung when there is new work, so that a worker need not wait for its next look.
    pub(crate) work_bell: Notify,
    /// Rung when a generation ended, whose webhooks are then due.
    pub(crate) delivery_bell: Notify,
    /// Rung when rows went whose objects have to follow.
    pub(crate) cleaning_bell: Notify,
    /// Photos that are looked at at a time.
    pub(crate) checks: Arc<Semaphore>,
}

impl App {
    /// An app on its ports. Call [`App::prepare`] before the first use case.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(ports: Ports, settings: Settings, catalogue: Catalogue) -> Result<Self, SettingsError> {
        settings.validate()?;
        Ok(App {
            checks: Arc::new(Semaphore::new(settings.uploads.checks_at_once)),
            elsewhere: Elsewhere::new(ports.nodes.is_some()),
            ports,
            settings,
            catalogue,
            events: Events::new(),
            taken_back: broadcast::Sender::new(64),
            uploading: Uploading::default(),
            work_bell: Notify::new(),
            delivery_bell: Notify::new(),
            cleaning_bell: Notify::new(),
        })
    }

    /// Publishes the policy, so that consents can be given to it.
    ///
    /// # Errors
    /// `Conflict(PolicyChanged)` when its version exists with another text: the operator's turn.
    pub async fn prepare(&self) -> Result<(), AppError> {
        Ok(self.database().publish_policy(self.settings.policy.clone()).await?)
    }

    /// What the installation decided.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The ports, for what only passes through: tokens for forms, the storage's own links and health.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    pub(crate) fn database(&self) -> &dyn Database {
        &*self.ports.database
    }

    pub(crate) fn objects(&self) -> &dyn Objects {
        &*self.ports.objects
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// A new id of any kind: `self.new_id(PhotoId::new)`.
    pub(crate) fn new_id<T>(&self, new: impl FnOnce(Timestamp, [u8; 10]) -> T) -> Result<T, AppError> {
        let mut entropy = [0; 10];
        self.ports.randomness.fill(&mut entropy)?;
        Ok(new(self.now(), entropy))
    }

    /// A pause of about this length: nodes that were started together do not ask together for ever.
    pub(crate) fn about(&self, span: Duration) -> Duration {
        // Without randomness it is just this length.
        let mut chance = [128];
        let _ = self.ports.randomness.fill(&mut chance);
        spread(span, chance[0])
    }
}

/// From three quarters of the span to five quarters.
fn spread(span: Duration, chance: u8) -> Duration {
    span * (384 + u32::from(chance)) / 512
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_spread_around_its_length() {
        let span = Duration::from_secs(32);
        let spread = [0, 128, 255].map(|chance| spread(span, chance).as_millis());
        assert_eq!(spread, [24_000, 32_000, 39_937]);
    }
}
