//! A purchase, as far as the payment service has told of it: in any order, any number of times, with gaps.
//!
//! So it is not a list of steps but a state that only ever learns: what is known of it is the same whatever order the news came
//! in, and what the ledger owes it follows from what is known. Each time something is learned, the difference between what the
//! ledger should say and what it says is booked as [`Movement`]s. Hearing something again makes no difference, and so no movement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::credit::{Credits, Posting};
use crate::ids::AccountId;
use crate::payment::{Currency, Money, PaymentKind};
use crate::time::Timestamp;

/// How far the paying itself got. A later one is never followed by an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// The bank has not said yes yet.
    #[default]
    Pending,
    /// The bank said no.
    Failed,
    /// The money came.
    Paid,
}

/// How far a dispute got. A later one is never followed by an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// The bank has taken the money and asks.
    Open,
    /// The money stays with the person.
    Lost,
    /// The money came back.
    Won,
}

/// A dispute about a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// How far it got.
    pub state: DisputeState,
    /// About how much, in the currency's smallest unit.
    pub minor: u64,
}

/// What was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// So many credits …
    pub credits: Credits,
    /// … for so much money.
    pub money: Money,
}

/// One thing that the payment service says of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// How far the paying got.
    Payment(Payment),
    /// So much was paid back in all until now, in the currency's smallest unit. It was paid before.
    Refunded(u64),
    /// How far one of its disputes got. It was paid before.
    Dispute(String, Dispute),
}

/// What the payment service says of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseNews {
    /// What the payment service calls the purchase; always the same.
    pub purchase: String,
    /// Whose it is and what was agreed on, where the message says so.
    pub terms: Option<(AccountId, Terms)>,
    /// What it says.
    pub fact: Fact,
    /// When that happened, by the service's word.
    pub at: Timestamp,
}

/// A purchase, as far as it is known. It outlives its account, without a word of whose it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Purchase {
    /// What the payment service calls it.
    pub key: String,
    /// Whose it is; `None` while nobody has said so, and after the account was erased.
    pub account: Option<AccountId>,
    /// What was agreed on; `None` while nobody has said so. Nothing is booked before.
    pub terms: Option<Terms>,
    /// How far the paying got.
    pub payment: Payment,
    /// How much was paid back in all, in the currency's smallest unit.
    pub refunded: u64,
    /// Its disputes, by what the payment service calls them.
    pub disputes: BTreeMap<String, Dispute>,
    /// The earliest moment that anything was said to have happened at.
    pub at: Timestamp,
}

/// Where a purchase stands in the books: what came, what was paid back and what the bank took back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Standing {
    bought: (u32, u64),
    refunded: (u32, u64),
    charged_back: (u32, u64),
}

/// One movement of money and the credits that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Which way.
    pub kind: PaymentKind,
    /// How many credits come or go; none when nothing is left to be taken.
    pub credits: Credits,
    /// How much money.
    pub money: Money,
}

impl Movement {
    /// What it does to the ledger; `None` when no credits move.
    pub fn posting(&self) -> Option<Posting> {
        (self.credits != Credits::ZERO).then_some(match self.kind {
            PaymentKind::Purchase => Posting::Purchase(self.credits),
            PaymentKind::Refund => Posting::Refund(self.credits),
            PaymentKind::Chargeback => Posting::Chargeback(self.credits),
            PaymentKind::Return => Posting::Return(self.credits),
        })
    }
}

/// The message contradicts what is known: another account, price or number of credits. The operator's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payment service says something else of this purchase than before")]
pub struct Contradiction;

impl Purchase {
    /// A purchase of which nothing is known but that there is one.
    pub fn unheard(key: String, at: Timestamp) -> Self {
        let disputes = BTreeMap::new();
        Purchase { key, account: None, terms: None, payment: Payment::Pending, refunded: 0, disputes, at }
    }

