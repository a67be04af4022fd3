//! Generations: what was asked for, how it stands and what came of it.

use domain::api_key::Scope;
use domain::ids::GenerationId;
use domain::page::{Page, PageRequest};
use domain::ports::database::WithImages;

use crate::{App, AppError, Caller};

impl App {
    /// The caller's generations with their images, newest first.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`.
    pub async fn generations(
        &self,
        caller: &Caller,
        page: PageRequest<GenerationId>,
    ) -> Result<Page<WithImages, GenerationId>, AppError> {
        Ok(self.database().list_generations(caller.allow(Scope::ImagesRead)?, page).await?)
    }

    /// One generation with its images.
    ///
    /// # Errors
    /// `ScopeMissing(images:read)`, `NotFound(Generation)`.
    pub async fn generation(
        &self,
        caller: &Caller,
        generation: GenerationId,
    ) -> Result<WithImages, AppError> {
        Ok(self.database().generation(caller.allow(Scope::ImagesRead)?, generation).await?)
    }

    /// Deletes a generation with all its images, cancelling it first if need be.
    ///
    /// # Errors
    /// `ScopeMissing(generations:write)`, `NotFound(Generation)`.
    pub async fn delete_generation(&self, caller: &Caller, generation: GenerationId) -> Result<(), AppError> {
        let account = caller.allow(Scope::GenerationsWrite)?;
        self.database().delete_generation(account, generation, self.now()).await?;
        self.forget_archive(account).await;
        self.something_ended(account);
        Ok(())
    }
}
