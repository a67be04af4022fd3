//! Credits are a ledger: append-only, every entry under a key that can be used once, the balance a sum that never
//! goes below zero.
//!
//! A generation has exactly two entries: `reserve` when it starts, and `settle` or `give back` when it ends, which share
//! a key so that there can't be both. When a payment is taken back and its credits are spent already, what is missing is
//! noted as debt, and every credit that comes in later repays it first. So the order in which payments, refunds and
//! generations arrive does not change where an account stands in the end: balance less debt is the sum of all postings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, GenerationId};
use crate::time::Timestamp;

/// A number of credits, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credits(u32);

impl Credits {
    /// No credits.
    pub const ZERO: Credits = Credits(0);

    /// The most that can be granted or bought up to. It leaves room above it, so that what was held back
    /// always fits when it returns.
    pub const LIMIT: Credits = Credits(1_000_000_000);

    /// Some credits.
    pub const fn new(amount: u32) -> Self {
        Credits(amount)
    }

    /// The plain number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// So many times as much; `None` when that is more than can be counted.
    pub fn times(self, count: u32) -> Option<Credits> {
        self.0.checked_mul(count).map(Credits)
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "credit" } else { "credits" })
    }
}

/// Why an entry was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Given by configuration or by an admin.
    Grant,
    /// Bought.
    Purchase,
    /// Held back when a generation starts.
    Reserve,
    /// A generation ended and is paid for; the entry returns what was reserved too much, often nothing.
    Settle,
    /// A generation ended with nothing to pay for; the entry returns all that was reserved.
    GiveBack,
    /// A purchase was refunded.
    Refund,
    /// A purchase was disputed and taken back by the bank.
    Chargeback,
    /// A dispute was won: what the bank had taken is there again.
    Return,
    /// What a refund or chargeback could not take because it was spent: lent, so that the balance stays at zero.
    Debt,
    /// Debt paid from credits that came in.
    Repayment,
}

/// Where an account stands. Debt is only ever owed by an empty account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// What can be spent.
    pub balance: Credits,
    /// What is owed.
    pub debt: Credits,
}

/// One thing that happens to an account's credits. It becomes one or two entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posting {
    /// Credits given.
    Grant(Credits),
    /// Credits bought.
    Purchase(Credits),
    /// Credits held back for a generation; refused when the balance is less.
    Reserve(Credits),
    /// A generation ended: `charged` of what was `reserved` is kept.
    Settle {
        /// What was held back.
        reserved: Credits,
        /// What is kept, at most as much; more counts as all of it.
        charged: Credits,
    },
    /// A generation ended and costs nothing: what was held back returns.
    GiveBack(Credits),
    /// A purchase was refunded: its credits go, and become debt as far as they were spent.
    Refund(Credits),
    /// A purchase was disputed: as a refund.
    Chargeback(Credits),
    /// A dispute was won: what it took comes back.
    Return(Credits),
}

/// A posting that can't be made. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    /// The account has too little.
    #[error("this needs {needed}, and the balance is {balance}: buy or ask for more")]
    Insufficient {
        /// What was asked for.
        needed: Credits,
        /// What there is.
        balance: Credits,
    },
    /// More credits than an account can hold.
    #[error("an account can't hold more than {}", Credits::LIMIT)]
    TooMany,
}

/// What a posting adds to the ledger: a kind, a change of the balance, and where the account stands after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Why.
    pub kind: EntryKind,
    /// Added to the balance; negative when it is taken.
    pub change: i64,
    /// Where the account stands then.
    pub after: Position,
}

impl Position {
    /// The lines of a posting, in order; the last one's `after` is where the account stands.
    ///
    /// # Errors
    /// [`CreditError::Insufficient`] for a reservation above the balance; [`CreditError::TooMany`] when a grant or purchase
    /// lifts the balance, or a refund the debt, above [`Credits::LIMIT`].
    pub fn post(self, posting: Posting) -> Result<Vec<Line>, CreditError> {
        match posting {
            Posting::Grant(amount) => self.add(EntryKind::Grant, amount),
            Posting::Purchase(amount) => self.add(EntryKind::Purchase, amount),
            Posting::Reserve(amount) => self.reserve(amount),
            Posting::Settle { reserved, charged } => {
                self.receive(EntryKind::Settle, Credits(reserved.0.saturating_sub(charged.0)))
            }
            Posting::GiveBack(amount) => self.receive(EntryKind::GiveBack, amount),
            Posting::Refund(amount) => self.take_back(EntryKind::Refund, amount),
            Posting::Chargeback(amount) => self.take_back(EntryKind::Chargeback, amount),
            Posting::Return(amount) => self.receive(EntryKind::Return, amount),
        }
    }

