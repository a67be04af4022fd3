//! Generations, as the workers see them: taken by lease, kept by heartbeat, ended once.

use domain::consent::Purpose;
use domain::generation::{Ending, Generation, Lease};
use domain::ids::LeaseId;
use domain::image::Image;
use domain::ports::database::{
    Answer, AttemptResult, Claim, Claimed, DatabaseError, Finish, NewAttempt, NewImage, Work,
};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Convex;
use super::wire::{ConsentRow, GenerationRow, ImageRow, PhotoRow, Row, all, picture};

#[derive(Deserialize)]
struct ClaimedRow {
    lease: LeaseId,
    generation: GenerationRow,
    photos: Vec<PhotoRow>,
    consents: Vec<ConsentRow>,
    attempts: u16,
    made: Vec<u8>,
}

impl Row for ClaimedRow {
    type Value = Claimed;

    fn value(self) -> Result<Claimed, DatabaseError> {
        let generation = self.generation.value()?;
        Ok(Claimed {
            lease: Lease { account: generation.account, generation: generation.id, id: self.lease },
            generation,
            photos: all(self.photos)?,
            consents: all(self.consents)?,
            attempts: self.attempts,
            made: self.made,
        })
    }
}

/// The arguments of a verb that needs the lease, beside others.
fn with(lease: Lease, mut args: Value) -> Value {
    args["account"] = json!(lease.account);
    args["generation"] = json!(lease.generation);
    args["lease"] = json!(lease.id);
    args
}

fn name(ending: Ending) -> &'static str {
    match ending {
        Ending::Succeeded => "succeeded",
        Ending::Refused => "refused",
        Ending::Failed => "failed",
        Ending::Cancelled => "cancelled",
    }
}

impl Work for Convex {
    fn claim_generations(&self, claim: Claim) -> Answer<'_, Vec<Claimed>> {
        let Claim { leases, now, until } = claim;
        let args = json!({ "leases": leases, "now": now, "until": until });
        self.carry_out("work:claim", args, all::<ClaimedRow>)
    }

    fn heartbeat(&self, lease: Lease, progress: u8, until: Timestamp) -> Answer<'_, ()> {
        self.do_it("work:heartbeat", with(lease, json!({ "progress": progress, "until": until })))
    }

    fn release_generation(&self, lease: Lease, now: Timestamp) -> Answer<'_, ()> {
        self.do_it("work:release", with(lease, json!({ "now": now })))
    }

    fn begin_attempt(&self, lease: Lease, attempt: NewAttempt, now: Timestamp) -> Answer<'_, ()> {
        let NewAttempt { number, provider, model, prompt, send_to, fallback } = attempt;
        let args = json!({
            "number": number, "provider": provider, "model": model, "prompt": prompt, "fallback": fallback,
            "purpose": send_to.map(Purpose::SendTo), "now": now,
        });
        self.do_it("work:beginAttempt", with(lease, args))
    }

    fn finish_attempt(
        &self,
        lease: Lease,
        number: u16,
        result: AttemptResult,
        now: Timestamp,
    ) -> Answer<'_, ()> {
        let AttemptResult { outcome, detail, images, cost } = result;
        let args = json!({
            "number": number, "outcome": outcome, "detail": detail, "images": images,
            "tokens_in": cost.tokens_in, "tokens_out": cost.tokens_out, "micro_dollars": cost.micro_dollars,
            "now": now,
        });
        self.do_it("work:finishAttempt", with(lease, args))
    }

    fn add_image(&self, lease: Lease, image: NewImage) -> Answer<'_, Image> {
        let NewImage { number, full, preview, likeness, created_at, expires_at, preview_expires_at } = image;
        let image = json!({
            "number": number, "full": picture(&full), "preview": picture(&preview), "likeness": likeness,
            "created_at": created_at, "expires_at": expires_at, "preview_expires_at": preview_expires_at,
        });
        self.carry_out("work:addImage", with(lease, json!({ "image": image })), ImageRow::value)
    }

    fn finish_generation(&self, lease: Lease, finish: Finish, now: Timestamp) -> Answer<'_, Generation> {
        let args = json!({ "ending": name(finish.ending), "reason": finish.reason, "now": now });
        self.carry_out("work:finish", with(lease, args), GenerationRow::value)
    }
}
