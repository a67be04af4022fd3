//! Everything a contributor runs: `cargo xtask test | bench | gallery | pictures | screenshots`.

mod bench;
mod gallery;
mod needs;
mod pictures;
mod s3_real;
mod screens;
mod test;
mod tools;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

/// What any task may fail with; it is shown to a contributor and no more.
type Failure = Box<dyn std::error::Error>;

/// Everything a contributor runs.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every test of the workspace.
    Test {
        /// Passed on to `cargo test`, such as the name of a test.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Run the storage against a real S3 server, which is built first: that takes some minutes once.
    S3Real,
    /// Measure. Always in a release build: figures of any other are worth nothing.
    Bench {
        /// What to measure; all of it when left out.
        what: Option<Measure>,
    },
    /// A part of the bench of providers: ours, in a process of its own.
    #[command(hide = true)]
    Ask { url: String, at_once: usize, count: usize },
    /// Render every style over the photos of examples/photos to contact sheets in docs/gallery.
    Gallery {
        /// Only styles whose id contains this.
        #[arg(long)]
        only: Option<String>,
    },
    /// Render what the studio's pages show of the styles to crates/web/assets/pictures.
    Pictures {
        /// Only styles whose id contains this.
        #[arg(long)]
        only: Option<String>,
    },
    /// Take a picture of every page of the studio to docs/screens.
    Screenshots {
        /// Only pages whose name contains this.
        #[arg(long)]
        only: Option<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Reading, resizing and writing pictures.
    Imaging,
    /// From a photo to headshots.
    Engine,
    /// What our provider adds to a vendor's time, beside LiteLLM.
    Providers,
    /// The service: start, memory, gallery, uploads, generations.
    Serve,
    /// The studio's pages: weight, first paint, layout shift.
    Pages,
    /// Tokens that are verified, messages of payments that are heard.
    Payments,
    /// Generations a second, and what a claim costs.
    Database,
    /// Pictures to a bucket and back.
    Storage,
    /// The server that pictures are sent to.
    #[value(hide = true)]
    StorageServer,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test { rest } => test::run(&rest),
        Task::S3Real => s3_real::run(),
        Task::Bench { what } => bench::run(what),
        Task::Ask { url, at_once, count } => bench::providers::ask(&url, at_once, count),
        Task::Gallery { only } => gallery::run(only.as_deref()),
        Task::Pictures { only } => pictures::run(only.as_deref()),
        Task::Screenshots { only } => screens::run(only.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Runs cargo with these arguments on the workspace, and fails with `failed` when it does.
fn cargo<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
    failed: &'static str,
) -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(arguments).current_dir(root()).status()?;
    if status.success() { Ok(()) } else { Err(failed.into()) }
}

/// The root of the workspace.
fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}
