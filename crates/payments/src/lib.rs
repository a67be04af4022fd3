//! Who takes the money: nobody, where credits are granted by configuration or by an admin, or a payment service.
//!
//! Nothing of a card ever comes here: people pay on the service's own pages, and what comes back says that and how much, not how.
//! Nothing here knows the ledger either. Messages are verified and put into the words of [`domain::purchase`]; the app has them
//! booked.

mod free;
mod stripe;

pub use free::Free;
pub use stripe::{PackConfig, PlanConfig, Stripe, StripeConfig, StripeConfigError};
