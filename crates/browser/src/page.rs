//! What hands and eyes do with a page.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::{Browser, BrowserError};

/// How WebDriver names an element (<https://www.w3.org/TR/webdriver2/#elements>).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long something that is waited for may take: a picture of the engine in a debug build, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(25);

impl Browser {
    /// Opens an address, and waits until it has loaded.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn go(&self, url: &str) -> Result<(), BrowserError> {
        self.post("url", json!({ "url": url })).await.map(drop)
    }

    /// The address that is open.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn url(&self) -> Result<String, BrowserError> {
        Ok(self.get("url").await?.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a function's body in the page, and hands back what it returns; a promise is waited for.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn script(&self, body: &str, arguments: Value) -> Result<Value, BrowserError> {
        self.post("execute/sync", json!({ "script": body, "args": arguments })).await
    }

    /// Waits until an element is there and can be seen.
    ///
    /// # Errors
    /// `Waited`.
    pub async fn see(&self, selector: &str) -> Result<(), BrowserError> {
        let seen = "const e = document.querySelector(arguments[0]); \
                    return !!e && e.checkVisibility({ visibilityProperty: true });";
        self.wait(selector, seen, json!([selector])).await
    }

    /// Waits until no such element can be seen.
    ///
    /// # Errors
    /// `Waited`.
    pub async fn see_no(&self, selector: &str) -> Result<(), BrowserError> {
        let gone = "return ![...document.querySelectorAll(arguments[0])].some(e => e.checkVisibility());";
        self.wait(&format!("the end of {selector}"), gone, json!([selector])).await
    }

    /// Waits until the page says this somewhere.
    ///
    /// # Errors
    /// `Waited`.
    pub async fn read(&self, words: &str) -> Result<(), BrowserError> {
        let said = "return document.body.innerText.toLowerCase().includes(arguments[0].toLowerCase());";
        self.wait(&format!("the words \"{words}\""), said, json!([words])).await
    }

    /// Waits until a function's body returns what counts as true. The page may change under it.
    ///
    /// # Errors
    /// `Waited`.
    pub async fn wait(&self, what: &str, body: &str, arguments: Value) -> Result<(), BrowserError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.script(body, arguments.clone()).await {
                Ok(Value::Bool(true)) => return Ok(()),
                Ok(_) => {}
                // The page was just being left.
                Err(BrowserError::Refused { .. }) if Instant::now() < until => {}
                Err(error) => return Err(error),
            }
            if Instant::now() >= until {
                let at = self.url().await.unwrap_or_default();
                return Err(BrowserError::Waited(format!("{what} at {at}")));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Clicks or taps an element, once it can be seen. One that a script replaces at that moment is looked for again.
    ///
    /// # Errors
    /// `Waited`, or `Refused` when something lies over it.
    pub async fn click(&self, selector: &str) -> Result<(), BrowserError> {
        let until = Instant::now() + PATIENCE;
        loop {
            self.see(selector).await?;
            // As one scrolls to what one wants to tap: to where nothing that sticks to an edge lies over it.
            let scroll = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center', behavior: 'instant' });";
            self.script(scroll, json!([selector])).await?;
            let element = self.find(selector).await?;
            match self.post(&format!("element/{element}/click"), json!({})).await {
                Err(BrowserError::Refused { error, .. })
                    if error == "stale element reference" && Instant::now() < until => {}
                clicked => return clicked.map(drop),
            }
        }
    }

    /// Writes into a field, in the place of what was there.
    ///
    /// # Errors
    /// `Waited`, `Refused`.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<(), BrowserError> {
        self.see(selector).await?;
        let element = self.find(selector).await?;
        self.post(&format!("element/{element}/clear"), json!({})).await?;
        self.post(&format!("element/{element}/value"), json!({ "text": text })).await.map(drop)
    }

    /// Chooses files in a picker, which may be hidden behind a nicer button.
    ///
    /// # Errors
    /// `Waited`, `Refused`.
    pub async fn choose_files(&self, selector: &str, files: &[PathBuf]) -> Result<(), BrowserError> {
        let there = "return !!document.querySelector(arguments[0]);";
        self.wait(selector, there, json!([selector])).await?;
        let element = self.find(selector).await?;
        let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        self.post(&format!("element/{element}/value"), json!({ "text": files.join("\n") })).await.map(drop)
    }

    /// Presses keys, one after the other, wherever the focus is. Special keys are those of WebDriver, such as `\u{e004}` for Tab.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn press(&self, keys: &str) -> Result<(), BrowserError> {
        let strokes = keys.chars().flat_map(|key| {
            ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
        });
        let strokes: Vec<_> = strokes.collect();
        let hands = json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] });
        self.post("actions", hands).await.map(drop)
    }

    /// The text of an element as it is seen.
    ///
    /// # Errors
    /// `Waited`.
    pub async fn text(&self, selector: &str) -> Result<String, BrowserError> {
        self.see(selector).await?;
        let text = self.script("return document.querySelector(arguments[0]).innerText;", json!([selector]));
        Ok(text.await?.as_str().unwrap_or_default().trim().to_owned())
    }

    /// How many elements there are.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn count(&self, selector: &str) -> Result<u64, BrowserError> {
        let count = self.script("return document.querySelectorAll(arguments[0]).length;", json!([selector]));
        Ok(count.await?.as_u64().unwrap_or_default())
    }

    /// Says yes to the question that the browser itself asks.
    ///
    /// # Errors
    /// `Refused` when it asks none.
    pub async fn accept(&self) -> Result<(), BrowserError> {
        self.post("alert/accept", json!({})).await.map(drop)
    }

    /// A picture of the whole page as PNG, from top to bottom, once its pictures are there.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn picture(&self) -> Result<Vec<u8>, BrowserError> {
        let settled = "return Promise.all([document.fonts.ready, ...[...document.images].map(i => { \
                       i.loading = 'eager'; return i.decode().catch(() => {}); })]).then(() => true);";
        self.wait("the pictures of the page", settled, json!([])).await?;
        let wish = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = self.devtools("Page.captureScreenshot", wish).await?;
        let data = shot["data"].as_str().unwrap_or_default();
        STANDARD.decode(data).map_err(|error| BrowserError::Waited(format!("a picture: {error}")))
    }

    /// Waits for a file that was downloaded whole, by the end of its name, and hands it over.
    ///
    /// # Errors
    /// `Waited`, `File`.
    pub async fn downloaded(&self, ending: &str) -> Result<Vec<u8>, BrowserError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let file = finished(&self.downloads(), ending)?;
            if let Some(file) = file {
                let bytes = std::fs::read(&file)?;
                std::fs::remove_file(&file)?;
                return Ok(bytes);
            }
            if Instant::now() >= until {
                return Err(BrowserError::Waited(format!("a download *{ending}")));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn find(&self, selector: &str) -> Result<String, BrowserError> {
        let found = self.post("element", json!({ "using": "css selector", "value": selector })).await?;
        Ok(found[ELEMENT].as_str().unwrap_or_default().to_owned())
    }
}

/// A download that has its last name already: before that it is called otherwise.
fn finished(folder: &Path, ending: &str) -> std::io::Result<Option<PathBuf>> {
    if !folder.is_dir() {
        return Ok(None);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(ending) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
