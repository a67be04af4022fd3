//! Clerk in the place of local accounts, where its publishable key is configured.

use std::sync::Arc;

use domain::consent::SubprocessorId;
use domain::policy::{Service, ServiceRole};
use domain::ports::identity::Outside;
use domain::secret::Secret;
use identity::{Clerk, ClerkConfig};
use serde::Deserialize;

use super::http;
use super::secret_text::SecretText;
use crate::configuration::Configuration;

/// Where it is reached.
const API: &str = "https://api.clerk.com";

/// The section of the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClerkSection {
    pub(crate) publishable_key: Option<String>,
    pub(crate) secret_key: Option<SecretText>,
    pub(crate) webhook_secrets: Vec<SecretText>,
    pub(crate) authorized_parties: Vec<String>,
    pub(crate) api_url: Option<String>,
    pub(crate) frontend_url: Option<String>,
}

impl ClerkSection {
    /// Whether it is to be used.
    pub(crate) fn is_on(&self) -> bool {
        self.publishable_key.is_some()
    }

    /// What the policy says of it, where it is used.
    pub(super) fn named(&self) -> Option<Service> {
        self.is_on().then_some(())?;
        Some(Service {
            id: SubprocessorId::new("clerk")?,
            name: "Clerk (Clerk, Inc., United States)".into(),
            role: ServiceRole::SignsIn,
            endpoint: self.api_url.clone().unwrap_or_else(|| API.into()),
            terms: "https://clerk.com/legal/dpa".into(),
            data: "your address, your name and how you sign in; when you erase your account here, it is deleted there too".into(),
        })
    }
}

impl Configuration {
    /// Who vouches for people in our place; `None` where nobody does.
    pub(super) fn outside(&self) -> Result<Option<Arc<dyn Outside>>, String> {
        Ok(self.clerk()?.map(|clerk| Arc::new(clerk) as Arc<dyn Outside>))
    }

    /// Clerk as it is configured; `None` where it is not.
    pub(super) fn clerk(&self) -> Result<Option<Clerk>, String> {
        let section = &self.clerk;
        let Some(publishable_key) = section.publishable_key.clone() else { return Ok(None) };
        let secret_key =
            SecretText::or_environment(section.secret_key.as_ref(), "COVERSHOTS_CLERK_SECRET_KEY");
        let mut parties = section.authorized_parties.clone();
        if parties.is_empty() {
            parties.extend(self.web().public_url);
        }
        let config = ClerkConfig {
            publishable_key,
            secret_key,
            webhook_secrets: webhook_secrets(&section.webhook_secrets, "COVERSHOTS_CLERK_WEBHOOK_SECRETS"),
            authorized_parties: parties,
            api_url: section.api_url.clone(),
            frontend_url: section.frontend_url.clone(),
        };
        Clerk::new(&config, http::client()?).map(Some).map_err(|error| error.to_string())
    }
}

/// The secrets of a webhook endpoint: those of the environment, with commas between them, or those of the file.
pub(super) fn webhook_secrets(configured: &[SecretText], variable: &str) -> Vec<Secret> {
    let set = std::env::var(variable).unwrap_or_default();
    let set: Vec<Secret> =
        set.split(',').map(str::trim).filter(|text| !text.is_empty()).map(Secret::new).collect();
    if set.is_empty() { configured.iter().map(SecretText::secret).collect() } else { set }
}
