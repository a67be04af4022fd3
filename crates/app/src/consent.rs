//! Consent: one tick a purpose, given to the text that was shown, taken back at any time.
//!
//! Taking back acts at once: photos that may not be kept are deleted and the work on them ends; a picture that may not be
//! sent any more is not, and a call that is under way is dropped.

use domain::api_key::Scope;
use domain::consent::{Consent, Purpose, permit};
use domain::ids::ConsentId;
use domain::policy::PolicyVersion;
use domain::ports::database::Withdrawal;
use serde::Serialize;

use crate::{App, AppError, Caller};

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
            let given = permit(account, &purpose, &history, now).is_ok();
            PurposeState { purpose, given }
        };
        let purposes = self.purposes().into_iter().map(state).collect();
        Ok(ConsentState { policy: self.settings.policy.version.clone(), purposes, history })
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
        let account = caller.id();
        let withdrawal = self.database().withdraw_consent(account, purpose, self.now()).await?;
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
