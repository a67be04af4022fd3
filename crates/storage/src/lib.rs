//! Object storage: where the bytes of photos, images and previews lie, and how they go away again.
//!
//! Every storage keeps the promises of [`domain::ports::objects`] and is put through `conformance::objects`.
//! [`sweep`] deletes what has expired and what nothing refers to, in any of them.

#[cfg(not(unix))]
compile_error!(
    "the local folder relies on Unix file handles: run Covershots in a container on other systems"
);

mod folder;
mod sweep;

pub use folder::{Folder, FolderConfig};
pub use sweep::{AskError, AskOrphans, SweepError, SweepRules, Swept, sweep};
