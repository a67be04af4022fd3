//! Credits: the ledger and the grants.

use domain::credit::{LedgerEntry, Position};
use domain::ids::AccountId;
use domain::page::{Page, PageRequest};
use domain::ports::database::{Answer, Applied, DatabaseError, Grant, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Convex;
use super::wire::{EntryRow, PositionRow, Row, all};

#[derive(Deserialize)]
struct AppliedRow {
    #[serde(flatten)]
    position: PositionRow,
    already: bool,
}

fn applied(row: AppliedRow) -> Result<Applied, DatabaseError> {
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
