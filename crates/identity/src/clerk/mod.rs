//! Clerk: sign-ups and sign-ins by somebody else, whose word is taken once for each session of ours.
//!
//! Everything public about an instance follows from its publishable key: the host that its scripts, its tokens and its keys come from.
//! Wire formats: <https://clerk.com/docs/guides/sessions/session-tokens>,
//! <https://clerk.com/docs/reference/backend-api>, and Svix for webhooks, <https://docs.svix.com/receiving/verifying-payloads/how-manual>.

mod api;
mod config;
mod key_set;
mod page;
mod ring_provider;
mod token;
mod webhook;

use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::ports::BoxFuture;
use domain::ports::identity::{Outside, OutsideError, OutsideEvent, Person, SignInPage, Vouched};
use domain::time::Timestamp;
use reqwest::Client;

pub use config::{ClerkConfig, ClerkConfigError};

use api::Backend;
use key_set::KeySet;
use token::Rules;
use webhook::Secrets;

/// What Clerk is called in the policy and in aliases.
const NAME: &str = "clerk";

/// An instance of Clerk.
pub struct Clerk {
    service: SubprocessorId,
    rules: Rules,
    keys: KeySet,
    secrets: Secrets,
    backend: Backend,
    page: SignInPage,
}

impl Clerk {
    /// An instance, reached by `http`. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`ClerkConfigError`] names what can't work.
    pub fn new(config: &ClerkConfig, http: Client) -> Result<Self, ClerkConfigError> {
        let frontend = config.frontend()?;
        let service = SubprocessorId::new(NAME).ok_or(ClerkConfigError::Name)?;
        ring_provider::install();
        Ok(Clerk {
            rules: Rules::new(&frontend, config.authorized_parties()?),
            keys: KeySet::new(http.clone(), format!("{frontend}/.well-known/jwks.json")),
            secrets: Secrets::new(&config.webhook_secrets)?,
            backend: Backend::new(http, config.api()?, config.secret_key()?),
            page: page::page(&frontend, &config.publishable_key),
            service,
        })
    }

    /// Whether the instance is reached and its API takes the secret key. It asks for the keys that tokens are verified with, and for a
    /// user whom nobody is.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`.
    pub async fn check(&self, now: Timestamp) -> Result<(), OutsideError> {
        self.keys.fetch(now).await?;
        self.backend.user("user_nobody").await.map(drop)
    }

    fn alias(&self, id: &str) -> Result<Alias, OutsideError> {
        Alias::new(self.service.clone(), id).ok_or(OutsideError::Invalid)
    }
}

impl Outside for Clerk {
    fn service(&self) -> &SubprocessorId {
        &self.service
    }

    fn sign_in_page(&self) -> &SignInPage {
        &self.page
    }

    fn verify<'a>(&'a self, token: &'a str, now: Timestamp) -> BoxFuture<'a, Result<Vouched, OutsideError>> {
        Box::pin(async move {
            let kid = token::key_id(token)?;
            let key = self.keys.find(&kid, now).await?;
            let claims = self.rules.check(token, &key, now)?;
            Ok(Vouched {
                alias: self.alias(&claims.sub)?,
                token: claims.name(),
                expires_at: claims.expires_at(),
                impersonated: claims.act.is_some(),
                sign_in: claims.sid,
            })
        })
    }

    fn person<'a>(&'a self, alias: &'a Alias) -> BoxFuture<'a, Result<Option<Person>, OutsideError>> {
        Box::pin(async move {
            let user = self.backend.user(&alias.id).await?;
            user.map(|user| user.person(&self.service)).transpose()
        })
    }

    fn read_event(
        &self,
        headers: &[(&str, &str)],
        body: &[u8],
        now: Timestamp,
    ) -> Result<(String, OutsideEvent), OutsideError> {
        let id = self.secrets.verify(headers, body, now)?;
        Ok((id.to_owned(), webhook::read(body, &self.service)?))
    }

    fn delete<'a>(&'a self, alias: &'a Alias) -> BoxFuture<'a, Result<(), OutsideError>> {
        Box::pin(self.backend.delete_user(&alias.id))
    }
}
