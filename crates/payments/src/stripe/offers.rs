//! What is sold: configuration says how many credits, Stripe for how much. Prices are asked for now and then, not for every page.

use std::time::Duration;

use domain::payment::Money;
use domain::ports::payments::{Offer, PaymentError};
use domain::time::Timestamp;
use tokio::sync::Mutex;

use super::client::{Api, id};
use super::config::{PLAN, StripeConfig, credits};
use super::form::Form;
use super::objects::Price;

/// How long a price is believed.
const FRESH_FOR: Duration = Duration::from_secs(600);

/// Something that is sold.
pub(super) struct Item {
    pub(super) id: String,
    pub(super) price: String,
    pub(super) credits: u32,
    pub(super) monthly: bool,
    name: String,
}

/// Everything that is sold, and for how much when it was last asked.
pub(super) struct Shelf {
    items: Vec<Item>,
    asked: Mutex<Option<(Timestamp, Vec<Offer>)>>,
}

impl Shelf {
    pub(super) fn new(config: &StripeConfig) -> Self {
        let packs = config.packs.iter().map(|pack| Item {
            id: pack.id.clone(),
            price: pack.price.clone(),
            credits: pack.credits,
            monthly: false,
            name: pack.name.clone(),
        });
        let plan = config.plan.iter().map(|plan| Item {
            id: PLAN.to_owned(),
            price: plan.price.clone(),
            credits: plan.credits,
            monthly: true,
            name: plan.name.clone(),
        });
        Shelf { items: packs.chain(plan).collect(), asked: Mutex::default() }
    }

    /// An item by its id.
    pub(super) fn find(&self, id: &str) -> Result<&Item, PaymentError> {
        self.items.iter().find(|item| item.id == id).ok_or(PaymentError::NotSold)
    }

    /// The offers with their prices. One whose price can't be used is left out, and the operator told; when Stripe does not
    /// answer, what it said before still counts.
    pub(super) async fn offers(&self, api: &Api, now: Timestamp) -> Result<Vec<Offer>, PaymentError> {
        let mut asked = self.asked.lock().await;
        if let Some((at, offers)) = &*asked
            && now.since(*at) < FRESH_FOR
        {
            return Ok(offers.clone());
        }
        match self.ask(api).await {
            Ok(offers) => {
                *asked = Some((now, offers.clone()));
                Ok(offers)
            }
            Err(error) => asked.as_ref().map(|(_, offers)| offers.clone()).ok_or(error),
        }
    }

    async fn ask(&self, api: &Api) -> Result<Vec<Offer>, PaymentError> {
        let mut offers = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let price = match api.get(&format!("/prices/{}", id(&item.price)?), &Form::new()).await {
                Ok(price) => usable(item, &price),
                Err(PaymentError::Unknown) => None,
                Err(error) => return Err(error),
            };
            match price {
                Some(price) => offers.push(Offer {
                    id: item.id.clone(),
                    name: item.name.clone(),
                    credits: credits(item.credits),
                    price,
                    monthly: item.monthly,
                }),
                None => tracing::error!(
                    offer = item.id,
                    price = item.price,
                    "this price can't be sold by: it has to be active, of one amount, and monthly for the plan alone"
                ),
            }
        }
        Ok(offers)
    }
}

/// A price by which an item can be sold.
fn usable(item: &Item, price: &Price) -> Option<Money> {
    let monthly =
        price.recurring.as_ref().map(|every| every.interval == "month" && every.interval_count == 1);
    let right = price.active && monthly.unwrap_or(!item.monthly) && monthly.is_some() == item.monthly;
    let currency = price.currency.parse().ok()?;
    price.unit_amount.filter(|_| right).map(|minor| Money { minor, currency })
}
