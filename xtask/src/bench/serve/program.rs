//! The program itself, built for release and started on a data folder, and a person who has signed up.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use domain::ids::AccountId;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::bench::memory_of;
use crate::{Failure, cargo};

/// The bench asks more than any caller may.
const CONFIGURATION: &str = "[rates]\nrequests_per_minute = 1000000\nuploads_per_minute = 1000000\n[uploads]\nmax_photos = 1000\n[log]\nlevel = \"warn\"\n";
const EMAIL: &str = "bench@example.org";
const PASSWORD: &str = "four plain words here";
/// How long the program may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// Builds it.
pub(in crate::bench) fn build() -> Result<(), Failure> {
    cargo(["build", "--release", "--package", "cli"], "the program could not be built")
}

/// Where it is: the bench itself lies where cargo puts what it builds for release.
pub(in crate::bench) fn path() -> std::io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("covershots"))
}

/// The program, running.
pub(super) struct Program {
    child: Child,
    /// Where it is reached, without a slash at the end.
    pub(super) url: String,
    /// From its start to its first answer.
    pub(super) started_in: Duration,
    /// Remembers cookies.
    pub(super) client: Client,
}

/// Bytes of memory, as Linux counts them.
pub(super) struct Memory {
    /// At this moment.
    pub(super) now: u64,
    /// The most so far.
    pub(super) peak: u64,
}

impl Program {
    /// Starts it, and waits until it is ready.
    pub(super) async fn start(folder: &Path) -> Result<Program, Failure> {
        let configuration = folder.join("bench.toml");
        std::fs::write(&configuration, CONFIGURATION)?;
        let client = Client::builder().cookie_store(true).build()?;
        let program = path()?;
        let begin = Instant::now();
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&configuration)
            .arg("--data")
            .arg(folder.join("data"))
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let url = address(&mut child).await?;
        let ready = client.get(format!("{url}/readyz")).send().await?;
        ready.error_for_status()?;
        Ok(Program { child, url, started_in: begin.elapsed(), client })
    }

    /// Asks it to stop, as a supervisor would, and waits.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        let id = self.child.id().ok_or("the program has ended by itself")?;
        Command::new("kill").arg(id.to_string()).status().await?;
        let ended = tokio::time::timeout(STOP_WITHIN, self.child.wait()).await??;
        if ended.success() { Ok(()) } else { Err(format!("the program ended with {ended}").into()) }
    }

    /// A look at what anybody can see, so that no lazy part is missing from what it holds at rest.
    pub(super) async fn visit(&self) -> Result<(), Failure> {
        for path in ["/healthz", "/docs", "/api/openapi.json", "/api/v1/styles"] {
            self.client.get(format!("{}{path}", self.url)).send().await?.error_for_status()?.bytes().await?;
        }
        Ok(())
    }

    /// What it holds.
    pub(super) fn memory(&self) -> Result<Memory, Failure> {
        let id = self.child.id().ok_or("the program has ended by itself")?;
        let of = |name| memory_of(&id.to_string(), name);
        let (now, peak) = (of("VmRSS:"), of("VmHWM:"));
        Ok(Memory { now: now.ok_or("no VmRSS")?, peak: peak.ok_or("no VmHWM")? })
    }

    /// A person signs up and allows to keep photos.
    pub(super) async fn sign_up(&self) -> Result<AccountId, Failure> {
        let form = json!({ "email": EMAIL, "name": "Bench", "password": PASSWORD });
        self.post("/api/v1/account", &form).await?;
        let consents = self.get("/api/v1/consents").await?;
        let consent = json!({ "policy": consents["policy"] });
        let url = format!("{}/api/v1/consents/keep-photos", self.url);
        good(self.client.put(url).json(&consent)).await?;
        let account = self.get("/api/v1/account").await?;
        Ok(account["id"].as_str().ok_or("an account without an id")?.parse()?)
    }

    /// The same person comes again.
    pub(super) async fn sign_in(&self) -> Result<(), Failure> {
        self.post("/api/v1/sessions", &json!({ "email": EMAIL, "password": PASSWORD })).await?;
        Ok(())
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        Ok(good(self.client.get(format!("{}{path}", self.url))).await?.json().await?)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<(), Failure> {
        good(self.client.post(format!("{}{path}", self.url)).json(body)).await?;
        Ok(())
    }
}

/// The answer to a request, or what is wrong with it, in words that can be handed from task to task.
pub(super) async fn good(request: RequestBuilder) -> Result<Response, String> {
    let answer = request.send().await.map_err(|error| error.to_string())?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    Err(format!("{}: {}", answer.status(), answer.text().await.unwrap_or_default()))
}

/// The address that it says it listens on.
async fn address(child: &mut Child) -> Result<String, Failure> {
    let errors = child.stderr.take().ok_or("no standard error")?;
    let mut lines = BufReader::new(errors).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, rest)) = line.split_once("listening on ") {
            let address = rest.split(')').next().unwrap_or_default().to_owned();
            // What it says later has to go somewhere, or it would wait for a reader.
            tokio::spawn(async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    eprintln!("{line}")
                }
            });
            return Ok(format!("http://{address}"));
        }
        eprintln!("{line}");
    }
    Err("the program ended before it listened".into())
}
