//! `covershots audit`: every promise of the policy with its evidence, for whoever does not want to take our word.

use std::path::PathBuf;

use clap::Args;

use crate::arguments::Common;
use crate::configuration;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::service::audit::{self, Finding, Report, Verdict};
use crate::service::{Place, Service, runtime};

/// Walk through every promise of the privacy policy and show its evidence; fails if one is broken.
///
/// The bucket's rules are read with R2_ADMIN_ACCESS_KEY_ID and R2_ADMIN_SECRET_ACCESS_KEY where they are set. What can't be
/// looked at is told as not shown.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,

    /// A file with the service's logs, to be searched for what is personal; may be given several times.
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    runtime()?.block_on(async {
        let service = Service::open(common, &wish.place, configuration).await?;
        let report = audit::audit(&service, &wish.log).await?;
        if common.json {
            console::print_json(&report)?;
        } else {
            console::print(told(&report))?;
        }
        Ok(if report.broken == 0 { Exit::Done } else { Exit::SomeFailed })
    })
}

fn told(report: &Report) -> String {
    let mut text = format!("Policy {}\n", report.policy);
    for Finding { promise, said, verdict, evidence } in &report.findings {
        let verdict = match verdict {
            Verdict::Kept => "kept",
            Verdict::Broken => "BROKEN",
            Verdict::NotShown => "not shown",
        };
        text.push_str(&format!("\n{verdict:9}  {promise}\n"));
        said.iter().for_each(|said| text.push_str(&format!("    “{}”\n", said.replace("**", ""))));
        evidence.iter().for_each(|line| text.push_str(&format!("  - {line}\n")));
    }
    text.push_str(&format!(
        "\n{} kept, {} broken, {} not shown.\n",
        report.kept, report.broken, report.not_shown
    ));
    text
}
