//! The installation, for whoever runs it: accounts, what is asked for and how it ends, who makes pictures, what is kept. Counts and
//! states, never a picture and never a wish's words.

mod account;
mod accounts;
mod generations;
mod money;
mod overview;
mod providers;
mod storage;

use domain::generation::State as Stands;
use domain::time::{DAY, Timestamp};

use super::Routes;
use super::sections::Section;

/// The sections, in their order.
pub(crate) const SECTIONS: &[Section] = &[
    Section { path: "/admin", name: "At a glance" },
    Section { path: "/admin/accounts", name: "Accounts" },
    Section { path: "/admin/generations", name: "Generations" },
    Section { path: "/admin/providers", name: "Providers" },
    Section { path: "/admin/storage", name: "Storage" },
    Section { path: "/admin/money", name: "Money" },
];

/// Lines of a list on one page.
const SHOWN: u32 = 50;
/// Days that charts show.
const DAYS: u32 = 30;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .and(overview::routes())
        .and(accounts::routes())
        .and(account::routes())
        .and(generations::routes())
        .and(providers::routes())
        .and(storage::routes())
        .and(money::routes())
}

/// The days that charts show, until just after now.
fn span(now: Timestamp) -> (Timestamp, Timestamp) {
    (now.day() - (DAYS - 1) * DAY, Timestamp::from_millis(now.millis().saturating_add(1)))
}

/// The states, as addresses and people name them.
const STATES: [(Stands, &str, &str); 6] = [
    (Stands::Queued, "queued", "Waiting"),
    (Stands::Running, "running", "Being made"),
    (Stands::Succeeded, "succeeded", "Ready"),
    (Stands::Refused, "refused", "Refused"),
    (Stands::Failed, "failed", "Failed"),
    (Stands::Cancelled, "cancelled", "Cancelled"),
];

/// Money in dollars, from millionths.
fn dollars(micro: u64) -> String {
    format!("${}.{:02}", micro / 1_000_000, micro % 1_000_000 / 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_days_are_told_whole() {
        assert_eq!(dollars(12_345_678), "$12.34");
        assert_eq!(dollars(9_999), "$0.00");
        let now = Timestamp::from_millis(1_795_468_216_789);
        let (from, until) = span(now);
        assert_eq!((from, until > now), (now.day() - 29 * DAY, true));
    }
}
