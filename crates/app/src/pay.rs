//! Pay: what is sold, the way to the till, and what was bought. Credits never come by what a browser says, only by what the payment
//! service says itself.

use domain::api_key::Scope;
use domain::credit::Credits;
use domain::once::OnceKey;
use domain::ports::database::{Conflict, DatabaseError, Heard, Noun, PaymentMessage, PaymentNews};
use domain::ports::payments::{Offer, Order, PaymentError, Till};
use domain::purchase::{Fact, Payment, Purchase};
use domain::subscription::{Subscription, SubscriptionState};

use crate::generate::check_key;
use crate::{App, AppError, Caller};

/// A wish to buy.
#[derive(Clone, Debug)]
pub struct BuyRequest {
    /// Which offer.
    pub offer: String,
    /// The wish's own key: the same one leads to the same till.
    pub key: String,
    /// Where the browser comes back to when it was paid; `{visit}` in it becomes the visit's name.
    pub paid_url: String,
    /// Where it comes back to when it was not.
    pub cancelled_url: String,
}

/// What came of a visit to the till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Nobody has paid yet.
    Open,
    /// The bank has not said yes yet.
    Pending,
    /// The bank said no.
    Failed,
    /// It is paid, and the payment service's message has not come yet.
    Paid,
    /// The message has come: so many credits are here.
    Booked(Credits),
}

impl App {
    /// What can be bought; nothing where credits are free.
    ///
    /// # Errors
    /// `Unavailable`, `PaymentsRefused`.
    pub async fn offers(&self) -> Result<Vec<Offer>, AppError> {
        Ok(self.ports.payments.offers(self.now()).await?)
    }

    /// Whether anything is sold here.
    pub fn sells(&self) -> bool {
        self.ports.payments.service().is_some()
    }

    /// Opens a till for the caller.
    ///
    /// # Errors
    /// `SessionNeeded`, `Invalid(idempotency_key)`, `NotOffered`, `AlreadySubscribed`, `Unavailable`, `PaymentsRefused`.
    pub async fn buy(&self, caller: &Caller, request: BuyRequest) -> Result<Till, AppError> {
        caller.session()?;
        check_key(&request.key)?;
        let service = self.ports.payments.service().ok_or(AppError::NotOffered)?;
        let offers = self.offers().await?;
        let offer = offers.iter().find(|offer| offer.id == request.offer).ok_or(AppError::NotOffered)?;
        if offer.monthly
            && self.subscription(caller).await?.is_some_and(|now| now.state != SubscriptionState::Incomplete)
        {
            return Err(AppError::AlreadySubscribed);
        }
        let customer = self.database().alias(caller.id(), service.clone()).await?;
        let order = Order {
            key: &request.key,
            account: caller.id(),
            email: &caller.account.email,
            customer: customer.as_ref(),
            offer: &offer.id,
            paid_url: &request.paid_url,
            cancelled_url: &request.cancelled_url,
        };
        let till = self.ports.payments.till(order).await?;
        if customer.as_ref() != Some(&till.customer) {
            self.database().set_alias(caller.id(), till.customer.clone(), self.now()).await?;
        }
        Ok(till)
    }

