//! Work.
use crate::{App, AppError};
use std::sync::Arc;
impl App {
    /// Works until `stop` is done.
    pub async fn work(self: &Arc<Self>, stop: impl Future<Output = ()>) {
        stop.await
    }
    /// Takes up to `at_most` generations and carries each to its end. Says how many were taken.
    pub async fn work_once(self: &Arc<Self>, at_most: u32) -> Result<usize, AppError> {
        Ok(at_most as usize)
    }
}
