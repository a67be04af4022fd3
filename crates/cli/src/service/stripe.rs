//! Stripe in the place of free credits, where something is sold.

use std::sync::Arc;

use domain::consent::SubprocessorId;
use domain::policy::{Service, ServiceRole};
use domain::ports::payments::{Offer, Payments};
use payments::{Free, PackConfig, PlanConfig, Stripe, StripeConfig};
use serde::Deserialize;

use super::clerk::webhook_secrets;
use super::http;
use super::secret_text::SecretText;
use crate::configuration::Configuration;

/// Where it is reached.
const API: &str = "https://api.stripe.com";

/// The section of the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StripeSection {
    pub(crate) secret_key: Option<SecretText>,
    pub(crate) webhook_secrets: Vec<SecretText>,
    pub(crate) automatic_tax: bool,
    pub(crate) promotion_codes: bool,
    pub(crate) packs: Vec<Pack>,
    pub(crate) plan: Option<Plan>,
    pub(crate) cents_per_dollar: Option<u32>,
    pub(crate) api_url: Option<String>,
}

/// Credits that are sold once.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pack {
    id: String,
    name: String,
    credits: u32,
    price: String,
}

/// Credits that come every month.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    name: String,
    credits: u32,
    price: String,
}

impl StripeSection {
    /// Whether it is to be used.
    pub(crate) fn is_on(&self) -> bool {
        !self.packs.is_empty() || self.plan.is_some()
    }

    /// What is to be sold and is not among the offers: its name and its price.
    pub(super) fn missing<'a>(&'a self, offers: &[Offer]) -> Vec<(&'a str, &'a str)> {
        let packs = self.packs.iter().filter(|pack| offers.iter().all(|offer| offer.id != pack.id));
        let plan = self.plan.iter().filter(|_| !offers.iter().any(|offer| offer.monthly));
        let plan = plan.map(|plan| (plan.name.as_str(), plan.price.as_str()));
        packs.map(|pack| (pack.name.as_str(), pack.price.as_str())).chain(plan).collect()
    }

    /// What the policy says of it, where it is used.
    pub(super) fn named(&self) -> Option<Service> {
        self.is_on().then_some(())?;
        Some(Service {
            id: SubprocessorId::new("stripe")?,
            name: "Stripe (Stripe, Inc., United States, and Stripe Payments Europe, Ltd., Ireland)".into(),
            role: ServiceRole::TakesPayments,
            endpoint: self.api_url.clone().unwrap_or_else(|| API.into()),
            terms: "https://stripe.com/legal/dpa".into(),
            data: "your address and what you buy; what you type on its pages, such as a card, never comes here, and when you erase your account you are deleted there as a customer".into(),
        })
    }
}

impl Configuration {
    /// Who takes the money.
    pub(super) fn payments(&self) -> Result<Arc<dyn Payments>, String> {
        let section = &self.stripe;
        if !section.is_on() {
            return Ok(Arc::new(Free));
        }
        if self.web().public_url.is_none() {
            return Err("stripe needs serve.public_url: people have to be sent back from its pages".into());
        }
        let packs = section.packs.iter().map(|pack| PackConfig {
            id: pack.id.clone(),
            name: pack.name.clone(),
            credits: pack.credits,
            price: pack.price.clone(),
        });
        let plan = section.plan.as_ref().map(|plan| PlanConfig {
            name: plan.name.clone(),
            credits: plan.credits,
            price: plan.price.clone(),
        });
        let config = StripeConfig {
            secret_key: SecretText::or_environment(
                section.secret_key.as_ref(),
                "COVERSHOTS_STRIPE_SECRET_KEY",
            ),
            webhook_secrets: webhook_secrets(&section.webhook_secrets, "COVERSHOTS_STRIPE_WEBHOOK_SECRETS"),
            automatic_tax: section.automatic_tax,
            promotion_codes: section.promotion_codes,
            packs: packs.collect(),
            plan,
            api_url: section.api_url.clone(),
        };
        let stripe = Stripe::new(&config, http::client()?).map_err(|error| error.to_string())?;
        Ok(Arc::new(stripe))
    }
}