    /// A new key for a wish to buy.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn new_order_key(&self) -> Result<String, AppError> {
        // An id like any other: nobody has to guess it, only not to have it twice.
        Ok(self.new_id(domain::ids::LeaseId::new)?.to_string())
    }

    /// Opens the page where the caller sees to cards, receipts and subscription.
    ///
    /// # Errors
    /// `SessionNeeded`, `NotOffered` when they never bought anything, `Unavailable`, `PaymentsRefused`.
    pub async fn portal(&self, caller: &Caller, return_url: &str) -> Result<String, AppError> {
        caller.session()?;
        let service = self.ports.payments.service().ok_or(AppError::NotOffered)?;
        let customer =
            self.database().alias(caller.id(), service.clone()).await?.ok_or(AppError::NotOffered)?;
        Ok(self.ports.payments.portal(&customer, return_url).await?)
    }

    /// What the caller has bought, newest first.
    ///
    /// # Errors
    /// `ScopeMissing(account:read)`.
    pub async fn purchases(&self, caller: &Caller) -> Result<Vec<Purchase>, AppError> {
        Ok(self.database().purchases(caller.allow(Scope::AccountRead)?).await?)
    }

    /// The caller's subscription, unless it is over.
    ///
    /// # Errors
    /// `ScopeMissing(account:read)`.
    pub async fn subscription(&self, caller: &Caller) -> Result<Option<Subscription>, AppError> {
        let known = self.database().subscriptions(caller.allow(Scope::AccountRead)?).await?;
        Ok(known.into_iter().find(|subscription| subscription.state != SubscriptionState::Ended))
    }

    /// Where the receipt of one of the caller's purchases can be read.
    ///
    /// # Errors
    /// `SessionNeeded`, `NotFound(Purchase)`, `Unavailable`, `PaymentsRefused`.
    pub async fn receipt_of_purchase(&self, caller: &Caller, purchase: &str) -> Result<String, AppError> {
        caller.session()?;
        let known = self.database().purchase(purchase.to_owned()).await?;
        if known.is_none_or(|known| known.account != Some(caller.id())) {
            return Err(AppError::NotFound(Noun::Purchase));
        }
        Ok(self.ports.payments.receipt(purchase).await?)
    }

    /// Asks what came of a visit to the till. It books nothing: credits come by the payment service's own message alone.
    ///
    /// # Errors
    /// `SessionNeeded`, `NotFound(Purchase)` for a visit of somebody else, `Unavailable`, `PaymentsRefused`.
    pub async fn visit(&self, caller: &Caller, visit: &str) -> Result<Visit, AppError> {
        caller.session()?;
        let news = self.ports.payments.visit(visit).await?;
        let theirs = |news: &PaymentNews| match news {
            PaymentNews::Purchase(news) => news.terms.is_some_and(|(account, _)| account == caller.id()),
            PaymentNews::Subscription(news) => news.account == caller.id(),
            PaymentNews::Customer(account, _) => *account == caller.id(),
            PaymentNews::CustomerGone(_) => false,
        };
        if news.is_empty() || !news.iter().all(theirs) {
            return Err(AppError::NotFound(Noun::Purchase));
        }
        let purchases = news.into_iter().filter_map(|news| match news {
            PaymentNews::Purchase(news) => Some(news),
            _ => None,
        });
        let mut state = Visit::Open;
        for told in purchases {
            let known = self.database().purchase(told.purchase).await?;
            let booked =
                known.filter(|known| known.payment == Payment::Paid && known.account == Some(caller.id()));
            state = match (booked, told.fact) {
                (Some(booked), _) => Visit::Booked(booked.kept()),
                (None, Fact::Payment(Payment::Pending)) => Visit::Pending,
                (None, Fact::Payment(Payment::Failed)) => Visit::Failed,
                (None, _) => Visit::Paid,
            };
        }
        Ok(state)
    }

    /// Hears a message of the payment service. It may come twice, late and in any order: the books end the same.
    ///
    /// # Errors
    /// `Unsigned`; others mean that the message is to come again.
    pub async fn hear_payment(&self, headers: &[(&str, &str)], body: &[u8]) -> Result<(), AppError> {
        let (id, news) = self.ports.payments.read_event(headers, body, self.now()).await?;
        self.have_booked(OnceKey::new("payment message", &id), news).await.map(drop)
    }

    async fn have_booked(&self, id: OnceKey, news: Vec<PaymentNews>) -> Result<Heard, AppError> {
        let heard =
            self.database().apply_payment(PaymentMessage { id: Some(id), news, now: self.now() }).await;
        let heard = heard.inspect_err(|error| {
            if *error == DatabaseError::Conflict(Conflict::PaymentContradiction) {
                tracing::error!(%error, "a payment message was not booked: compare by `covershots payments reconcile`");
            }
        })?;
        for purchase in &heard.unclaimed {
            tracing::error!(purchase, "money moved for an account that is not there: pay it back");
        }
        Ok(heard)
    }
}

impl From<PaymentError> for AppError {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::NotSold => AppError::NotOffered,
            PaymentError::Invalid => AppError::Unsigned,
            PaymentError::Unknown => AppError::NotFound(Noun::Purchase),
            PaymentError::Refused(_) => AppError::PaymentsRefused(Box::new(error)),
            error => AppError::Unavailable(Box::new(error)),
        }
    }
}
