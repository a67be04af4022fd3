//! The policy's versions, and what people allowed.

use super::Answer;
use crate::consent::{Consent, Purpose};
use crate::ids::{AccountId, GenerationId};
use crate::policy::Policy;
use crate::time::Timestamp;

/// What a withdrawal ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawal {
    /// The generations that were cancelled.
    pub cancelled: Vec<GenerationId>,
    /// How many photos were deleted; their objects are among the pending deletions.
    pub photos: u64,
}

/// The verbs of consents and policies.
pub trait Consents: Send + Sync {
    /// Keeps a version of the policy. The same one again changes nothing.
    ///
    /// # Errors
    /// `Conflict(PolicyChanged)` when the version exists with another text.
    fn publish_policy(&self, policy: Policy) -> Answer<'_, ()>;

    /// Every version of the policy, newest first.
    fn list_policies(&self) -> Answer<'_, Vec<Policy>>;

    /// Keeps a consent that a person gave; `withdrawn_at` is not looked at.
    ///
    /// # Errors
    /// `NotFound(Policy)` when the text it was given to is unknown.
    fn record_consent(&self, consent: Consent) -> Answer<'_, Consent>;

    /// Takes back every consent for a purpose. Without the consent to keep photos, the photos go and what is queued or
    /// running is cancelled; without the one to send, nothing more is sent.
    fn withdraw_consent(
        &self,
        account: AccountId,
        purpose: Purpose,
        now: Timestamp,
    ) -> Answer<'_, Withdrawal>;

    /// What a person allowed, withdrawn consents too, newest first.
    fn list_consents(&self, account: AccountId) -> Answer<'_, Vec<Consent>>;
}
