//! A browser, a program, and what no page of ours may ever do.

use std::path::{Path, PathBuf};

use browser::{Browser, Studio};

/// A browser before a program that has nothing in it.
pub(crate) struct Scene {
    pub(crate) browser: Browser,
    pub(crate) studio: Studio,
}

impl Scene {
    pub(crate) async fn new() -> Scene {
        let program = Path::new(env!("CARGO_BIN_EXE_covershots"));
        let browser = Browser::start().await.unwrap_or_else(|error| panic!("{error}"));
        Scene { browser, studio: Studio::start(program, "").await.unwrap() }
    }

    pub(crate) async fn go(&self, path: &str) {
        self.browser.go(&self.studio.at(path)).await.unwrap();
    }

    /// No error in the console, no breach of the policy, no request to another host and none that failed.
    pub(crate) async fn all_was_well(&self) {
        let complaints = self.browser.complaints().await.unwrap();
        assert_eq!(complaints, Vec::<String>::new(), "the browser complains");
        let requests = self.browser.requests().await.unwrap();
        assert!(!requests.is_empty(), "the browser tells nothing of its requests");
        for request in requests {
            if let Some(host) = request.host() {
                assert_eq!(host, self.studio.host(), "{} left for another host", request.url);
            }
            assert!(!request.failed, "{} failed", request.url);
        }
    }
}

/// Photos of the examples.
pub(crate) fn photos(names: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos");
    names.iter().map(|name| folder.join(name).canonicalize().unwrap()).collect()
}
