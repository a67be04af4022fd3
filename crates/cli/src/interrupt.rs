//! Ctrl-C: stop at once, but never in the middle of a file.
//!
//! Whoever writes a file holds the lock; the interrupt waits for it, which takes milliseconds, and then ends the
//! process. So no temporary file is left behind, and what is there is whole.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::exit::Exit;

static WRITING: Mutex<()> = Mutex::new(());

/// Ends the process with [`Exit::Interrupted`] on Ctrl-C.
pub(crate) fn watch() {
    // Without a handler the system's own way of ending applies, which is good enough.
    let _ = ctrlc::set_handler(|| {
        let _no_file_is_half_written = while_writing();
        std::process::exit(Exit::Interrupted as i32);
    });
}

/// Hold this while a file is being written.
pub(crate) fn while_writing() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}
