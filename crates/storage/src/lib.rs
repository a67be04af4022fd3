//! Object storage: where the bytes of photos, images and previews lie, and how they go away again.
//!
//! Every storage keeps the promises of [`domain::ports::objects`] and is put through `conformance::objects`.

#[cfg(not(unix))]
compile_error!(
    "the local folder relies on Unix file handles: run Covershots in a container on other systems"
);

mod bucket;
mod folder;

pub use bucket::{Applied, Bucket, BucketConfig, BucketConfigError, Finding, Lifecycle, Patience, Rule};
pub use folder::{Folder, FolderConfig};
