//! Throttled guessing: each try is counted by every limit before it is looked at.

use std::net::IpAddr;

use domain::account::Email;
use domain::guessing::Limit;
use domain::throttle::Throttled;

use crate::{App, AppError};

impl App {
    /// Counts a try, and lets it through when every limit does. They are asked in order: one that stops it keeps it from
    /// using up the next.
    pub(crate) async fn count_try(
        &self,
        limits: &[Limit],
        email: &Email,
        client: IpAddr,
    ) -> Result<(), AppError> {
        for limit in limits {
            let key = self.ports.tokens.throttle_key(limit, email, client);
            if let Throttled::Until(until) = self.database().count_try(key, limit.rule, self.now()).await? {
                return Err(AppError::Throttled { until });
            }
        }
        Ok(())
    }

    /// Forgets the tries that one which was right clears.
    pub(crate) async fn clear_tries(
        &self,
        limits: &[Limit],
        email: &Email,
        client: IpAddr,
    ) -> Result<(), AppError> {
        for limit in limits.iter().filter(|limit| limit.by.is_cleared_by_success()) {
            self.database().clear_tries(self.ports.tokens.throttle_key(limit, email, client)).await?;
        }
        Ok(())
    }
}
