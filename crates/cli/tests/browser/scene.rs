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
        Scene::at("127.0.0.1:0", "").await
    }

    /// The same at an address, with this configuration.
    pub(crate) async fn at(address: &str, configuration: &str) -> Scene {
        Scene::with(address, configuration, &[]).await
    }

    /// The same as at first, with a camera that sees a film of JPEG pictures.
    pub(crate) async fn with_camera(film: &Path) -> Scene {
        let switch = format!("--use-file-for-fake-video-capture={}", film.display());
        Scene::with("127.0.0.1:0", "", &[&switch]).await
    }

    async fn with(address: &str, configuration: &str, switches: &[&str]) -> Scene {
        let program = Path::new(env!("CARGO_BIN_EXE_covershots"));
        let browser = Browser::start_with(switches).await.unwrap_or_else(|error| panic!("{error}"));
        let studio = Studio::start_at(program, configuration, address).await;
        Scene { browser, studio: studio.unwrap() }
    }

    pub(crate) async fn go(&self, path: &str) {
        self.browser.go(&self.studio.at(path)).await.unwrap();
    }

    /// The credits that the head of the page tells.
    pub(crate) async fn balance(&self) -> String {
        let told = self.browser.text("#credits").await.unwrap();
        told.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// No breach of the policy of pages; other hosts may be met.
    pub(crate) async fn nothing_was_breached(&self) {
        let complaints = self.browser.complaints().await.unwrap();
        let breaches: Vec<_> =
            complaints.iter().filter(|line| line.contains("Content Security Policy")).collect();
        assert_eq!(breaches, Vec::<&String>::new());
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

/// An address of this machine that is free.
pub(crate) fn free_address() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Photos of the examples.
pub(crate) fn photos(names: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos");
    names.iter().map(|name| folder.join(name).canonicalize().unwrap()).collect()
}
