//! When to stop: at Ctrl-C and at SIGTERM, gracefully; at the second one, at once.

use tokio::sync::watch;

use crate::exit::Exit;

/// Becomes true when it is time to stop.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens for the signals.
    pub(crate) fn watch() -> Stop {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            signal().await;
            sender.send_replace(true);
            signal().await;
            std::process::exit(Exit::Interrupted as i32);
        });
        Stop(receiver)
    }

    /// Waits until it is time.
    pub(crate) async fn wait(mut self) {
        // An error says that nobody can tell any more, which is a reason to stop, too.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        // Without a handler the system's own way of ending applies.
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
