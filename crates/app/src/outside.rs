//! Sign in by somebody else's word. The word is taken once for each session of ours, and the session is like any other from then on,
//! but for its end: it ends with the sign-in over there, and after an hour unless a new word renews it.

use std::time::Duration;

use domain::account::Account;
use domain::alias::Alias;
use domain::ids::AccountId;
use domain::once::OnceKey;
use domain::page::PageRequest;
use domain::ports::database::{Arrival, Arrived, Noun};
use domain::ports::identity::{Outside, OutsideError, OutsideEvent, Person, Vouched};
use domain::secret::Secret;
use domain::session::Session;
use domain::time::{DAY, Timestamp};

use crate::{App, AppError, Caller, Receipt, SignUpPolicy, SignedIn};

/// How long a session lives on one word.
const LIVES: Duration = Duration::from_secs(3600);
/// How long it is remembered that a message was heard, a sign-in ended or a person went: longer than messages are sent again.
const REMEMBERED: Duration = DAY.saturating_mul(7);

/// What a browser brings from a sign-in elsewhere.
pub struct OutsideSignIn {
    /// The word of the outside identity.
    pub token: Secret,
    /// A word by which the person knows their browser again.
    pub device: String,
    /// Who the browser is signed in as already, if it is.
    pub current: Option<Caller>,
}

/// What a sign-in elsewhere came to.
#[derive(Debug)]
pub enum OutsideSignedIn {
    /// A new session.
    Opened(SignedIn),
    /// The session that the browser had, which lives on.
    Renewed(Session, Account),
}

impl App {
    /// Who vouches for people here, if somebody else does. Then nobody signs in or up with a password.
    pub fn outside(&self) -> Option<&dyn Outside> {
        self.ports.outside.as_deref()
    }

    /// Takes the word of the outside identity for a session.
    ///
    /// # Errors
    /// `NotOffered`, `SignInRefused` for a word that is not good, was taken before, or is of a sign-in or a person that is over;
    /// `EmailUnverified`, `Conflict(EmailTaken)`, `SignUpClosed`, `Unavailable`.
    pub async fn sign_in_outside(&self, sign_in: OutsideSignIn) -> Result<OutsideSignedIn, AppError> {
        let outside = self.outside().ok_or(AppError::NotOffered)?;
        let now = self.now();
        let vouched = outside.verify(sign_in.token.expose(), now).await?;
        let token = OnceKey::new("outside token", &vouched.token);
        let first = self.database().note_once(token, now, vouched.expires_at).await?;
        if let Some(renewed) = self.renew(sign_in.current.as_ref(), &vouched, now).await? {
            return Ok(renewed);
        }
        if !first || self.database().is_noted(ended(&vouched.sign_in), now).await? {
            return Err(AppError::SignInRefused);
        }
        let account = self.vouched_account(outside, &vouched.alias).await?;
        self.welcome(&account).await?;
        if vouched.impersonated {
            tracing::warn!(account = %account.id, "somebody of the identity's own signed in as this person");
        }
        let opened = self.open_outside_session(account, &sign_in.device, &vouched.sign_in).await?;
        // It may have ended while this was under way: its end was noted before sessions were looked for.
        if self.database().is_noted(ended(&vouched.sign_in), now).await? {
            self.database().end_sign_in(vouched.sign_in).await?;
            return Err(AppError::SignInRefused);
        }
        Ok(OutsideSignedIn::Opened(opened))
    }

    /// Lets the browser's session live on when it stands on the same sign-in of the same person. Even a word that was taken
    /// before does no harm here: whoever shows it is in already.
    async fn renew(
        &self,
        current: Option<&Caller>,
        vouched: &Vouched,
        now: Timestamp,
    ) -> Result<Option<OutsideSignedIn>, AppError> {
        let Some((caller, id)) = current.and_then(|caller| Some((caller, caller.session().ok()?))) else {
            return Ok(None);
        };
        let sessions = self.database().list_sessions(caller.id(), now).await?;
        let same = |session: &Session| session.id == id && session.sign_in.as_ref() == Some(&vouched.sign_in);
        let Some(session) = sessions.into_iter().find(same) else { return Ok(None) };
        let known = self.database().find_alias(vouched.alias.clone()).await?;
        if known.is_none_or(|account| account.id != caller.id()) {
            return Ok(None);
        }
        let session = Session { used_at: now, expires_at: now + LIVES, ..session };
        self.database().touch_session(id, now, session.expires_at).await?;
        Ok(Some(OutsideSignedIn::Renewed(session, caller.account.clone())))
    }

