//! Generations, as the person who asked for them sees them.

use serde::Serialize;

use super::Answer;
use crate::credit::Credits;
use crate::digest::Digest;
use crate::generation::{Generation, GenerationOptions};
use crate::ids::{AccountId, GenerationId, PhotoId};
use crate::image::Image;
use crate::page::{Page, PageRequest};
use crate::style::StyleId;
use crate::time::Timestamp;

/// The most photos of one generation.
pub const MAX_PHOTOS: usize = 20;

/// A request's own key, from the caller, and what was asked for with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key, unique among the account's for a day at least.
    pub key: String,
    /// The digest of the request: the same key with another request is an error.
    pub request: Digest,
}

/// A generation to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGeneration {
    /// Its id, from the caller.
    pub id: GenerationId,
    /// Whose it is.
    pub account: AccountId,
    /// The style.
    pub style: StyleId,
    /// What is asked for.
    pub options: GenerationOptions,
    /// What one image costs.
    pub price: Credits,
    /// The photos it is made from, the most important first.
    pub photos: Vec<PhotoId>,
    /// The request's key, if it has one.
    pub idempotency: Option<IdempotencyKey>,
    /// When.
    pub now: Timestamp,
}

/// A generation that was started, now or by the same request before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The generation, as it is now.
    pub generation: Generation,
    /// Whether this request had been carried out before.
    pub replayed: bool,
}

/// A generation with its images, in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WithImages {
    /// The generation.
    pub generation: Generation,
    /// Its images that were not deleted.
    pub images: Vec<Image>,
}

/// The verbs of generations.
pub trait Generations: Send + Sync {
    /// Starts a generation: its photos are the account's own and not expired, the person allows to keep them, the credits are
    /// there and are held back, the style's choice is counted, all in one transaction.
    ///
    /// # Errors
    /// `Invalid`, `Conflict(PhotoCount)`, `NotFound(Photo)`, `ConsentMissing`, `Credit`, `Conflict(KeyReused)` when the
    /// idempotency key came with another request.
    fn start_generation(&self, new: NewGeneration) -> Answer<'_, Started>;

    /// One generation.
    fn generation(&self, account: AccountId, generation: GenerationId) -> Answer<'_, WithImages>;

    /// The photos that a generation was made from and that are still there, in the order in which they were given.
    fn generation_photos(&self, account: AccountId, generation: GenerationId) -> Answer<'_, Vec<PhotoId>>;

    /// The generations of an account, newest first.
    fn list_generations(
        &self,
        account: AccountId,
        page: PageRequest<GenerationId>,
    ) -> Answer<'_, Page<WithImages, GenerationId>>;

    /// Cancels a generation that has not ended: its worker's lease is lost, images made until then are charged and
    /// stay, the rest of the credits returns. A cancelled one stays as it is.
    ///
    /// # Errors
    /// `Conflict(Ended)` when it ended otherwise.
    fn cancel_generation(
        &self,
        account: AccountId,
        generation: GenerationId,
        now: Timestamp,
    ) -> Answer<'_, Generation>;

    /// Deletes a generation with all its images, cancelling it first if need be. The ledger stays.
    fn delete_generation(
        &self,
        account: AccountId,
        generation: GenerationId,
        now: Timestamp,
    ) -> Answer<'_, ()>;
}