    /// Learns something, and says which movements follow. Of an account that is gone, `terms` have to be told without it:
    /// pass `None` for the account then.
    ///
    /// # Errors
    /// [`Contradiction`]; nothing was learned then.
    pub fn hear(
        &mut self,
        account: Option<AccountId>,
        terms: Option<Terms>,
        fact: &Fact,
        at: Timestamp,
    ) -> Result<Vec<Movement>, Contradiction> {
        let before = self.standing();
        match (self.terms, terms) {
            (Some(known), Some(said)) if known != said => return Err(Contradiction),
            (None, Some(said)) => (self.terms, self.account) = (Some(said), account),
            // The account of an erased purchase stays forgotten.
            (Some(_), Some(_)) if self.account.is_some() && account.is_some() && self.account != account => {
                return Err(Contradiction);
            }
            _ => {}
        }
        self.at = self.at.min(at);
        match fact {
            Fact::Payment(payment) => self.payment = self.payment.max(*payment),
            Fact::Refunded(minor) => {
                self.payment = Payment::Paid;
                self.refunded = self.refunded.max(*minor);
            }
            Fact::Dispute(id, dispute) => {
                self.payment = Payment::Paid;
                let known = self.disputes.entry(id.clone()).or_insert(*dispute);
                known.state = known.state.max(dispute.state);
                known.minor = known.minor.max(dispute.minor);
            }
        }
        Ok(self.movements(before))
    }

    /// How much the bank holds or kept, in the currency's smallest unit.
    pub fn charged_back(&self) -> u64 {
        let standing = self.disputes.values().filter(|dispute| dispute.state != DisputeState::Won);
        standing.fold(0, |sum: u64, dispute| sum.saturating_add(dispute.minor))
    }

    /// What follows from all that is known. Never more is taken back than was bought; a part counts in proportion, and what
    /// does not make a whole credit stays with the person.
    fn standing(&self) -> Standing {
        let Some(Terms { credits, money }) = self.terms else { return Standing::default() };
        if self.payment != Payment::Paid {
            return Standing::default();
        }
        let (bought, price) = (credits.get(), money.minor);
        let share = |minor: u64| match price {
            0 => 0,
            _ if minor >= price => bought,
            _ => u32::try_from(u128::from(bought) * u128::from(minor) / u128::from(price)).unwrap_or(bought),
        };
        let (refunded, charged_back) = (share(self.refunded), share(self.charged_back()));
        Standing {
            bought: (bought, price),
            refunded: (refunded, self.refunded),
            charged_back: (charged_back.min(bought - refunded), self.charged_back()),
        }
    }

