//! An attempt: one provider's try at a generation, with what it took and what it cost. It is written before
//! anything is sent, so that a try that was paid for is known even when its answer was lost.

use serde::{Deserialize, Serialize};

use crate::ids::GenerationId;
use crate::time::Timestamp;

/// How a provider's try ended; the names are those of the decision whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptOutcome {
    /// It gave pictures.
    Succeeded,
    /// It could not be reached, was busy or broke.
    Unavailable,
    /// It declined for safety.
    Refused,
    /// Our request was wrong.
    Invalid,
}

/// What a try took, as far as the provider says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AttemptCost {
    /// Tokens read.
    pub tokens_in: u64,
    /// Tokens written.
    pub tokens_out: u64,
    /// Money, in millionths of a US dollar.
    pub micro_dollars: u64,
}

/// One provider's try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Of which generation.
    pub generation: GenerationId,
    /// Its number in the generation, from 1.
    pub number: u16,
    /// Which provider, by the name it has in the configuration.
    pub provider: String,
    /// Which model.
    pub model: String,
    /// The exact prompt that was sent; empty where there is none.
    pub prompt: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or when its worker was lost.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<AttemptOutcome>,
    /// The cause in the provider's words, for the operator.
    pub detail: String,
    /// How many pictures it gave.
    pub images: u8,
    /// Whether it was made in another's place: one that comes before it was not available.
    pub fallback: bool,
    /// What it took.
    pub cost: AttemptCost,
}
