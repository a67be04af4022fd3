//! Credits that cost nothing: nothing is sold, and nobody takes money. The default of every installation.

use domain::alias::Alias;
use domain::consent::SubprocessorId;
use domain::ports::BoxFuture;
use domain::ports::database::PaymentNews;
use domain::ports::payments::{Offer, Order, PaymentError, Payments, Till};
use domain::purchase::Purchase;
use domain::time::Timestamp;

/// Nobody takes money.
#[derive(Clone, Copy, Debug, Default)]
pub struct Free;

/// What is answered to whoever wants to pay nevertheless.
fn not_sold<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T, PaymentError>> {
    Box::pin(async { Err(PaymentError::NotSold) })
}

impl Payments for Free {
    fn service(&self) -> Option<&SubprocessorId> {
        None
    }

    fn offers(&self, _: Timestamp) -> BoxFuture<'_, Result<Vec<Offer>, PaymentError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn till<'a>(&'a self, _: Order<'a>) -> BoxFuture<'a, Result<Till, PaymentError>> {
        not_sold()
    }

    fn portal<'a>(&'a self, _: &'a Alias, _: &'a str) -> BoxFuture<'a, Result<String, PaymentError>> {
        not_sold()
    }

    fn receipt<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, PaymentError>> {
        not_sold()
    }

    fn read_event<'a>(
        &'a self,
        _: &'a [(&'a str, &'a str)],
        _: &'a [u8],
        _: Timestamp,
    ) -> BoxFuture<'a, Result<(String, Vec<PaymentNews>), PaymentError>> {
        Box::pin(async { Err(PaymentError::Invalid) })
    }

    fn visit<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<PaymentNews>, PaymentError>> {
        not_sold()
    }

    fn list(&self, _: Timestamp, _: Timestamp) -> BoxFuture<'_, Result<Vec<Purchase>, PaymentError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn forget<'a>(&'a self, _: &'a Alias) -> BoxFuture<'a, Result<(), PaymentError>> {
        not_sold()
    }
}
