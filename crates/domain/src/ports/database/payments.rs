//! Payments: what the payment service tells, and the books of money.

use serde::Serialize;

use super::Answer;
use crate::alias::Alias;
use crate::credit::Credits;
use crate::ids::AccountId;
use crate::once::OnceKey;
use crate::payment::{Currency, Money, PaymentKind};
use crate::purchase::{Purchase, PurchaseNews};
use crate::subscription::Subscription;
use crate::time::Timestamp;

/// A message of the payment service, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentMessage {
    /// The message's own id, by which a repetition is known; `None` for an answer to a question of ours.
    pub id: Option<OnceKey>,
    /// What it tells.
    pub news: Vec<PaymentNews>,
    /// When.
    pub now: Timestamp,
}

/// One thing that the payment service tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentNews {
    /// Of a purchase.
    Purchase(PurchaseNews),
    /// Of a subscription.
    Subscription(Subscription),
    /// What it calls an account.
    Customer(AccountId, Alias),
    /// It has forgotten a customer.
    CustomerGone(Alias),
}

/// What came of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Whether it had been heard before: then nothing else was looked at.
    pub already: bool,
    /// The accounts whose credits moved.
    pub moved: Vec<AccountId>,
    /// The purchases it tells of for accounts that are not there: somebody paid for nothing.
    pub unclaimed: Vec<String>,
}

/// A movement of money in the books. It outlives its account, without a word of whose it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentRecord {
    /// The purchase that it belongs to.
    pub purchase: String,
    /// Its number among the purchase's movements, from 1.
    pub number: u32,
    /// Whose it was; `None` after the account was erased.
    pub account: Option<AccountId>,
    /// Which way the money went.
    pub kind: PaymentKind,
    /// How many credits came or went.
    pub credits: Credits,
    /// How much money.
    pub money: Money,
    /// When it happened, by the payment service's word.
    pub at: Timestamp,
}

/// The movements of one kind and currency in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MoneySummary {
    /// Of which currency.
    pub currency: Currency,
    /// Which way.
    pub kind: PaymentKind,
    /// How many movements.
    pub count: u64,
    /// Money in all, in the currency's smallest unit.
    pub minor: u64,
    /// Credits in all.
    pub credits: u64,
}

/// The verbs of purchases and payments.
pub trait Purchases: Send + Sync {
    /// Hears a message: notes its id, learns what it tells, and books the movements that follow ([`Purchase::hear`]), each as a
    /// posting of the ledger under [`EntryKey::payment`](crate::credit::EntryKey::payment), all in one transaction. Whatever the
    /// order and number of messages, the books end the same.
    ///
    /// Purchases, subscriptions and customers of accounts that are not there touch no ledger; such purchases are kept, as the
    /// money is.
    ///
    /// # Errors
    /// `Conflict(PaymentContradiction)` when a purchase is told of otherwise than before, `Credit(TooMany)`.
    fn apply_payment(&self, message: PaymentMessage) -> Answer<'_, Heard>;

    /// A purchase by its key.
    fn purchase(&self, purchase: String) -> Answer<'_, Option<Purchase>>;

    /// The purchases of an account, newest first.
    fn purchases(&self, account: AccountId) -> Answer<'_, Vec<Purchase>>;

    /// The purchases from `from` until just before `until`, oldest first, to compare with the payment service's own list.
    fn list_purchases(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<Purchase>>;

    /// The movements of money from `from` until just before `until`, oldest first.
    fn list_payments(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<PaymentRecord>>;

    /// The same, summed up by currency and kind, in their order.
    fn money_summary(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<MoneySummary>>;

    /// The subscriptions of an account, the one told of last first.
    fn subscriptions(&self, account: AccountId) -> Answer<'_, Vec<Subscription>>;
}
