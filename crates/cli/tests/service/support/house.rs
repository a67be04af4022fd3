//! An installation and its processes: the real program, started as a person would, watched by what it logs.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::watch;

use super::Person;

/// How long anything may take on a machine that has other things to do.
pub(crate) const WITHIN: Duration = Duration::from_secs(120);

/// What the program reads from the environment: a contributor's own is none of a test's affair.
const FROM_ENVIRONMENT: [&str; 22] = [
    "COVERSHOTS_LISTEN",
    "COVERSHOTS_PUBLIC_URL",
    "COVERSHOTS_METRICS_TOKEN",
    "COVERSHOTS_CLERK_SECRET_KEY",
    "COVERSHOTS_CLERK_WEBHOOK_SECRETS",
    "COVERSHOTS_STRIPE_SECRET_KEY",
    "COVERSHOTS_STRIPE_WEBHOOK_SECRETS",
    "COVERSHOTS_SECRET",
    "COVERSHOTS_DATABASE_URL",
    "COVERSHOTS_CONVEX_URL",
    "COVERSHOTS_CONVEX_KEY",
    "GEMINI_API_KEY",
    "OPENAI_API_KEY",
    "COVERSHOTS_CONTACT",
    "R2_ACCOUNT_ID",
    "R2_BUCKET",
    "R2_JURISDICTION",
    "R2_ACCESS_KEY_ID",
    "R2_SECRET_ACCESS_KEY",
    "R2_ADMIN_ACCESS_KEY_ID",
    "R2_ADMIN_SECRET_ACCESS_KEY",
    "S3_ENDPOINT",
];

/// A folder with a configuration, in which everything is kept.
pub(crate) struct House {
    folder: TempDir,
    data: Option<PathBuf>,
    environment: Vec<(String, String)>,
}

impl House {
    /// An empty one with this configuration.
    pub(crate) fn new(configuration: &str) -> House {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("covershots.toml"), configuration).unwrap();
        House { folder, data: None, environment: Vec::new() }
    }

    /// The same, with its data in a folder elsewhere.
    pub(crate) fn with_data(configuration: &str, data: PathBuf) -> House {
        House { data: Some(data), ..House::new(configuration) }
    }

    /// From now on the program is told this by its environment.
    pub(crate) fn sets(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// From now on this is what is configured.
    pub(crate) fn configure(&self, configuration: &str) {
        std::fs::write(self.path("covershots.toml"), configuration).unwrap();
    }

    /// What a command says, and its exit code. It must not be asked of an inner server's only thread.
    pub(crate) async fn runs(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code().unwrap(), text: text(output.stdout), log: text(output.stderr) }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| self.folder.path().join("covershots-data"))
    }

    /// A file beside the configuration.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments, here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_covershots"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command.env("COVERSHOTS_DATA", self.data());
        for name in FROM_ENVIRONMENT {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a process.
    pub(crate) fn start(&self, arguments: &[&str]) -> Process {
        Process::start(self.command(arguments))
    }

    /// Serves on a port that is free, and waits until it does.
    pub(crate) async fn serve(&self) -> Server {
        self.serve_with(&["--listen", "127.0.0.1:0"]).await
    }

    /// The same without pictures being made.
    pub(crate) async fn serve_without_worker(&self) -> Server {
        self.serve_with(&["--listen", "127.0.0.1:0", "--no-worker"]).await
    }

    /// The same with these arguments.
    pub(crate) async fn serve_with(&self, arguments: &[&str]) -> Server {
        let process = self.start(&[&["serve"], arguments].concat());
        let line = process.says("Covershots is at").await;
        let address = line.split("listening on ").nth(1).and_then(|rest| rest.split(')').next());
        let scheme = if line.contains("https://") { "https" } else { "http" };
        let port = address.unwrap().rsplit(':').next().unwrap();
        Server { url: format!("{scheme}://localhost:{port}"), process }
    }
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) text: String,
    pub(crate) log: String,
}

impl Said {
    /// The document that it printed.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It ended so.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Said {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

/// A process that serves.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) process: Process,
}

impl Server {
    /// Somebody who has no account.
    pub(crate) fn nobody(&self) -> Person {
        Person::nobody(&self.url)
    }

    /// A person who has just signed up and allowed nothing.
    pub(crate) async fn newcomer(&self, name: &str) -> Person {
        self.nobody().signed_up(name).await
    }

    /// A person who allows to keep photos.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let person = self.newcomer(name).await;
        person.consents().await;
        person
    }
}

/// A process of the program. It is killed when the test is over.
pub(crate) struct Process {
    child: Child,
    log: Arc<watch::Sender<Vec<String>>>,
}

impl Process {
    fn start(mut command: Command) -> Process {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(watch::Sender::new(Vec::new()));
        let (stderr, lines) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || gather(stderr, &lines));
        Process { child, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it said so far.
    pub(crate) fn log(&self) -> String {
        self.log.borrow().join("\n")
    }

    /// Waits for a line with this in it.
    pub(crate) async fn says(&self, words: &str) -> String {
        let mut lines = self.log.subscribe();
        let is_it = |line: &&String| line.contains(words) || *line == ENDED;
        let said =
            tokio::time::timeout(WITHIN, lines.wait_for(|lines| lines.iter().any(|line| is_it(&line)))).await;
        let line = said.ok().and_then(|lines| lines.ok()?.iter().find(is_it).cloned());
        match line {
            Some(line) if line != ENDED => line,
            _ => panic!("it never said {words:?}, but:\n{}", self.log()),
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end (`TERM`) or sends it another signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for its end.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        let mut ended = None;
        super::until("the process ends", async || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        })
        .await;
        ended.unwrap()
    }

    /// Asks it to end, and waits until it did, well.
    pub(crate) async fn stops(&mut self) {
        self.signal("TERM");
        self.stops_of_itself().await;
    }

    /// Waits until it ended, well.
    pub(crate) async fn stops_of_itself(&mut self) {
        let status = self.ends().await;
        assert_eq!(status.code(), Some(0), "{}", self.log());
        assert!(!self.log().contains("panicked"), "{}", self.log());
    }

    /// The most memory that it ever had, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let worth_reading = log.lines().filter(|line| !line.contains("\"DEBUG\"")).collect::<Vec<_>>();
            let last = &worth_reading[worth_reading.len().saturating_sub(40)..];
            eprintln!("what the process said last:\n{}", last.join("\n"));
        }
    }
}

/// Stands at the end of what a process said.
const ENDED: &str = "(it ended)";

fn gather(stderr: impl Read, lines: &watch::Sender<Vec<String>>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok).chain([ENDED.to_owned()]) {
        lines.send_modify(|lines| lines.push(line));
    }
}
