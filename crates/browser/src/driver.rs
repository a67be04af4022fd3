//! The session with chromedriver: started with the browser, ended with it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::tools;

/// How long the browser may take for one thing.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the browser did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// It is not there, or does not start.
    #[error("the browser can't be started: {0}")]
    Start(String),
    /// The connection to chromedriver broke.
    #[error("chromedriver can't be reached: {0}")]
    Driver(#[from] reqwest::Error),
    /// It says no.
    #[error("{verb}: {error}: {message}")]
    Refused {
        /// What was asked.
        verb: String,
        /// The kind of error, as WebDriver names it.
        error: String,
        /// What it says.
        message: String,
    },
    /// What was waited for did not come.
    #[error("waited {PATIENCE:?} in vain for {0}")]
    Waited(String),
    /// Something on this machine.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// A browser with one page open. It ends when it is dropped.
pub struct Browser {
    http: reqwest::Client,
    session: String,
    // Killed when dropped, and the browser with it; its profile after that.
    _driver: Child,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a browser that asks no other host than this machine for anything.
    ///
    /// # Errors
    /// `Start` says what to install.
    pub async fn start() -> Result<Browser, BrowserError> {
        Browser::start_with(&[]).await
    }

    /// The same, with more of the browser's own switches.
    ///
    /// # Errors
    /// `Start` says what to install.
    pub async fn start_with(switches: &[&str]) -> Result<Browser, BrowserError> {
        let program = tools::chromedriver().ok_or(BrowserError::Start(tools::BROWSER_MISSING.into()))?;
        let profile = tempfile::tempdir()?;
        let (driver, port) = start_driver(&program, profile.path()).await?;
        // The client wants to know one, though nothing here is encrypted.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(2 * PATIENCE).no_proxy().build()?;
        let mut browser = Browser { http, session: String::new(), _driver: driver, profile };
        let at = format!("http://127.0.0.1:{port}/session");
        let wish = capabilities(browser.profile.path(), switches);
        let opened = browser.send(reqwest::Method::POST, &at, Some(wish)).await?;
        let id = opened["sessionId"].as_str().ok_or(BrowserError::Start(opened.to_string()))?;
        browser.session = format!("{at}/{id}");
        let times = json!({ "script": PATIENCE.as_millis() as u64, "pageLoad": PATIENCE.as_millis() as u64 });
        browser.post("timeouts", times).await?;
        Ok(browser)
    }

    /// Where downloads go.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.profile.path().join("downloads")
    }

    /// Ends the browser, and waits until it has.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn close(self) -> Result<(), BrowserError> {
        self.send(reqwest::Method::DELETE, &self.session, None).await?;
        Ok(())
    }

    /// A verb of WebDriver.
    pub(crate) async fn post(&self, verb: &str, body: Value) -> Result<Value, BrowserError> {
        self.send(reqwest::Method::POST, &format!("{}/{verb}", self.session), Some(body)).await
    }

    /// A question of WebDriver.
    pub(crate) async fn get(&self, verb: &str) -> Result<Value, BrowserError> {
        self.send(reqwest::Method::GET, &format!("{}/{verb}", self.session), None).await
    }

    /// A verb of the browser's own protocol.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn devtools(&self, verb: &str, parameters: Value) -> Result<Value, BrowserError> {
        self.post("goog/cdp/execute", json!({ "cmd": verb, "params": parameters })).await
    }

    /// What the browser wrote into one of its logs since the last time.
    pub(crate) async fn log(&self, kind: &str) -> Result<Vec<Value>, BrowserError> {
        let entries = self.post("se/log", json!({ "type": kind })).await?;
        Ok(entries.as_array().cloned().unwrap_or_default())
    }

    async fn send(
        &self,
        method: reqwest::Method,
        url: &str,
        body: Option<Value>,
    ) -> Result<Value, BrowserError> {
        let mut request = self.http.request(method, url);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let mut answer: Value = request.send().await?.json().await?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            None => Ok(value),
            Some(error) => Err(BrowserError::Refused {
                verb: url.rsplit("/session").next().unwrap_or_default().to_owned(),
                error: error.to_owned(),
                message: value["message"].as_str().unwrap_or_default().to_owned(),
            }),
        }
    }
}

/// Starts chromedriver on a port that it finds free, and says which.
async fn start_driver(program: &Path, home: &Path) -> Result<(Child, u16), BrowserError> {
    let mut driver = Command::new(program)
        .arg("--port=0")
        // What the browser wants to keep beside its profile is kept in it.
        .env("HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| BrowserError::Start(format!("{}: {error}", program.display())))?;
    let output = driver.stdout.take().ok_or(BrowserError::Start("it says nothing".into()))?;
    let mut lines = BufReader::new(output).lines();
    let said = tokio::time::timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await? {
            let port = line.split("successfully on port ").nth(1);
            if let Some(port) = port.and_then(|port| port.trim_end_matches('.').parse().ok()) {
                return Ok::<_, BrowserError>(Some(port));
            }
        }
        Ok(None)
    });
    let port = said.await.map_err(|_| BrowserError::Start("chromedriver names no port".into()))??;
    let port = port.ok_or(BrowserError::Start("chromedriver ended at once".into()))?;
    // It is let to talk on, so that a full pipe does not stop it.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((driver, port))
}

fn capabilities(profile: &Path, switches: &[&str]) -> Value {
    let mut arguments: Vec<String> = [
        "--headless=new",
        // Tests run as whoever builds; in a container that is often root, for whom the sandbox does not start.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-sync",
        "--no-first-run",
        "--lang=en-GB",
        // Whatever asks for another host fails, and is seen in the log.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]
    .map(str::to_owned)
    .into();
    arguments.extend(switches.iter().map(|&switch| switch.to_owned()));
    arguments.push(format!("--user-data-dir={}", profile.join("profile").display()));
    let downloads = profile.join("downloads");
    let mut options = json!({
        "args": arguments,
        "prefs": {
            "download.default_directory": downloads,
            "download.prompt_for_download": false,
            "credentials_enable_service": false,
            "profile.password_manager_leak_detection": false,
        },
        "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
    });
    if let Some(browser) = tools::chromium() {
        options["binary"] = json!(browser);
    }
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "unhandledPromptBehavior": "ignore",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    } } })
}
