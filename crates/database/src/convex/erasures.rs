//! Erasing an account. The account goes in the first transaction and its rows in as many more as they need; an erasure that was
//! interrupted in between goes on before it is completed.

use domain::erasure::{Erasure, ErasureCounts};
use domain::ids::{AccountId, ErasureId};
use domain::ports::database::{Answer, DatabaseError, Erasures};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Convex;
use super::wire::{Row, all};

#[derive(Deserialize)]
struct ErasureRow {
    id: ErasureId,
    account: Option<AccountId>,
    begun_at: Timestamp,
    completed_at: Option<Timestamp>,
    counts: ErasureCounts,
    erasing: bool,
}

impl Row for ErasureRow {
    type Value = Erasure;

    fn value(self) -> Result<Erasure, DatabaseError> {
        let ErasureRow { id, account, begun_at, completed_at, counts, erasing: _ } = self;
        Ok(Erasure { id, account, begun_at, completed_at, counts })
    }
}

#[derive(Deserialize)]
struct Searched {
    found: bool,
    next: Option<String>,
}

impl Convex {
    /// Takes rows away until none is left.
    async fn erase_rows(&self, mut erasure: ErasureRow, now: Timestamp) -> Result<ErasureRow, DatabaseError> {
        while erasure.erasing {
            let args = json!({ "erasure": erasure.id, "now": now });
            erasure = self.caller.mutation("erasures:step", args).await?;
        }
        Ok(erasure)
    }

    async fn stands_in(&self, table: &str, text: &str) -> Result<bool, DatabaseError> {
        let mut cursor: Option<String> = None;
        loop {
            let args = json!({ "table": table, "text": text, "cursor": cursor });
            let searched: Searched = self.caller.query("everything:search", args).await?;
            if searched.found || searched.next.is_none() {
                return Ok(searched.found);
            }
            cursor = searched.next;
        }
    }
}

impl Erasures for Convex {
    fn erase_account(&self, account: AccountId, erasure: ErasureId, now: Timestamp) -> Answer<'_, Erasure> {
        Box::pin(async move {
            let args = json!({ "account": account, "erasure": erasure, "now": now });
            let begun = self.caller.mutation("erasures:begin", args).await?;
            self.erase_rows(begun, now).await?.value()
        })
    }

    fn complete_erasure(&self, erasure: ErasureId, now: Timestamp) -> Answer<'_, Erasure> {
        Box::pin(async move {
            let found = self.caller.query("erasures:get", json!({ "erasure": erasure })).await?;
            self.erase_rows(found, now).await?;
            let args = json!({ "erasure": erasure, "now": now });
            let complete: ErasureRow = self.caller.mutation("erasures:complete", args).await?;
            complete.value()
        })
    }

    fn erasure(&self, erasure: ErasureId) -> Answer<'_, Erasure> {
        self.ask("erasures:get", json!({ "erasure": erasure }), ErasureRow::value)
    }

    fn search_everywhere(&self, text: String) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let tables: Vec<String> = self.caller.query("everything:tables", json!({})).await?;
            let mut found = Vec::new();
            for table in tables {
                if self.stands_in(&table, &text).await? {
                    found.push(table);
                }
            }
            Ok(found)
        })
    }

    fn open_erasures(&self) -> Answer<'_, Vec<Erasure>> {
        self.ask("erasures:listOpen", json!({}), all::<ErasureRow>)
    }
}
