//! Consent: one tick a purpose, given to the text that was shown, taken back at any time.
//!
//! Taking back acts at once: photos that may not be kept are deleted and the work on them ends; a picture that may not be
//! sent any more is not, and a call that is under way is dropped.
//!
//! A consent stands for the text it was given to. When something in it changed that matters, nothing more is done with what was
//! agreed to before until the person agrees again; what is there stays as long as they were told.

use domain::api_key::Scope;
use domain::consent::{Consent, Purpose, permit};
use domain::ids::{AccountId, ConsentId};
use domain::policy::{Policy, PolicyVersion};
use domain::ports::database::{DatabaseError, Withdrawal};
use serde::Serialize;

use crate::{Admin, App, AppError, Caller};

/// What a person allowed and may allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConsentState {
    /// The text in force now.
    pub policy: PolicyVersion,
    /// Every purpose that this installation asks for, in the order in which it does.
    pub purposes: Vec<PurposeState>,
    /// Every tick ever made, newest first.
    pub history: Vec<Consent>,
}

/// One purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PurposeState {
    /// Which.
    pub purpose: Purpose,
    /// Whether it is allowed now.
    pub given: bool,
    /// Whether it was allowed and the text has changed since in something that matters: the person is to be asked again.
    pub outdated: bool,
}

impl App {
    /// The purposes that this installation asks consent for: to keep photos, and to send them to each service it has.
    pub fn purposes(&self) -> Vec<Purpose> {
        let mut purposes = vec![Purpose::KeepPhotos];
        for maker in &self.ports.makers {
            let sends = maker.send_to.clone().map(Purpose::SendTo);
            purposes.extend(sends.filter(|purpose| !purposes.contains(purpose)));
        }
        purposes
    }

    /// What the caller allowed.
    ///
    /// # Errors
    /// `ScopeMissing(account:read)`.
    pub async fn consents(&self, caller: &Caller) -> Result<ConsentState, AppError> {
        let account = caller.allow(Scope::AccountRead)?;
        let (now, history) = (self.now(), self.database().list_consents(account).await?);
        let state = |purpose: Purpose| {
            let given = permit(account, &purpose, &self.of_this_text(&history), now).is_ok();
            let outdated = !given && permit(account, &purpose, &history, now).is_ok();
            PurposeState { purpose, given, outdated }
        };
        let purposes = self.purposes().into_iter().map(state).collect();
        Ok(ConsentState { policy: self.settings.policy.version.clone(), purposes, history })
    }

    /// The account's consents to the text in force, or to one that differs from it in words alone.
    pub(crate) async fn agreed(&self, account: AccountId) -> Result<Vec<Consent>, DatabaseError> {
        Ok(self.of_this_text(&self.database().list_consents(account).await?))
    }

    fn of_this_text(&self, consents: &[Consent]) -> Vec<Consent> {
        let text = &self.settings.policy.version;
        consents.iter().filter(|consent| consent.policy.covers(text)).cloned().collect()
    }

    /// Every version of the policy that was ever in force here, newest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn policies(&self) -> Result<Vec<Policy>, AppError> {
        Ok(self.database().list_policies().await?)
    }

    /// Records the caller's consent to a purpose, given to the text of `shown`. One that is in force stays as it is.
    ///
    /// # Errors
    /// `SessionNeeded`, `PolicyOutdated` when `shown` is not the text in force, `Invalid(purpose)` for one that this
    /// installation does not ask for.
    pub async fn give_consent(
        &self,
        caller: &Caller,
        purpose: Purpose,
        shown: &PolicyVersion,
    ) -> Result<Consent, AppError> {
        caller.session()?;
        if *shown != self.settings.policy.version {
            return Err(AppError::PolicyOutdated);
        }
        if !self.purposes().contains(&purpose) {
            return Err(AppError::invalid("purpose", "this installation does not ask for it"));
        }
        let now = self.now();
        let known = self.database().list_consents(caller.id()).await?;
        let same = |c: &Consent| c.purpose == purpose && c.policy == *shown && c.in_force(now);
        if let Some(known) = known.into_iter().find(same) {
            return Ok(known);
        }
        let id = self.new_id(ConsentId::new)?;
        let (account, policy) = (caller.id(), shown.clone());
        let consent = Consent { id, account, purpose, policy, given_at: now, withdrawn_at: None };
        Ok(self.database().record_consent(consent).await?)
    }

    /// Takes the caller's consent to a purpose back, and says what ended with it.
    ///
    /// # Errors
    /// `SessionNeeded`.
    pub async fn withdraw_consent(&self, caller: &Caller, purpose: Purpose) -> Result<Withdrawal, AppError> {
        caller.session()?;
        self.withdraw_of(caller.id(), purpose).await
    }

    async fn withdraw_of(&self, account: AccountId, purpose: Purpose) -> Result<Withdrawal, AppError> {
        let withdrawal = self.database().withdraw_consent(account, purpose, self.now()).await?;
        if withdrawal.photos > 0 {
            self.forget_archive(account).await;
        }
        self.something_ended(account);
        for &generation in &withdrawal.cancelled {
            if let Err(error) = self.tell_of(account, generation).await {
                // It is withdrawn: that nobody was told does not change it.
                tracing::warn!(%generation, %error, "watchers were not told that a generation was cancelled");
            }
        }
        Ok(withdrawal)
    }
}

impl Admin<'_> {
    /// Takes an account's consent to a purpose back, for the person who asks whoever runs the installation.
    ///
    /// # Errors
    /// `NotFound(Account)`.
    pub async fn withdraw_consent(
        &self,
        account: AccountId,
        purpose: Purpose,
    ) -> Result<Withdrawal, AppError> {
        self.app.database().account(account).await?;
        self.app.withdraw_of(account, purpose).await
    }
}