    /// New credits come in, within the limit.
    fn add(self, kind: EntryKind, amount: Credits) -> Result<Vec<Line>, CreditError> {
        if amount.0 > Credits::LIMIT.0.saturating_sub(self.balance.0) {
            return Err(CreditError::TooMany);
        }
        self.receive(kind, amount)
    }

    /// Credits come in: they repay debt first.
    fn receive(self, kind: EntryKind, amount: Credits) -> Result<Vec<Line>, CreditError> {
        let balance = self.balance.0.checked_add(amount.0).ok_or(CreditError::TooMany)?;
        let received = Position { balance: Credits(balance), debt: self.debt };
        let mut lines = vec![Line { kind, change: i64::from(amount.0), after: received }];
        let repaid = self.debt.0.min(balance);
        if repaid > 0 {
            let after = Position { balance: Credits(balance - repaid), debt: Credits(self.debt.0 - repaid) };
            lines.push(Line { kind: EntryKind::Repayment, change: -i64::from(repaid), after });
        }
        Ok(lines)
    }

    /// Credits are held back, if they are there.
    fn reserve(self, amount: Credits) -> Result<Vec<Line>, CreditError> {
        let left = self.balance.0.checked_sub(amount.0);
        let left = left.ok_or(CreditError::Insufficient { needed: amount, balance: self.balance })?;
        let after = Position { balance: Credits(left), debt: self.debt };
        Ok(vec![Line { kind: EntryKind::Reserve, change: -i64::from(amount.0), after }])
    }

    /// Credits go, whether or not they are there. What is missing is lent first, so that no line ends below zero.
    fn take_back(self, kind: EntryKind, amount: Credits) -> Result<Vec<Line>, CreditError> {
        let missing = amount.0.saturating_sub(self.balance.0);
        let mut lines = Vec::with_capacity(2);
        let mut lent = self;
        if missing > 0 {
            let debt = self.debt.0.saturating_add(missing);
            if debt > Credits::LIMIT.0 {
                return Err(CreditError::TooMany);
            }
            lent = Position { balance: amount, debt: Credits(debt) };
            lines.push(Line { kind: EntryKind::Debt, change: i64::from(missing), after: lent });
        }
        let after = Position { balance: Credits(lent.balance.0 - amount.0), debt: lent.debt };
        lines.push(Line { kind, change: -i64::from(amount.0), after });
        Ok(lines)
    }
}

/// The unique name of an entry: what it was made for. Whoever tries to make it again finds it there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryKey(String);

impl EntryKey {
    /// The reservation of a generation.
    pub fn reserve(generation: GenerationId) -> Self {
        EntryKey(format!("reserve/{generation}"))
    }

    /// The end of a generation, be it settled or given back.
    pub fn end(generation: GenerationId) -> Self {
        EntryKey(format!("end/{generation}"))
    }

    /// A movement of a purchase, by the payment service's own name of the purchase and the movement's number.
    pub fn payment(purchase: &str, number: u32) -> Self {
        EntryKey(format!("payment/{purchase}/{number}"))
    }

    /// A grant, by the key that the granter chose.
    pub fn grant(key: &str) -> Self {
        EntryKey(format!("grant/{key}"))
    }

    /// The key of one line of a posting made under this key. The debt and the repayment stand beside the entry itself.
    pub fn line(&self, kind: EntryKind) -> EntryKey {
        match kind {
            EntryKind::Debt => EntryKey(format!("{}/debt", self.0)),
            EntryKind::Repayment => EntryKey(format!("{}/repayment", self.0)),
            _ => self.clone(),
        }
    }

