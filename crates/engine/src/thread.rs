//! Computing on a thread of its own, for callers that must not be kept: the engine knows no async runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// What a thread and the future that waits for it share.
struct Shared<T> {
    value: Option<Result<T, String>>,
    waker: Option<Waker>,
}

/// Computes on a thread of its own. Fails when there is no thread to be had, or when it breaks off.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    compute: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let shared = Arc::new(Mutex::new(Shared { value: None, waker: None }));
    let end = End(Arc::clone(&shared));
    let spawned = std::thread::Builder::new().name("engine".into()).spawn(move || {
        let value = compute();
        end.tell(Ok(value));
    });
    // The one who would have told was dropped with what was to be computed, and has told that it broke off.
    drop(spawned);
    Waiting(shared).await
}

/// Tells how it ended, also when it breaks off.
struct End<T>(Arc<Mutex<Shared<T>>>);

impl<T> End<T> {
    fn tell(&self, value: Result<T, String>) {
        let waker = {
            let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.value.is_none() {
                shared.value = Some(value);
            }
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        self.tell(Err("the computation broke off".to_owned()));
    }
}

struct Waiting<T>(Arc<Mutex<Shared<T>>>);

impl<T> Future for Waiting<T> {
    type Output = Result<T, String>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.waker = Some(context.waker().clone());
        shared.value.take().map_or(Poll::Pending, Poll::Ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Wake;
    use std::thread::Thread;

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut future = std::pin::pin!(future);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return value;
            }
            std::thread::park();
        }
    }

    #[test]
    fn what_is_computed_arrives_and_what_breaks_off_is_said() {
        assert_eq!(wait(on_a_thread(|| 6 * 7)), Ok(42));
        assert!(wait(on_a_thread(|| -> u8 { panic!("on demand") })).is_err());
    }
}
