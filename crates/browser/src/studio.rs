//! The program itself, started as a person would start it: on a free port, in a folder of its own, with nothing configured.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the program is not there.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// Something on this machine.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// It ended, or did not say where it is.
    #[error("the program did not start: {0}")]
    Start(String),
}

/// A running program. It ends when it is dropped, and its folder goes.
pub struct Studio {
    url: String,
    _program: Child,
    folder: tempfile::TempDir,
}

impl Studio {
    /// Starts a program, with this configuration file's text.
    ///
    /// # Errors
    /// [`StudioError`].
    pub async fn start(program: &Path, configuration: &str) -> Result<Studio, StudioError> {
        Studio::start_at(program, configuration, "127.0.0.1:0").await
    }

    /// The same at an address of one's own choice: for a configuration that says where people come back to.
    ///
    /// # Errors
    /// [`StudioError`].
    pub async fn start_at(program: &Path, configuration: &str, address: &str) -> Result<Studio, StudioError> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("covershots.toml"), configuration)?;
        let mut running = Command::new(program)
            .args(["serve", "--listen", address, "--data", "data"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let errors = running.stderr.take().ok_or(StudioError::Start("it says nothing".into()))?;
        let mut lines = BufReader::new(errors).lines();
        let mut said = String::new();
        let found = tokio::time::timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.split("(listening on ").nth(1) {
                    let address = address.split(')').next().unwrap_or_default();
                    return Ok::<_, StudioError>(Some(format!("http://{address}")));
                }
                said.push_str(&line);
                said.push('\n');
            }
            Ok(None)
        });
        let found = found.await.map_err(|_| StudioError::Start("it does not say where it is".into()))??;
        let url = found.ok_or(StudioError::Start(said))?;
        // It is let to talk on, so that a full pipe does not stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Studio { url, _program: running, folder })
    }

    /// An address of it, from a path such as `/sign-up`.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Its host and port.
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The folder in which it keeps everything.
    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }
}
