//! Credits: the ledger and the payments.

use domain::credit::{LedgerEntry, Position};
use domain::ids::AccountId;
use domain::page::{Page, PageRequest};
use domain::payment::Payment;
use domain::ports::database::{Answer, Applied, Grant, Ledger, PaymentRecord};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::wire::{EntryRow, PaymentRow, PositionRow, Row, all};
use super::{Convex, PAGE};

#[derive(Deserialize)]
struct AppliedRow {
    #[serde(flatten)]
    position: PositionRow,
    already: bool,
}

fn applied(row: AppliedRow) -> Result<Applied, domain::ports::database::DatabaseError> {
    Ok(Applied { position: row.position.value()?, already: row.already })
}

/// Where the audit has come to.
#[derive(Serialize, Deserialize)]
struct AuditPlace {
    account: AccountId,
    sequence: u64,
    balance: i64,
    debt: i64,
    generation: Option<String>,
}

#[derive(Deserialize)]
struct Audited {
    wrong: Vec<AccountId>,
    next: Option<AuditPlace>,
}

impl Ledger for Convex {
    fn apply_payment(&self, payment: Payment, now: Timestamp) -> Answer<'_, Applied> {
        let Payment { key, account, kind, credits, money, at } = payment;
        let args = json!({
            "key": key, "account": account, "kind": kind, "credits": credits,
            "minor": money.minor, "currency": money.currency, "at": at, "now": now,
        });
        self.carry_out("credits:applyPayment", args, applied)
    }

    fn grant_credits(&self, grant: Grant) -> Answer<'_, Applied> {
        let Grant { account, key, amount, note, now } = grant;
        let args = json!({ "account": account, "key": key, "amount": amount, "note": note, "now": now });
        self.carry_out("credits:grant", args, applied)
    }

    fn credits(&self, account: AccountId) -> Answer<'_, Position> {
        self.ask("credits:get", json!({ "account": account }), PositionRow::value)
    }

    fn ledger(&self, account: AccountId, page: PageRequest<u64>) -> Answer<'_, Page<LedgerEntry, u64>> {
        let limit = page.limit();
        let args = json!({ "account": account, "after": page.after, "limit": limit + 1 });
        self.ask("credits:ledger", args, move |rows: Vec<EntryRow>| {
            Ok(Page::cut(all(rows)?, limit, |entry| entry.sequence))
        })
    }

    fn list_payments(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<PaymentRecord>> {
        Box::pin(async move {
            let mut payments: Vec<PaymentRecord> = Vec::new();
            loop {
                let after = payments.last().map(|last| json!({ "at": last.at, "key": last.key }));
                let args = json!({ "from": from, "until": until, "after": after, "limit": PAGE });
                let page: Vec<PaymentRow> = self.caller.query("credits:listPayments", args).await?;
                let last = page.len() < PAGE as usize;
                payments.extend(all(page)?);
                if last {
                    return Ok(payments);
                }
            }
        })
    }

    fn audit_ledger(&self) -> Answer<'_, Vec<AccountId>> {
        Box::pin(async move {
            let (mut wrong, mut after) = (Vec::new(), None::<AuditPlace>);
            loop {
                let audited: Audited =
                    self.caller.query("everything:audit", json!({ "after": after })).await?;
                wrong.extend(audited.wrong);
                after = audited.next;
                if after.is_none() {
                    wrong.dedup();
                    return Ok(wrong);
                }
            }
        })
    }
}
