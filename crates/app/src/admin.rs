//! The admin's use cases. Whoever runs the installation sees accounts, counts and states, never a picture.
//!
//! An [`Admin`] is had in two ways: by an admin's session, or by the operator at the machine itself.

use domain::account::{Account, Role};
use domain::attempt::Attempt;
use domain::consent::SubprocessorId;
use domain::credit::{Credits, LedgerEntry, Position};
use domain::generation::{Generation, State};
use domain::ids::{AccountId, GenerationId};
use domain::page::{Page, PageRequest};
use domain::ports::database::{AccountSummary, Applied, AttemptSummary, Grant, Spending, StyleUsage, Totals};
use domain::ports::provider::Health;
use domain::time::Timestamp;
use serde::Serialize;

use crate::generate::check_key;
use crate::sign_up::short_text;
use crate::{App, AppError, Caller};

/// The longest note of a grant, in characters.
const NOTE_LIMIT: usize = 200;

/// What an admin can do.
#[derive(Clone, Copy)]
pub struct Admin<'a> {
    pub(crate) app: &'a App,
}

/// What the storage holds and can still take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StorageUse {
    /// Bytes of photos.
    pub photo_bytes: u64,
    /// Bytes of full-resolution results.
    pub result_bytes: u64,
    /// Bytes of previews.
    pub preview_bytes: u64,
    /// Bytes that can still be stored, where there is an end.
    pub free_bytes: Option<u64>,
    /// Objects that wait to be deleted.
    pub pending_deletions: u64,
}

/// Who makes pictures, and how they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakerState {
    /// The provider.
    pub provider: String,
    /// The model it was configured with.
    pub model: String,
    /// The outside service that photos are sent to; `None` when they stay on this machine.
    pub send_to: Option<SubprocessorId>,
    /// How it stands.
    pub health: Health,
}

impl App {
    /// What the caller can do as an admin.
    ///
    /// # Errors
    /// `SessionNeeded`, `AdminNeeded`.
    pub fn admin(&self, caller: &Caller) -> Result<Admin<'_>, AppError> {
        caller.admin()?;
        Ok(Admin { app: self })
    }

    /// What the operator can do: whoever has the machine. Not for requests.
    pub fn operator(&self) -> Admin<'_> {
        Admin { app: self }
    }
}

impl Admin<'_> {
    /// Accounts, newest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn accounts(
        &self,
        page: PageRequest<AccountId>,
    ) -> Result<Page<AccountSummary, AccountId>, AppError> {
        Ok(self.app.database().list_accounts(page).await?)
    }

    /// An account by its id.
    ///
    /// # Errors
    /// `NotFound(Account)`.
    pub async fn account(&self, account: AccountId) -> Result<Account, AppError> {
        Ok(self.app.database().account(account).await?)
    }

    /// Where an account's credits stand.
    ///
    /// # Errors
    /// `NotFound(Account)`.
    pub async fn credits(&self, account: AccountId) -> Result<Position, AppError> {
        Ok(self.app.database().credits(account).await?)
    }

    /// An account's ledger, newest first.
    ///
    /// # Errors
    /// `NotFound(Account)`.
    pub async fn ledger(
        &self,
        account: AccountId,
        page: PageRequest<u64>,
    ) -> Result<Page<LedgerEntry, u64>, AppError> {
        Ok(self.app.database().ledger(account, page).await?)
    }

    /// The account of an address.
    ///
    /// # Errors
    /// `Email`, `NotFound(Account)`.
    pub async fn find_account(&self, email: &str) -> Result<Account, AppError> {
        let known = self.app.database().find_for_sign_in(email.parse()?).await?;
        known.map(|known| known.account).ok_or(AppError::NotFound(domain::ports::database::Noun::Account))
    }

    /// Makes an account admin or member.
    ///
    /// # Errors
    /// `NotFound(Account)`, `Conflict(LastAdmin)`.
    pub async fn set_role(&self, account: AccountId, role: Role) -> Result<Account, AppError> {
        Ok(self.app.database().set_role(account, role).await?)
    }

    /// Generations of a state, newest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn generations(
        &self,
        state: State,
        page: PageRequest<GenerationId>,
    ) -> Result<Page<Generation, GenerationId>, AppError> {
        Ok(self.app.database().list_by_state(state, page).await?)
    }

    /// Who tried a generation, and how that went.
    ///
    /// # Errors
    /// `NotFound(Generation)`.
    pub async fn attempts(
        &self,
        account: AccountId,
        generation: GenerationId,
    ) -> Result<Vec<Attempt>, AppError> {
        Ok(self.app.database().list_attempts(account, generation).await?)
    }

    /// The whole installation at a glance.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn totals(&self) -> Result<Totals, AppError> {
        Ok(self.app.database().totals().await?)
    }

    /// What the storage holds.
    ///
    /// # Errors
    /// `Storage`, `Unavailable`.
    pub async fn storage(&self) -> Result<StorageUse, AppError> {
        let Totals { photo_bytes, result_bytes, preview_bytes, pending_deletions, .. } =
            self.totals().await?;
        let free_bytes = self.app.objects().health().await?.free_bytes;
        Ok(StorageUse { photo_bytes, result_bytes, preview_bytes, free_bytes, pending_deletions })
    }

    /// Who makes pictures, in the order in which they are asked, and how each stands in this process.
    pub fn makers(&self) -> Vec<MakerState> {
        let state = |maker: &crate::Maker| MakerState {
            provider: maker.provider.id().to_owned(),
            model: maker.model.clone(),
            send_to: maker.send_to.clone(),
            health: maker.provider.health(),
        };
        self.app.ports.makers.iter().map(state).collect()
    }

    /// What was spent on the days that begin from `from` until just before `until`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn spending(&self, from: Timestamp, until: Timestamp) -> Result<Vec<Spending>, AppError> {
        Ok(self.app.database().spending(from, until).await?)
    }

    /// What providers did from `from` until just before `until`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn provider_summary(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<AttemptSummary>, AppError> {
        Ok(self.app.database().attempt_summary(from, until).await?)
    }

    /// What was done with each style from `from` until just before `until`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn style_usage(&self, from: Timestamp, until: Timestamp) -> Result<Vec<StyleUsage>, AppError> {
        Ok(self.app.database().style_usage(from, until).await?)
    }

    /// Gives credits. With the same `key` again they are given once.
    ///
    /// # Errors
    /// `NotFound(Account)`, `Invalid`, `Conflict(KeyReused)`, `Credit(TooMany)`.
    pub async fn grant(
        &self,
        account: AccountId,
        amount: Credits,
        key: &str,
        note: &str,
    ) -> Result<Applied, AppError> {
        check_key(key)?;
        let note = short_text("note", note, NOTE_LIMIT)?;
        if amount == Credits::ZERO {
            return Err(AppError::invalid("amount", "give at least one credit"));
        }
        // A prefix of its own, so that no admin's key stands for a welcome.
        let grant = Grant { account, key: format!("admin/{key}"), amount, note, now: self.app.now() };
        Ok(self.app.database().grant_credits(grant).await?)
    }
}