    fn movements(&self, before: Standing) -> Vec<Movement> {
        let after = self.standing();
        let Some(currency) = self.terms.map(|terms| terms.money.currency) else { return Vec::new() };
        let more = |kind, from: (u32, u64), to: (u32, u64)| {
            let (credits, minor) = (to.0.saturating_sub(from.0), to.1.saturating_sub(from.1));
            let moved = credits > 0 || minor > 0;
            moved.then_some(Movement {
                kind,
                credits: Credits::new(credits),
                money: Money { minor, currency },
            })
        };
        // What was bought for nothing moves too: its credits do. What comes stands before what goes.
        [
            more(PaymentKind::Purchase, before.bought, after.bought),
            more(PaymentKind::Return, after.charged_back, before.charged_back),
            more(PaymentKind::Refund, before.refunded, after.refunded),
            more(PaymentKind::Chargeback, before.charged_back, after.charged_back),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The credits of it that the person has or has had the use of: bought, less what was taken back.
    pub fn kept(&self) -> Credits {
        let Standing { bought, refunded, charged_back } = self.standing();
        Credits::new(bought.0 - refunded.0 - charged_back.0)
    }

    /// Its currency, once that is known.
    pub fn currency(&self) -> Option<Currency> {
        self.terms.map(|terms| terms.money.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(credits: u32, minor: u64) -> Terms {
        Terms { credits: Credits::new(credits), money: Money { minor, currency: "EUR".parse().unwrap() } }
    }

    fn ann() -> AccountId {
        AccountId::new(Timestamp::EPOCH, [1; 10])
    }

    /// All that is said of a purchase of 10 credits for 7.00, each with or without its terms.
    fn story() -> Vec<(bool, Fact)> {
        let dispute = |id: &str, state, minor| Fact::Dispute(id.into(), Dispute { state, minor });
        vec![
            (true, Fact::Payment(Payment::Pending)),
            (true, Fact::Payment(Payment::Paid)),
            (true, Fact::Refunded(100)),
            (true, Fact::Refunded(233)),
            (false, dispute("a", DisputeState::Open, 467)),
            (false, dispute("a", DisputeState::Won, 467)),
            (false, dispute("b", DisputeState::Open, 700)),
            (false, dispute("b", DisputeState::Lost, 700)),
        ]
    }

    fn sum(movements: &[Movement]) -> i64 {
        let signed = |movement: &Movement| {
            let credits = i64::from(movement.credits.get());
            match movement.kind {
                PaymentKind::Purchase | PaymentKind::Return => credits,
                PaymentKind::Refund | PaymentKind::Chargeback => -credits,
            }
        };
        movements.iter().map(signed).sum()
    }

    proptest! {
        /// Any part of the story, in any order, with repetitions: what is known and what is booked are those of the plain
        /// telling.
        #[test]
        fn the_order_and_the_number_of_tellings_do_not_matter(
            order in proptest::collection::vec(0usize..8, 1..30)
        ) {
            let story = story();
            let tell = |order: &[usize]| {
                let mut purchase = Purchase::unheard("p".into(), Timestamp::MAX);
                let mut booked = Vec::new();
                for &n in order {
                    let (with_terms, fact) = &story[n];
                    let (account, terms) = with_terms.then(|| (ann(), terms(10, 700))).unzip();
                    booked.extend(purchase.hear(account, terms, fact, Timestamp::from_millis(n as u64)).unwrap());
                }
                (purchase, sum(&booked))
            };
            let mut plain = order.clone();
            plain.sort_unstable();
            plain.dedup();
            let (told, booked) = tell(&order);
            let (plainly, plainly_booked) = tell(&plain);
            prop_assert_eq!(&told, &plainly);
            prop_assert_eq!(booked, plainly_booked);
            prop_assert_eq!(booked, i64::from(told.kept().get()));
        }
    }

    #[test]
    fn never_more_goes_back_than_came() {
        let mut purchase = Purchase::unheard("p".into(), Timestamp::EPOCH);
        let mut hear =
            |fact| purchase.hear(Some(ann()), Some(terms(10, 700)), &fact, Timestamp::EPOCH).unwrap();
        assert_eq!(sum(&hear(Fact::Payment(Payment::Paid))), 10);
        assert_eq!(sum(&hear(Fact::Refunded(350))), -5);
        let dispute = |state| Fact::Dispute("d".into(), Dispute { state, minor: 700 });
        assert_eq!(sum(&hear(dispute(DisputeState::Open))), -5);
        assert_eq!(sum(&hear(Fact::Refunded(700))), 0, "the bank holds the rest already");
        assert_eq!(sum(&hear(dispute(DisputeState::Won))), 0, "and what it gives back was paid back");
    }

    #[test]
    fn nothing_is_booked_before_money_came() {
        let mut purchase = Purchase::unheard("p".into(), Timestamp::EPOCH);
        for payment in [Payment::Pending, Payment::Failed, Payment::Pending] {
            let fact = Fact::Payment(payment);
            assert_eq!(purchase.hear(Some(ann()), Some(terms(10, 700)), &fact, Timestamp::EPOCH), Ok(vec![]));
        }
        assert_eq!(purchase.payment, Payment::Failed);
    }

    #[test]
    fn what_contradicts_is_not_believed() {
        let mut purchase = Purchase::unheard("p".into(), Timestamp::EPOCH);
        let paid = Fact::Payment(Payment::Paid);
        purchase.hear(Some(ann()), Some(terms(10, 700)), &paid, Timestamp::EPOCH).unwrap();
        let before = purchase.clone();
        let ben = AccountId::new(Timestamp::EPOCH, [2; 10]);
        for (account, terms) in [(ann(), terms(1000, 700)), (ann(), terms(10, 1)), (ben, terms(10, 700))] {
            let refunded = Fact::Refunded(700);
            assert_eq!(
                purchase.hear(Some(account), Some(terms), &refunded, Timestamp::EPOCH),
                Err(Contradiction)
            );
        }
        assert_eq!(purchase, before);
    }

    #[test]
    fn what_costs_nothing_gives_credits() {
        let mut purchase = Purchase::unheard("p".into(), Timestamp::EPOCH);
        let paid = Fact::Payment(Payment::Paid);
        let movements = purchase.hear(Some(ann()), Some(terms(10, 0)), &paid, Timestamp::EPOCH).unwrap();
        assert_eq!((sum(&movements), movements.len()), (10, 1));
    }
}
