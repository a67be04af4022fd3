//! `covershots retention`: the storage's own rules, written once and looked at whenever one likes.

use clap::{Args, Subcommand};
use domain::policy::Promise;
use domain::retention::Retention;
use serde::Serialize;
use storage::{Applied, Finding, Rule};

use crate::arguments::Common;
use crate::configuration;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::service::storage::Storage;
use crate::service::{Place, Service, runtime};

/// Make the bucket itself delete what is over, and look whether it does.
///
/// It takes a key that may change the bucket: R2_ADMIN_ACCESS_KEY_ID and R2_ADMIN_SECRET_ACCESS_KEY. The service itself needs
/// one for objects alone. A folder has no rules; there the program deletes.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// What can be done.
#[derive(Subcommand)]
enum Command {
    /// Write the rules into the bucket, and leave rules alone that are not ours.
    Apply,
    /// Read the rules back, and list what is older than it should be; fails if anything is wrong.
    Check,
}

/// What a check shows.
#[derive(Serialize)]
struct Checked {
    /// The rules of the bucket; `None` where there is none, or they can't be read.
    rules: Option<Vec<Rule>>,
    findings: Vec<Finding>,
    ages: Vec<app::Ages>,
    good: bool,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    runtime()?.block_on(async {
        let service = Service::open(common, &wish.place, configuration).await?;
        let retention = service.app.settings().retention;
        match wish.command {
            Command::Apply => apply(common, &service.storage, &retention).await,
            Command::Check => check(common, &service, &retention).await,
        }
    })
}

async fn apply(common: &Common, storage: &Storage, retention: &Retention) -> Result<Exit, Failure> {
    let Storage::Bucket { rules, name, .. } = storage else {
        return Err(Failure::usage(
            "pictures lie in a folder, which has no rules of its own: the program deletes what is over. Name a bucket in the section [storage] first",
        ));
    };
    let applied = rules.apply(retention).await.map_err(|error| match error.turn() {
        domain::ports::objects::Turn::Retry => Failure::machine(with_cause(&error)),
        _ => Failure::usage(format_args!("{error}. To change a bucket's rules takes a key that may")),
    })?;
    if common.json {
        console::print_json(&applied)?;
        return Ok(Exit::Done);
    }
    let Applied { ours, kept, changed } = applied;
    console::print(format_args!(
        "{name} {}; {kept} rules of others were left alone:\n",
        if changed { "has these rules now" } else { "had these rules already" }
    ))?;
    for rule in ours {
        console::print(format_args!("  {rule}\n"))?;
    }
    Ok(Exit::Done)
}

async fn check(common: &Common, service: &Service, retention: &Retention) -> Result<Exit, Failure> {
    let (rules, findings) = match &service.storage {
        Storage::Folder(_) => (None, Vec::new()),
        Storage::Bucket { rules, .. } => {
            let lifecycle = rules.lifecycle().await.map_err(|error| Failure::machine(with_cause(&error)))?;
            (Some(lifecycle.rules().cloned().collect()), lifecycle.findings(retention))
        }
    };
    let ages = service.app.operator().ages().await.map_err(|error| Failure::machine(with_cause(&error)))?;
    let good = findings.is_empty() && ages.iter().all(|ages| ages.overdue == 0);
    let checked = Checked { rules, findings, ages, good };
    if common.json {
        console::print_json(&checked)?;
    } else {
        console::print(told(&checked))?;
    }
    Ok(if good { Exit::Done } else { Exit::SomeFailed })
}

fn told(checked: &Checked) -> String {
    let mut text = String::new();
    match &checked.rules {
        None => text.push_str("Pictures lie in a folder: the program itself deletes what is over.\n"),
        Some(rules) => {
            text.push_str("The bucket's rules:\n");
            rules.iter().for_each(|rule| text.push_str(&format!("  {rule}\n")));
        }
    }
    for ages in &checked.ages {
        let period = ages.rule.period.map_or_else(|| "no end".to_owned(), |period| period.to_string());
        let oldest =
            ages.oldest.map_or_else(|| "none".to_owned(), |oldest| format!("the oldest of {oldest}"));
        text.push_str(&format!(
            "{:9} kept for {period}: {} objects, {oldest}, {} overdue\n",
            ages.class.prefix(),
            ages.objects,
            ages.overdue
        ));
        for overdue in &ages.named {
            text.push_str(&format!("  {} should be gone since {}\n", overdue.key, overdue.since));
        }
    }
    checked.findings.iter().for_each(|finding| text.push_str(&format!("Wrong: {finding}\n")));
    let verdict = if checked.good { "All is as the policy says" } else { "Not as the policy says" };
    text.push_str(&format!(
        "{verdict} ({}, {}, {}).\n",
        Promise::PhotosEnd,
        Promise::ResultsEnd,
        Promise::PreviewsEnd
    ));
    text
}

/// An error with its cause.
fn with_cause(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}
