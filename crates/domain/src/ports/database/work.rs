//! Generations, as the workers see them: taken by lease, kept by heartbeat, ended once.

use super::Answer;
use crate::attempt::{AttemptCost, AttemptOutcome};
use crate::consent::{Consent, SubprocessorId};
use crate::generation::{Ending, Generation, Lease};
use crate::ids::LeaseId;
use crate::image::{Image, Picture};
use crate::photo::Photo;
use crate::time::Timestamp;

/// A worker that asks for work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// A new id for each generation it is ready to take.
    pub leases: Vec<LeaseId>,
    /// When.
    pub now: Timestamp,
    /// Until when it is left alone without a heartbeat.
    pub until: Timestamp,
}

/// A generation that a worker has taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The worker's hold on it.
    pub lease: Lease,
    /// The generation.
    pub generation: Generation,
    /// Its photos that are still there, in the order in which they were given.
    pub photos: Vec<Photo>,
    /// What the person allowed, as of now. Sending asks again.
    pub consents: Vec<Consent>,
    /// How many tries there were before: the next one's number is one more.
    pub attempts: u16,
    /// The numbers of the images that were made before, by a worker that was lost.
    pub made: Vec<u8>,
}

/// A provider's try that is about to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAttempt {
    /// Its number in the generation: one more than the last.
    pub number: u16,
    /// Which provider, by the name it has in the configuration.
    pub provider: String,
    /// Which model.
    pub model: String,
    /// The exact prompt; empty where there is none.
    pub prompt: String,
    /// The outside service that the photos are sent to; `None` when they stay here.
    pub send_to: Option<SubprocessorId>,
    /// Whether it is made in another's place: one that comes before it was not available.
    pub fallback: bool,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptResult {
    /// How.
    pub outcome: AttemptOutcome,
    /// The cause in the provider's words, for the operator.
    pub detail: String,
    /// How many pictures it gave.
    pub images: u8,
    /// What it took.
    pub cost: AttemptCost,
}

/// An image whose objects are in the storage already.
#[derive(Clone, Debug, PartialEq)]
pub struct NewImage {
    /// Its number, from 1 to the count that was asked for.
    pub number: u8,
    /// The full resolution.
    pub full: Picture,
    /// The preview.
    pub preview: Picture,
    /// How close the face is to the photos, 0 to 1, where that was looked at.
    pub likeness: Option<f32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the full resolution goes by the installation's rule; a shorter period that the person chose is applied by
    /// the database.
    pub expires_at: Timestamp,
    /// When the preview goes, if ever.
    pub preview_expires_at: Option<Timestamp>,
}

/// How a worker ends a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// How it ended. Cancelling is the person's, so a worker does not say it.
    pub ending: Ending,
    /// Why it was refused or failed, or why there are fewer images than were asked for, in words for the person.
    pub reason: Option<String>,
}

/// The verbs of workers. Each but the first needs the lease, and fails with `LeaseLost` without it.
pub trait Work: Send + Sync {
    /// Takes up to as many generations as the claim has leases. Those whose lease ran out come first; then the one that
    /// waits longest of the account with the fewest running, again and again. A generation that was taken too often
    /// ends as failed instead, and its credits return.
    ///
    /// Claims that come at once never get the same generation.
    fn claim_generations(&self, claim: Claim) -> Answer<'_, Vec<Claimed>>;

    /// Keeps the lease until `until`, and notes how far the work is, 0 to 100.
    fn heartbeat(&self, lease: Lease, progress: u8, until: Timestamp) -> Answer<'_, ()>;

    /// Puts a generation back, for a worker that stops: the next claim takes it, and this one does not count.
    fn release_generation(&self, lease: Lease, now: Timestamp) -> Answer<'_, ()>;

    /// Notes that a try begins, before anything is sent.
    ///
    /// # Errors
    /// `ConsentMissing` unless the person allows to send photos there at `now`: nothing may be sent. `Conflict(IdReused)` when
    /// the number is that of another try.
    fn begin_attempt(&self, lease: Lease, attempt: NewAttempt, now: Timestamp) -> Answer<'_, ()>;

    /// Notes how a try ended. The first time counts, and is added to the [spending](super::Spending) of the day on which the try
    /// began, which stays when the generation goes.
    fn finish_attempt(
        &self,
        lease: Lease,
        number: u16,
        result: AttemptResult,
        now: Timestamp,
    ) -> Answer<'_, ()>;

    /// Keeps an image, as soon as it is made. The same number again changes nothing; one that the person deleted
    /// meanwhile stays deleted, and the objects are among the pending deletions again.
    ///
    /// # Errors
    /// `Conflict(ImageNumber)`.
    fn add_image(&self, lease: Lease, image: NewImage) -> Answer<'_, Image>;

    /// Ends a generation: state, ledger and webhook events change together. With the same lease and ending again it changes
    /// nothing.
    ///
    /// # Errors
    /// `Conflict(NoImage)` for a success without an image.
    fn finish_generation(&self, lease: Lease, finish: Finish, now: Timestamp) -> Answer<'_, Generation>;
}
