//! Payments: what can be bought, and who takes the money. Asked in words that an installation which gives its credits away and one
//! that sells them both understand.
//!
//! Money is only believed to have come when the payment service says so by itself, in a message that it signed. What it answers when
//! it is asked is shown and compared; what a browser brings back from it is never more than a hint.

use std::error::Error;

use super::BoxFuture;
use super::database::PaymentNews;
use crate::account::Email;
use crate::alias::Alias;
use crate::consent::SubprocessorId;
use crate::credit::Credits;
use crate::ids::AccountId;
use crate::payment::Money;
use crate::purchase::Purchase;
use crate::time::Timestamp;

/// Something that can be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Names it, in addresses and configuration.
    pub id: String,
    /// What people read.
    pub name: String,
    /// How many credits.
    pub credits: Credits,
    /// For how much.
    pub price: Money,
    /// Whether it is paid every month, and the credits come every month, until it is cancelled.
    pub monthly: bool,
}

/// A person's wish to buy.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// Names the wish: the same one leads to the same page, however often it is asked for.
    pub key: &'a str,
    /// Who buys.
    pub account: AccountId,
    /// Their address, for the receipt.
    pub email: &'a Email,
    /// What the payment service calls them, if it knows them.
    pub customer: Option<&'a Alias>,
    /// What.
    pub offer: &'a str,
    /// Where the browser comes back to when it was paid; `{visit}` in it becomes what the payment service calls the visit.
    pub paid_url: &'a str,
    /// Where it comes back to when it was not.
    pub cancelled_url: &'a str,
}

/// Where a browser is sent to pay.
#[derive(Clone, PartialEq, Eq)]
pub struct Till {
    /// The address. Whoever has it can pay there, so it is not logged.
    pub url: String,
    /// What the payment service calls the visit; the browser brings it back.
    pub visit: String,
    /// What the payment service calls the person.
    pub customer: Alias,
}

/// Whether a payment service can be used just now, and why not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// Nothing of this name is sold here.
    #[error("nothing of this name is sold here")]
    NotSold,
    /// The signature is not good, or the message can't be read. Nothing of it was believed.
    #[error("this message was not signed by the payment service")]
    Invalid,
    /// There is no such thing at the payment service.
    #[error("the payment service knows no such thing")]
    Unknown,
    /// It does not answer, or can't do it at this moment.
    #[error("the payment service does not answer: try again in a minute")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It refuses what we ask for: key, price or account are set up wrongly. The operator's turn.
    #[error(
        "the payment service refuses what it is asked for: look at its keys and prices in the configuration"
    )]
    Refused(#[source] Box<dyn Error + Send + Sync>),
}

/// Who takes the money.
pub trait Payments: Send + Sync {
    /// What it is called in the policy and in aliases; `None` when nobody takes any.
    fn service(&self) -> Option<&SubprocessorId>;

    /// What can be bought at `now`, in the order in which it is shown.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`.
    fn offers(&self, now: Timestamp) -> BoxFuture<'_, Result<Vec<Offer>, PaymentError>>;

    /// Opens a page to pay on.
    ///
    /// # Errors
    /// `NotSold`, `Unavailable`, `Refused`.
    fn till<'a>(&'a self, order: Order<'a>) -> BoxFuture<'a, Result<Till, PaymentError>>;

    /// Opens a page where a person sees to their cards, receipts and subscription; the browser comes back to `return_url`.
    ///
    /// # Errors
    /// `Unknown`, `Unavailable`, `Refused`.
    fn portal<'a>(
        &'a self,
        customer: &'a Alias,
        return_url: &'a str,
    ) -> BoxFuture<'a, Result<String, PaymentError>>;

    /// Where the receipt of a purchase can be read.
    ///
    /// # Errors
    /// `Unknown`, `Unavailable`, `Refused`.
    fn receipt<'a>(&'a self, purchase: &'a str) -> BoxFuture<'a, Result<String, PaymentError>>;

    /// Verifies and reads a message that came in by itself: its headers (names in lower case) and raw body. Answers the
    /// message's own id and what it tells; it may have to ask back for what the message only refers to.
    ///
    /// # Errors
    /// `Invalid`; `Unavailable` when it could not ask back: the message has to be sent again.
    fn read_event<'a>(
        &'a self,
        headers: &'a [(&'a str, &'a str)],
        body: &'a [u8],
        now: Timestamp,
    ) -> BoxFuture<'a, Result<(String, Vec<PaymentNews>), PaymentError>>;

    /// What came of a visit, by asking.
    ///
    /// # Errors
    /// `Unknown`, `Unavailable`, `Refused`.
    fn visit<'a>(&'a self, visit: &'a str) -> BoxFuture<'a, Result<Vec<PaymentNews>, PaymentError>>;

    /// Everything that was bought from `from` until just before `until`, as the payment service has it now.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`.
    fn list(&self, from: Timestamp, until: Timestamp) -> BoxFuture<'_, Result<Vec<Purchase>, PaymentError>>;

    /// Deletes a customer with their cards and subscriptions. One who is gone already counts as deleted.
    ///
    /// # Errors
    /// `Unavailable`: to be tried again until it succeeds. `Refused`.
    fn forget<'a>(&'a self, customer: &'a Alias) -> BoxFuture<'a, Result<(), PaymentError>>;
}
