//! Where pictures are read and written: apart from the threads that wait for answers, and no more at a time than this machine has
//! cores, since each takes the memory of its pixels.

use std::sync::LazyLock;

use tokio::sync::Semaphore;

static ROOM: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));

/// What the work comes to; `None` when it broke off, or the program stops.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _room = ROOM.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}
