//! Whether who vouches for people is reached, and takes the key.

use domain::ports::clock::Clock;

use super::{Finding, Patient};
use crate::service::system::SystemClock;

const WHAT: &str = "sign-in";

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let clerk = match patient.configuration.clerk() {
        Ok(None) => return vec![Finding::good(WHAT, "accounts are kept here")],
        Ok(Some(clerk)) => clerk,
        Err(words) => return vec![Finding::bad(WHAT, words)],
    };
    vec![match clerk.check(SystemClock.now()).await {
        Ok(()) => Finding::good(WHAT, "Clerk is reached, has keys to verify with and takes ours"),
        Err(error) => Finding::bad(WHAT, format_args!("Clerk: {error}")),
    }]
}
