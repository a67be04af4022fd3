//! The policy's versions, and what people allowed.

use domain::consent::{Consent, Purpose};
use domain::ids::{AccountId, GenerationId};
use domain::policy::Policy;
use domain::ports::database::{Answer, Consents, DatabaseError, Withdrawal};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Convex;
use super::wire::{ConsentRow, PolicyRow, Row, all};

/// A batch of what was ended.
#[derive(Deserialize)]
struct Ended {
    cancelled: Vec<GenerationId>,
    photos: u64,
    more: bool,
}

impl Convex {
    /// Carries out a verb that ends work and deletes photos, batch by batch.
    pub(super) async fn end_in_batches(
        &self,
        path: &'static str,
        args: Value,
    ) -> Result<Withdrawal, DatabaseError> {
        let mut withdrawal = Withdrawal::default();
        loop {
            let batch: Ended = self.caller.mutation(path, args.clone()).await?;
            withdrawal.cancelled.extend(batch.cancelled);
            withdrawal.photos += batch.photos;
            if !batch.more {
                return Ok(withdrawal);
            }
        }
    }
}

impl Consents for Convex {
    fn publish_policy(&self, policy: Policy) -> Answer<'_, ()> {
        let Policy { version, text, published_at } = policy;
        let args = json!({
            "version": version.version, "digest": version.digest, "text": text, "published_at": published_at,
        });
        self.do_it("consents:publishPolicy", args)
    }

    fn list_policies(&self) -> Answer<'_, Vec<Policy>> {
        self.ask("consents:listPolicies", json!({}), all::<PolicyRow>)
    }

    fn record_consent(&self, consent: Consent) -> Answer<'_, Consent> {
        let Consent { id, account, purpose, policy, given_at, .. } = consent;
        let args = json!({
            "id": id, "account": account, "purpose": purpose,
            "version": policy.version, "digest": policy.digest, "given_at": given_at,
        });
        self.carry_out("consents:record", args, ConsentRow::value)
    }

    fn withdraw_consent(
        &self,
        account: AccountId,
        purpose: Purpose,
        now: Timestamp,
    ) -> Answer<'_, Withdrawal> {
        let args = json!({ "account": account, "purpose": purpose, "now": now });
        Box::pin(self.end_in_batches("consents:withdraw", args))
    }

    fn list_consents(&self, account: AccountId) -> Answer<'_, Vec<Consent>> {
        self.ask("consents:list", json!({ "account": account }), all::<ConsentRow>)
    }
}
