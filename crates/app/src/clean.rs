//! Clean: what is over goes. Expired pictures, objects whose rows went, erasures that were interrupted, and what has no use
//! any more; now and then the whole storage is compared with the rows.
//!
//! Every step may be interrupted and asked again, and one that fails does not keep the others from their work.

use std::pin::pin;

use domain::time::{DAY, Timestamp};

use crate::{App, AppError, Difference, Swept};

/// How many expired rows go in one transaction.
const BATCH: u32 = 200;
/// How far back the books are compared each day: refunds and disputes come late.
const RECONCILED: std::time::Duration = DAY.saturating_mul(30);

/// What a cleaning did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Objects whose time was over.
    pub expired: u64,
    /// Objects deleted whose rows were gone.
    pub deleted: u64,
    /// Erasures completed.
    pub erasures: u64,
    /// Rows without use that went.
    pub tidied: u64,
}

impl App {
    /// Cleans until `stop` is done. The whole storage is swept at the start, for what a killed process left, and then as
    /// often as the settings say.
    pub async fn keep_clean(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut swept_at: Option<Timestamp> = None;
        let mut reconciled_at: Option<Timestamp> = None;
        loop {
            if let Err(error) = self.clean().await {
                tracing::warn!(%error, "not everything that is over could be deleted; it is tried again");
            }
            let now = self.now();
            if swept_at.is_none_or(|at| now.since(at) >= self.settings.clean.sweep_every) {
                match self.sweep().await {
                    Ok(swept) => report(swept),
                    Err(error) => tracing::warn!(%error, "the storage could not be swept; it is tried again"),
                }
                swept_at = Some(now);
            }
            if self.sells() && reconciled_at.is_none_or(|at| now.since(at) >= DAY) {
                self.reconcile_lately(now).await;
                reconciled_at = Some(now);
            }
            tokio::select! {
                () = &mut stop => return,
                () = self.cleaning_bell.notified() => {}
                () = tokio::time::sleep(self.about(self.settings.clean.every)) => {}
            }
        }
    }

    /// Compares the books of the last days with the payment service's, and tells the operator what differs.
    async fn reconcile_lately(&self, now: Timestamp) {
        match self.operator().reconcile(now - RECONCILED, now).await {
            Ok(found) if found.agrees() => tracing::info!(compared = found.compared, "the books agree"),
            Ok(found) => {
                for Difference { purchase, what, here, there } in &found.differences {
                    tracing::error!(
                        purchase,
                        ?what,
                        here,
                        there,
                        "the books differ from the payment service's"
                    );
                }
                for account in &found.unbalanced {
                    tracing::error!(%account, "the ledger does not add up");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the books could not be compared; it is tried again tomorrow")
            }
        }
    }

    /// Lets go once of everything that is over.
    ///
    /// # Errors
    /// The first thing that failed, after everything else was tried.
    pub async fn clean(&self) -> Result<Cleaned, AppError> {
        let mut cleaned = Cleaned::default();
        let mut failure = None;
        let mut note = |result: Result<u64, AppError>| {
            result.unwrap_or_else(|error| {
                failure.get_or_insert(error);
                0
            })
        };
        cleaned.expired = note(self.expire().await);
        cleaned.erasures = note(self.finish_erasures().await);
        cleaned.deleted = note(self.delete_pending(None).await);
        cleaned.tidied = note(self.database().tidy(self.now()).await.map_err(AppError::from));
        failure.map_or(Ok(cleaned), Err)
    }

    async fn expire(&self) -> Result<u64, AppError> {
        let mut expired = 0;
        loop {
            let gone = self.database().expire_objects(self.now(), BATCH).await?;
            expired += gone;
            if gone == 0 {
                return Ok(expired);
            }
        }
    }

    async fn finish_erasures(&self) -> Result<u64, AppError> {
        let mut complete = 0;
        let mut failure = None;
        for erasure in self.database().open_erasures().await? {
            match self.finish_erasure(&erasure).await {
                Ok(_) => complete += 1,
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(complete), Err)
    }
}

fn report(swept: Swept) {
    let Swept { expired, orphans, unfinished, damaged, failed, .. } = swept;
    if damaged > 0 {
        tracing::error!(damaged, "objects are damaged: check the disk, and restore them from a backup");
    }
    tracing::info!(expired, orphans, unfinished, failed, "the storage was swept");
}
