//! Cancel: a person changes their mind. What is made until then is theirs and charged; the rest of the credits returns.

use domain::api_key::Scope;
use domain::generation::Generation;
use domain::ids::{AccountId, GenerationId};

use crate::{App, AppError, Caller};

impl App {
    /// Cancels a generation that has not ended. A worker that hears of it stops at once, any other at its next heartbeat.
    ///
    /// # Errors
    /// `ScopeMissing(generations:write)`, `NotFound(Generation)`, `Conflict(Ended)`.
    pub async fn cancel_generation(
        &self,
        caller: &Caller,
        generation: GenerationId,
    ) -> Result<Generation, AppError> {
        let account = caller.allow(Scope::GenerationsWrite)?;
        let generation = self.database().cancel_generation(account, generation, self.now()).await?;
        self.tell(&generation);
        self.call_deliverer();
        Ok(generation)
    }

    /// Tells watchers and workers how a generation stands that something else ended.
    pub(crate) async fn tell_of(&self, account: AccountId, generation: GenerationId) -> Result<(), AppError> {
        let known = self.database().generation(account, generation).await?;
        self.tell(&known.generation);
        Ok(())
    }
}
