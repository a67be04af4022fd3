//! Convex, played by the real schema and functions in the vendor's own test runtime: a Node process for as long as the tests run.
//!
//! It needs Node 20 and npm. The packages are installed when they are not there, as the lock file in `convex/` says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

/// What a call can come to instead of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvexFault {
    /// A 503 before anything is done.
    Unavailable,
    /// Too many at once, before anything is done.
    Overloaded,
    /// A write conflict that the deployment's own retries did not get over; nothing was done.
    Conflict,
    /// The connection ends after the commit, without an answer.
    Dropped,
}

/// A deployment of one's own, empty at first.
pub struct ConvexDeployment {
    /// Its address.
    pub url: String,
    /// Its deploy key.
    pub key: String,
    http: reqwest::Client,
}

impl ConvexDeployment {
    /// A new deployment in the process that all tests of this program share.
    pub async fn start(http: reqwest::Client) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let url = format!("http://127.0.0.1:{}/deployment-{number}", port());
        let mut deployment = ConvexDeployment { url, key: String::new(), http };
        let seen = deployment.look("calls", json!({})).await;
        deployment.key = seen["key"].as_str().unwrap().to_owned();
        deployment
    }

    /// The next `times` calls of a function, or of any, come to this.
    pub async fn fail(&self, fault: ConvexFault, times: u32, function: Option<&str>) {
        let fault = match fault {
            ConvexFault::Unavailable => "unavailable",
            ConvexFault::Overloaded => "overloaded",
            ConvexFault::Conflict => "conflict",
            ConvexFault::Dropped => "dropped",
        };
        self.look("faults", json!({ "fault": fault, "times": times, "path": function })).await;
    }

    /// Makes it say that another version of the functions is deployed.
    pub async fn pretend_version(&self, version: u32) {
        self.look("version", json!({ "version": version })).await;
    }

    /// Moves the clock of all deployments.
    pub async fn pass(&self, millis: u64) {
        self.look("clock", json!({ "ahead": millis })).await;
    }

    /// How often each function was called so far, lost answers included.
    pub async fn calls(&self) -> BTreeMap<String, u64> {
        let seen = self.look("calls", json!({})).await;
        let calls = seen["calls"].as_object().unwrap();
        calls.iter().map(|(path, count)| (path.clone(), count.as_f64().unwrap() as u64)).collect()
    }

    /// Runs a command of the folder `convex/`, and fails with what it says. It is told the deployment's address and key last.
    pub async fn run(&self, program: &str, arguments: &[&str]) {
        let ran = tokio::task::spawn_blocking({
            let mut command = Command::new(program);
            command.args(arguments).args([&self.url, &self.key]).current_dir(folder());
            move || command.output().unwrap()
        });
        let ran = ran.await.unwrap();
        let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        assert!(ran.status.success(), "{program} {arguments:?}: {said}");
    }

    async fn look(&self, what: &str, wish: Value) -> Value {
        let request = self.http.post(format!("{}/standin/{what}", self.url)).json(&wish);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../convex")
}

/// Where the shared process listens. It ends with this one, whose end it sees at its standard input.
fn port() -> u16 {
    static PROCESS: OnceLock<(u16, Child)> = OnceLock::new();
    PROCESS.get_or_init(begin).0
}

fn begin() -> (u16, Child) {
    install();
    let mut node = Command::new("node")
        .args(["--import", "tsx", "standin/server.ts"])
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tests of Convex need Node 20 or newer");
    let mut line = String::new();
    BufReader::new(node.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().parse();
    (port.expect("the stand-in says where it listens"), node)
}

/// Checks the types of schema and functions, and fails with what is wrong.
pub fn check_convex_types() {
    install();
    let checked = Command::new("npx").args(["tsc", "--noEmit"]).current_dir(folder()).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

/// Installs the packages, one process at a time.
fn install() {
    let lock = std::fs::File::create(folder().join("node_modules.lock")).unwrap();
    lock.lock().unwrap();
    let installed = folder().join("node_modules/.package-lock.json");
    let is_new = |path: PathBuf| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    if is_new(installed) > is_new(folder().join("package-lock.json")) {
        return;
    }
    let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder()).output();
    let npm = npm.expect("the tests of Convex need npm");
    assert!(npm.status.success(), "npm ci: {}", String::from_utf8_lossy(&npm.stderr));
}