    /// A key that was stored.
    pub const fn stored(text: String) -> Self {
        EntryKey(text)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One line of an account's ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// Whose ledger.
    pub account: AccountId,
    /// Its place in the account's ledger, from 1 and without gaps.
    pub sequence: u64,
    /// Unique in the installation.
    pub key: EntryKey,
    /// Why.
    pub kind: EntryKind,
    /// Added to the balance; negative when it was taken.
    pub change: i64,
    /// Where the account stood after it.
    pub after: Position,
    /// The generation that it belongs to, if one.
    pub generation: Option<GenerationId>,
    /// A word for people, such as the reason of a grant.
    pub note: String,
    /// When it was made.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn postings() -> impl Strategy<Value = Vec<Posting>> {
        let amount = || (0u32..50).prop_map(Credits);
        let posting = prop_oneof![
            amount().prop_map(Posting::Grant),
            amount().prop_map(Posting::Purchase),
            amount().prop_map(Posting::Reserve),
            (amount(), amount()).prop_map(|(reserved, charged)| Posting::Settle { reserved, charged }),
            amount().prop_map(Posting::GiveBack),
            amount().prop_map(Posting::Refund),
            amount().prop_map(Posting::Chargeback),
            amount().prop_map(Posting::Return),
        ];
        proptest::collection::vec(posting, 0..60)
    }

    /// Posts all that can be posted.
    fn run(postings: &[Posting]) -> (Position, Vec<Line>) {
        let mut position = Position::default();
        let mut lines = Vec::new();
        for posting in postings {
            if let Ok(posted) = position.post(*posting) {
                position = posted.last().map_or(position, |line| line.after);
                lines.extend(posted);
            }
        }
        (position, lines)
    }

    proptest! {
        #[test]
        fn the_balance_is_the_sum_and_debt_is_owed_by_the_empty_alone(postings in postings()) {
            let (position, lines) = run(&postings);
            let mut sum = 0;
            for line in &lines {
                sum += line.change;
                prop_assert_eq!(sum, i64::from(line.after.balance.get()));
            }
            prop_assert_eq!(sum, i64::from(position.balance.get()));
            prop_assert!(position.balance == Credits::ZERO || position.debt == Credits::ZERO);
            let owed: i64 = lines
                .iter()
                .filter(|line| matches!(line.kind, EntryKind::Debt | EntryKind::Repayment))
                .map(|line| line.change)
                .sum();
            prop_assert_eq!(owed, i64::from(position.debt.get()));
        }

        #[test]
        fn the_order_of_payments_and_refunds_does_not_matter(
            postings in postings(), shuffle in any::<proptest::sample::Index>()
        ) {
            // Reservations depend on the balance, so they are left out: all others always post.
            let mut postings = postings;
            postings.retain(|posting| !matches!(posting, Posting::Reserve(_)));
            let (forward, _) = run(&postings);
            if !postings.is_empty() {
                let at = shuffle.index(postings.len());
                postings.rotate_left(at);
            }
            postings.reverse();
            prop_assert_eq!(run(&postings).0, forward);
        }

        #[test]
        fn a_reservation_takes_what_there_is_or_nothing(have in 0u32..100, want in 0u32..100) {
            let position = Position { balance: Credits(have), debt: Credits::ZERO };
            match position.post(Posting::Reserve(Credits(want))) {
                Ok(lines) => prop_assert_eq!(lines[0].after.balance.get() + want, have),
                Err(error) => {
                    prop_assert!(want > have);
                    let (needed, balance) = (Credits(want), Credits(have));
                    prop_assert_eq!(error, CreditError::Insufficient { needed, balance });
                }
            }
        }
    }

    #[test]
    fn a_refund_of_spent_credits_is_owed_and_repaid_by_what_comes_next() {
        let position = Position { balance: Credits(4), debt: Credits::ZERO };
        let lines = position.post(Posting::Refund(Credits(10))).unwrap();
        let kinds: Vec<_> = lines.iter().map(|line| (line.kind, line.change)).collect();
        assert_eq!(kinds, [(EntryKind::Debt, 6), (EntryKind::Refund, -10)]);
        assert_eq!(lines[1].after, Position { balance: Credits::ZERO, debt: Credits(6) });
        let lines = lines[1].after.post(Posting::Grant(Credits(8))).unwrap();
        assert_eq!(lines[1].after, Position { balance: Credits(2), debt: Credits::ZERO });
    }

    #[test]
    fn what_can_not_be_counted_is_refused() {
        let full = Position { balance: Credits::LIMIT, debt: Credits::ZERO };
        assert_eq!(full.post(Posting::Grant(Credits(1))), Err(CreditError::TooMany));
        assert!(full.post(Posting::GiveBack(Credits(1))).is_ok());
        let owing = Position { balance: Credits::ZERO, debt: Credits::LIMIT };
        assert_eq!(owing.post(Posting::Refund(Credits(1))), Err(CreditError::TooMany));
    }
}
