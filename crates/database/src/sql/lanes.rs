//! Lanes: an account's place in the queue, and the count of its generations by state.
//!
//! The fair order (the account with the fewest running, then the longest waiting) is an index of this table, so that a claim costs
//! the same with a million generations stored and ten thousand accounts waiting. Whatever changes a generation's state tells
//! its lane in the same transaction; there are three such places: start, claim and end.

use domain::generation::State;
use domain::ids::AccountId;
use domain::ports::database::StateCounts;

use super::failure::Outcome;
use super::row::Row;
use super::statement::{Tx, either, query};

/// The counts of one row of lanes, or of their sums.
pub(super) fn read_counts(row: &Row) -> Outcome<StateCounts> {
    Ok(StateCounts {
        queued: row.number("queued")?,
        running: row.number("running")?,
        succeeded: row.number("succeeded")?,
        refused: row.number("refused")?,
        failed: row.number("failed")?,
        cancelled: row.number("cancelled")?,
    })
}

/// A generation came from one state (`None`: it is new) into another (`None`: it is deleted). It is written already.
pub(super) async fn moved(
    tx: &mut Tx,
    account: AccountId,
    from: Option<State>,
    to: Option<State>,
) -> Outcome<()> {
    let change = |state| i64::from(to == Some(state)) - i64::from(from == Some(state));
    let [queued, running, succeeded, refused, failed, cancelled] = State::ALL.map(change);
    query(
        "UPDATE lanes SET queued = queued + $2, running = running + $3, succeeded = succeeded + $4,
             refused = refused + $5, failed = failed + $6, cancelled = cancelled + $7,
             head = (SELECT created_at FROM generations WHERE account = $1 AND state = 'queued'
                     AND ended_at IS NULL ORDER BY created_at LIMIT 1)
         WHERE account = $1",
    )
    .bind(account.to_string())
    .bind(queued)
    .bind(running)
    .bind(succeeded)
    .bind(refused)
    .bind(failed)
    .bind(cancelled)
    .execute(tx)
    .await?;
    Ok(())
}

/// The fair order's head.
const HEAD: &str = "SELECT account FROM lanes WHERE queued > 0 ORDER BY running, head, account LIMIT 1";

/// The account whose turn it is, among those that nobody holds; `None` when nothing waits.
pub(super) async fn next(tx: &mut Tx) -> Outcome<Option<AccountId>> {
    let row = either(
        HEAD,
        "SELECT account FROM lanes WHERE queued > 0 ORDER BY running, head, account LIMIT 1
         FOR UPDATE SKIP LOCKED",
    );
    row.fetch_optional(tx).await?.map(|row| row.parsed("account")).transpose()
}

/// The account whose turn it is, whoever holds its lane; `None` when nothing waits.
pub(super) async fn head(tx: &mut Tx) -> Outcome<Option<AccountId>> {
    query(HEAD).fetch_optional(tx).await?.map(|row| row.parsed("account")).transpose()
}
