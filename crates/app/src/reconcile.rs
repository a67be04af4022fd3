//! Reconcile: the books against the payment service's own list, and the books against themselves. It changes nothing: it says what
//! differs, and a person decides.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::ids::AccountId;
use domain::payment::PaymentKind;
use domain::ports::database::PaymentRecord;
use domain::purchase::{Payment, Purchase};
use domain::time::{DAY, Timestamp};
use serde::Serialize;

use crate::{Admin, AppError};

/// How much earlier than its money a purchase may have begun: a page to pay on lives for a day.
const MARGIN: Duration = DAY.saturating_mul(2);

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which purchase.
    pub purchase: String,
    /// What of it.
    pub what: Differs,
    /// What the books say.
    pub here: String,
    /// What the payment service says.
    pub there: String,
}

/// What may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Differs {
    /// Only one side knows it.
    Known,
    /// Whose it is.
    Account,
    /// Price or number of credits.
    Terms,
    /// How far the paying got.
    Payment,
    /// How much was paid back.
    Refunded,
    /// How much the bank holds.
    ChargedBack,
    /// The movements in the books are not those that follow from the purchase.
    Movements,
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// From when on was compared.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How many purchases were compared.
    pub compared: usize,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Accounts whose ledger does not add up.
    pub unbalanced: Vec<AccountId>,
}

impl Reconciliation {
    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.unbalanced.is_empty()
    }
}

impl Admin<'_> {
    /// Compares what was bought from `from` until just before `until`.
    ///
    /// # Errors
    /// `Unavailable`, `PaymentsRefused`.
    pub async fn reconcile(&self, from: Timestamp, until: Timestamp) -> Result<Reconciliation, AppError> {
        let database = self.app.database();
        let there = self.app.ports.payments.list(from - MARGIN, until).await?;
        let listed: BTreeSet<&str> = there.iter().map(|purchase| purchase.key.as_str()).collect();
        let booked = database.list_payments(from - MARGIN, Timestamp::MAX).await?;
        let mut movements: BTreeMap<&str, Vec<&PaymentRecord>> = BTreeMap::new();
        for record in &booked {
            movements.entry(&record.purchase).or_default().push(record);
        }
        let mut found =
            Reconciliation { from, until, compared: 0, differences: Vec::new(), unbalanced: Vec::new() };
        for theirs in &there {
            found.compared += 1;
            match database.purchase(theirs.key.clone()).await? {
                Some(ours) => compare(&ours, theirs, &mut found.differences),
                // What was never paid never has to have been heard of.
                None if theirs.payment != Payment::Paid => {}
                None => found.differences.push(known(theirs, false)),
            }
        }
        for ours in database.list_purchases(from, until).await? {
            if self.app.sells() && ours.payment == Payment::Paid && !listed.contains(ours.key.as_str()) {
                found.differences.push(known(&ours, true));
            }
            check_movements(&ours, movements.get(ours.key.as_str()), &mut found.differences);
        }
        found.unbalanced = database.audit_ledger().await?;
        Ok(found)
    }
}

fn known(purchase: &Purchase, here: bool) -> Difference {
    let (yes, no) = (text(purchase.payment), "unknown".to_owned());
    let (here, there) = if here { (yes, no) } else { (no, yes) };
    Difference { purchase: purchase.key.clone(), what: Differs::Known, here, there }
}

fn text(value: impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

fn compare(ours: &Purchase, theirs: &Purchase, differences: &mut Vec<Difference>) {
    let mut differ = |what, here: String, there: String| {
        if here != there {
            differences.push(Difference { purchase: ours.key.clone(), what, here, there });
        }
    };
    // An erased account is known over there only.
    if let (Some(here), Some(there)) = (ours.account, theirs.account) {
        differ(Differs::Account, here.to_string(), there.to_string());
    }
    let terms = |purchase: &Purchase| match purchase.terms {
        Some(terms) => format!("{} for {} {}", terms.credits, terms.money.minor, terms.money.currency),
        None => "unknown".to_owned(),
    };
    differ(Differs::Terms, terms(ours), terms(theirs));
    differ(Differs::Payment, text(ours.payment), text(theirs.payment));
    differ(Differs::Refunded, ours.refunded.to_string(), theirs.refunded.to_string());
    differ(Differs::ChargedBack, ours.charged_back().to_string(), theirs.charged_back().to_string());
}

/// Whether the books of money say what follows from what is known of the purchase.
fn check_movements(
    purchase: &Purchase,
    movements: Option<&Vec<&PaymentRecord>>,
    differences: &mut Vec<Difference>,
) {
    let signed = |record: &PaymentRecord, amount: u64| {
        let amount = i64::try_from(amount).unwrap_or(i64::MAX);
        match record.kind {
            PaymentKind::Purchase | PaymentKind::Return => amount,
            PaymentKind::Refund | PaymentKind::Chargeback => -amount,
        }
    };
    let booked: i64 =
        movements.into_iter().flatten().map(|record| signed(record, u64::from(record.credits.get()))).sum();
    let due = i64::from(purchase.kept().get());
    if booked != due {
        differences.push(Difference {
            purchase: purchase.key.clone(),
            what: Differs::Movements,
            here: format!("{booked} credits"),
            there: format!("{due} credits"),
        });
    }
}
