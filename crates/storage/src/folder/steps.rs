//! The steps of an upload, named, so that a test can make any one of them fail or be the last.

use std::io;
use std::sync::Arc;

/// What an upload is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Create,
    Write,
    Record,
    SyncFile,
    Rename,
    SyncFolder,
}

impl Step {
    #[cfg(test)]
    pub(super) const ALL: [Step; 6] =
        [Step::Create, Step::Write, Step::Record, Step::SyncFile, Step::Rename, Step::SyncFolder];
}

type Watch = dyn Fn(Step) -> io::Result<()> + Send + Sync;

/// Asked before each step. Outside tests nobody watches.
#[derive(Clone, Default)]
pub(super) struct Steps(Option<Arc<Watch>>);

impl Steps {
    #[cfg(test)]
    pub(super) fn watched(watch: impl Fn(Step) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Steps(Some(Arc::new(watch)))
    }

    pub(super) fn about_to(&self, step: Step) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |watch| watch(step))
    }
}
