//! The ledger, purchases, subscriptions and payments.

use domain::credit::{Credits, EntryKey, EntryKind, LedgerEntry, Position};
use domain::ids::{AccountId, GenerationId};
use domain::payment::{Currency, Money, PaymentKind};
use domain::ports::database::{DatabaseError, PaymentRecord};
use domain::purchase::{Payment, Purchase, Terms};
use domain::subscription::{Subscription, SubscriptionState};
use domain::time::Timestamp;
use serde::Deserialize;

use super::{Row, corrupt};

#[derive(Clone, Copy, Deserialize)]
pub(in crate::convex) struct PositionRow {
    balance: Credits,
    debt: Credits,
}

impl Row for PositionRow {
    type Value = Position;

    fn value(self) -> Result<Position, DatabaseError> {
        Ok(Position { balance: self.balance, debt: self.debt })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct EntryRow {
    account: AccountId,
    sequence: u64,
    key: EntryKey,
    kind: EntryKind,
    change: i64,
    #[serde(flatten)]
    after: PositionRow,
    generation: Option<GenerationId>,
    note: String,
    at: Timestamp,
}

impl Row for EntryRow {
    type Value = LedgerEntry;

    fn value(self) -> Result<LedgerEntry, DatabaseError> {
        let EntryRow { account, sequence, key, kind, change, after, generation, note, at } = self;
        Ok(LedgerEntry { account, sequence, key, kind, change, after: after.value()?, generation, note, at })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct PurchaseRow {
    key: String,
    account: Option<AccountId>,
    credits: Option<Credits>,
    minor: Option<u64>,
    currency: Option<Currency>,
    payment: Payment,
    refunded: u64,
    disputes: String,
    pub(in crate::convex) movements: u32,
    at: Timestamp,
    pub(in crate::convex) version: u32,
}

impl Row for PurchaseRow {
    type Value = Purchase;

    fn value(self) -> Result<Purchase, DatabaseError> {
        let disputes = serde_json::from_str(&self.disputes).map_err(|_| corrupt("disputes"))?;
        let PurchaseRow { key, account, credits, minor, currency, payment, refunded, at, .. } = self;
        let terms = match (credits, minor, currency) {
            (Some(credits), Some(minor), Some(currency)) => {
                Some(Terms { credits, money: Money { minor, currency } })
            }
            _ => None,
        };
        Ok(Purchase { key, account, terms, payment, refunded, disputes, at })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct SubscriptionRow {
    account: AccountId,
    id: String,
    state: SubscriptionState,
    paid_until: Timestamp,
    ends: bool,
    as_of: Timestamp,
}

impl Row for SubscriptionRow {
    type Value = Subscription;

    fn value(self) -> Result<Subscription, DatabaseError> {
        let SubscriptionRow { account, id, state, paid_until, ends, as_of } = self;
        Ok(Subscription { id, account, state, paid_until, ends, as_of })
    }
}

#[derive(Deserialize)]
pub(in crate::convex) struct PaymentRow {
    purchase: String,
    number: u32,
    account: Option<AccountId>,
    kind: PaymentKind,
    credits: Credits,
    minor: u64,
    currency: Currency,
    at: Timestamp,
}

impl Row for PaymentRow {
    type Value = PaymentRecord;

    fn value(self) -> Result<PaymentRecord, DatabaseError> {
        let PaymentRow { purchase, number, account, kind, credits, minor, currency, at } = self;
        Ok(PaymentRecord { purchase, number, account, kind, credits, money: Money { minor, currency }, at })
    }
}

/// The movements of money of one day, currency and kind, or one movement.
#[derive(Deserialize)]
pub(in crate::convex) struct MoneyDay {
    pub(in crate::convex) currency: Currency,
    pub(in crate::convex) kind: PaymentKind,
    pub(in crate::convex) count: u64,
    pub(in crate::convex) minor: u64,
    pub(in crate::convex) credits: u64,
}

impl TryFrom<PaymentRow> for MoneyDay {
    type Error = DatabaseError;

    fn try_from(row: PaymentRow) -> Result<Self, DatabaseError> {
        let PaymentRow { kind, credits, minor, currency, .. } = row;
        Ok(MoneyDay { currency, kind, count: 1, minor, credits: u64::from(credits.get()) })
    }
}
