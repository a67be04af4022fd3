//! What has to be known of an account with Stripe, and what is sold by it.

use domain::credit::Credits;
use domain::secret::Secret;

/// Where Stripe's API is.
const API: &str = "https://api.stripe.com";
/// The most credits of one purchase.
const MAX_CREDITS: u32 = 1_000_000;
/// The most offers.
const MAX_OFFERS: usize = 20;

/// What has to be known of an account with Stripe.
#[derive(Clone, Debug, Default)]
pub struct StripeConfig {
    /// `sk_…` or, better, a restricted key `rk_…`.
    pub secret_key: Option<Secret>,
    /// `whsec_…`, the secrets of the webhook endpoint: the present one, and those that are being replaced.
    pub webhook_secrets: Vec<Secret>,
    /// Whether Stripe works out taxes.
    pub automatic_tax: bool,
    /// Whether people may use promotion codes.
    pub promotion_codes: bool,
    /// What is sold once.
    pub packs: Vec<PackConfig>,
    /// What is sold every month.
    pub plan: Option<PlanConfig>,
    /// Another address of the API, for tests.
    pub api_url: Option<String>,
}

/// Credits that are sold once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackConfig {
    /// Names it in addresses: lower-case letters, digits and hyphens.
    pub id: String,
    /// What people read.
    pub name: String,
    /// How many credits.
    pub credits: u32,
    /// The price in Stripe, `price_…`, to be paid once.
    pub price: String,
}

/// Credits that come every month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanConfig {
    /// What people read.
    pub name: String,
    /// How many credits a month.
    pub credits: u32,
    /// The price in Stripe, `price_…`, to be paid every month.
    pub price: String,
}

/// What can't work. The operator's turn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StripeConfigError {
    /// There is no secret key.
    #[error(
        "stripe.secret_key is missing or none: copy it from the API keys page of the dashboard, it begins with sk_ or rk_"
    )]
    SecretKey,
    /// Without a webhook secret nobody would ever get what they paid for.
    #[error(
        "stripe.webhook_secrets is empty or has one that is none: copy it from the endpoint in the dashboard, it begins with whsec_"
    )]
    WebhookSecret,
    /// Nothing is sold.
    #[error("stripe sells nothing: add a pack under [[stripe.packs]] or a plan under [stripe.plan]")]
    NothingSold,
    /// A pack or the plan can't be sold so.
    #[error("stripe sells {0}, which can't be: {1}")]
    Offer(String, &'static str),
    /// The address can't be read.
    #[error("stripe.api_url is no address: write it like https://example.org")]
    Url,
    /// The service's own name can't be used: a mistake in the program.
    #[error("the name of the service can't be used")]
    Name,
}

/// The offer that the plan is.
pub(super) const PLAN: &str = "monthly";

impl StripeConfig {
    pub(super) fn validate(&self) -> Result<(), StripeConfigError> {
        self.secret_key()?;
        self.api()?;
        if self.packs.is_empty() && self.plan.is_none() {
            return Err(StripeConfigError::NothingSold);
        }
        let wrong = |id: &str, why| Err(StripeConfigError::Offer(id.to_owned(), why));
        if self.packs.len() > MAX_OFFERS {
            return wrong("more than 20 packs", "nobody could choose");
        }
        for (n, pack) in self.packs.iter().enumerate() {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if !(1..=40).contains(&pack.id.len()) || !pack.id.bytes().all(plain) {
                return wrong(&pack.id, "an id has 1 to 40 lower-case letters, digits and hyphens");
            }
            if pack.id == PLAN || self.packs[..n].iter().any(|other| other.id == pack.id) {
                return wrong(&pack.id, "the id is taken");
            }
        }
        let packs = self.packs.iter().map(|pack| (pack.id.as_str(), pack.credits, &pack.name, &pack.price));
        let plan = self.plan.iter().map(|plan| (PLAN, plan.credits, &plan.name, &plan.price));
        for (id, credits, name, price) in packs.chain(plan) {
            if !(1..=MAX_CREDITS).contains(&credits) {
                return wrong(id, "it takes 1 to 1,000,000 credits");
            }
            if name.trim().is_empty() || name.chars().count() > 100 {
                return wrong(id, "a name has 1 to 100 characters");
            }
            if !price.starts_with("price_") || !price.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            {
                return wrong(id, "its price begins with price_: copy it from the dashboard");
            }
        }
        Ok(())
    }

    pub(super) fn secret_key(&self) -> Result<Secret, StripeConfigError> {
        let good = |key: &&Secret| {
            let key = key.expose();
            (key.starts_with("sk_") || key.starts_with("rk_")) && key.bytes().all(|b| b.is_ascii_graphic())
        };
        self.secret_key.as_ref().filter(good).cloned().ok_or(StripeConfigError::SecretKey)
    }

    pub(super) fn api(&self) -> Result<String, StripeConfigError> {
        let url = self.api_url.as_deref().unwrap_or(API);
        let url = url.strip_suffix('/').unwrap_or(url);
        let web = url.starts_with("https://") || url.starts_with("http://");
        if web { Ok(url.to_owned()) } else { Err(StripeConfigError::Url) }
    }
}

/// How many credits, as the ledger counts them.
pub(super) fn credits(count: u32) -> Credits {
    Credits::new(count.min(MAX_CREDITS))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::stripe) fn usual() -> StripeConfig {
        StripeConfig {
            secret_key: Some(Secret::new("sk_test_1")),
            webhook_secrets: vec![Secret::new("whsec_1")],
            packs: vec![PackConfig {
                id: "small".into(),
                name: "20 credits".into(),
                credits: 20,
                price: "price_1".into(),
            }],
            ..StripeConfig::default()
        }
    }

    #[test]
    fn mistakes_are_told_before_anybody_pays() {
        assert_eq!(usual().validate(), Ok(()));
        type Change = fn(&mut StripeConfig);
        let changes: [(&str, Change); 8] = [
            ("secret_key", |c| c.secret_key = None),
            ("secret_key", |c| c.secret_key = Some(Secret::new("pk_test_1"))),
            ("sells nothing", |c| c.packs.clear()),
            ("credits", |c| c.packs[0].credits = 0),
            ("price_", |c| c.packs[0].price = "prod_1".into()),
            ("taken", |c| c.packs.push(c.packs[0].clone())),
            ("taken", |c| c.packs[0].id = PLAN.into()),
            ("api_url", |c| c.api_url = Some("localhost".into())),
        ];
        for (says, change) in changes {
            let mut config = usual();
            change(&mut config);
            let error = config.validate().unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