    /// The account of whom is vouched for; it is made when there is none, since nobody promises that a message comes first.
    async fn vouched_account(&self, outside: &dyn Outside, alias: &Alias) -> Result<Account, AppError> {
        if self.database().is_noted(gone(alias), self.now()).await? {
            return Err(AppError::SignInRefused);
        }
        if let Some(account) = self.database().find_alias(alias.clone()).await? {
            return Ok(account);
        }
        let person = outside.person(alias).await?.ok_or(AppError::SignInRefused)?;
        match self.take_in(person).await {
            Err(AppError::NotFound(Noun::Account)) => Err(AppError::SignInRefused),
            arrived => Ok(arrived?.account),
        }
    }

    async fn take_in(&self, person: Person) -> Result<Arrived, AppError> {
        let closed = self.settings.sign_up == SignUpPolicy::Closed
            && !self.database().list_accounts(PageRequest::first(1)).await?.items.is_empty();
        let new = if closed { None } else { Some(self.new_id(AccountId::new)?) };
        let unless = gone(&person.alias);
        let Person { alias, verified_email, name, as_of } = person;
        let arrival = Arrival { alias, verified_email, name, as_of, new, unless, now: self.now() };
        Ok(self.database().take_in(arrival).await?)
    }

    /// Hears a message of the outside identity. It may come twice, late, or never; whatever it causes can be caused again.
    ///
    /// # Errors
    /// `NotOffered`, `Unsigned`; `Conflict(LastAdmin)` when the last admin is gone over there, and other errors: the message is to
    /// come again.
    pub async fn hear_outside(&self, headers: &[(&str, &str)], body: &[u8]) -> Result<(), AppError> {
        let outside = self.outside().ok_or(AppError::NotOffered)?;
        let now = self.now();
        let (id, event) = outside.read_event(headers, body, now).map_err(|_| AppError::Unsigned)?;
        let heard = OnceKey::new("outside message", &id);
        if self.database().is_noted(heard, now).await? {
            return Ok(());
        }
        match event {
            OutsideEvent::Changed(person) => self.person_changed(person).await?,
            OutsideEvent::Deleted(alias) => self.person_gone(alias, now).await?,
            OutsideEvent::SignInEnded(sign_in) => {
                self.database().note_once(ended(&sign_in), now, now + REMEMBERED).await?;
                self.database().end_sign_in(sign_in).await?;
            }
            OutsideEvent::Ignored => {}
        }
        self.database().note_once(heard, now, now + REMEMBERED).await?;
        Ok(())
    }

    async fn person_changed(&self, person: Person) -> Result<(), AppError> {
        match self.take_in(person).await {
            Ok(arrived) => self.welcome(&arrived.account).await,
            // Nobody has to have an account yet, and who is gone needs none.
            Err(
                AppError::EmailUnverified
                | AppError::SignUpClosed
                | AppError::NotFound(Noun::Account)
                | AppError::Conflict(_),
            ) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn person_gone(&self, alias: Alias, now: Timestamp) -> Result<(), AppError> {
        self.database().note_once(gone(&alias), now, now + REMEMBERED).await?;
        let Some(account) = self.database().find_alias(alias).await? else { return Ok(()) };
        match self.erase_account(account.id).await {
            Ok(_) | Err(AppError::NotFound(_)) => Ok(()),
            Err(error) => {
                tracing::error!(account = %account.id, %error, "a person who is gone elsewhere could not be erased here");
                Err(error)
            }
        }
    }

    /// Erases the caller's account, after the outside identity has vouched for them once more.
    ///
    /// # Errors
    /// `SessionNeeded`, `NotOffered`, `SignInRefused`, `Conflict(LastAdmin)` while there are other accounts.
    pub async fn erase_vouched(&self, caller: &Caller, token: &Secret) -> Result<Receipt, AppError> {
        caller.session()?;
        let outside = self.outside().ok_or(AppError::NotOffered)?;
        let now = self.now();
        let vouched = outside.verify(token.expose(), now).await?;
        let known = self.database().find_alias(vouched.alias).await?;
        if known.is_none_or(|account| account.id != caller.id()) {
            return Err(AppError::SignInRefused);
        }
        self.erase_account(caller.id()).await
    }

    async fn open_outside_session(
        &self,
        account: Account,
        device: &str,
        sign_in: &str,
    ) -> Result<SignedIn, AppError> {
        self.open_session_until(account, device, self.now() + LIVES, Some(sign_in.to_owned())).await
    }
}

/// The note that a sign-in elsewhere is over.
fn ended(sign_in: &str) -> OnceKey {
    OnceKey::new("outside sign-in ended", sign_in)
}

/// The note that a person is gone elsewhere.
fn gone(alias: &Alias) -> OnceKey {
    OnceKey::new("outside person gone", &format!("{}/{}", alias.service.as_str(), alias.id))
}

impl From<OutsideError> for AppError {
    fn from(error: OutsideError) -> Self {
        match error {
            OutsideError::Invalid => AppError::SignInRefused,
            error => AppError::Unavailable(Box::new(error)),
        }
    }
}
