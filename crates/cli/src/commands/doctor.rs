//! `covershots doctor`: is all there that the service stands on, and does it answer?

use clap::Args;
use serde_json::json;

use crate::arguments::Common;
use crate::configuration;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::service::checkup::{Finding, Patient, Verdict, examine};
use crate::service::{Place, runtime};

/// Say whether all that the service stands on is there and answers: database, storage, those who
/// make the pictures, vouch for people and take the money.
///
/// It changes nothing and costs nothing. It ends with 0 when all is well, and with something else when the service could not work, or
/// not wholly.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    let data = wish.place.folder(&configuration);
    let findings = runtime()?.block_on(examine(&Patient { configuration, data }));
    let bad = findings.iter().filter(|finding| finding.verdict == Verdict::Bad).count();
    if common.json {
        console::print_json(&json!({ "well": bad == 0, "findings": findings }))?;
    } else {
        findings
            .iter()
            .filter(|finding| !common.quiet || finding.verdict == Verdict::Bad)
            .try_for_each(tell)?;
    }
    Ok(Exit::of(findings.len() - bad, bad))
}

fn tell(Finding { what, verdict, words }: &Finding) -> Result<(), Failure> {
    let word = match verdict {
        Verdict::Good => "ok",
        Verdict::Note => "note",
        Verdict::Bad => "BAD",
    };
    console::print(format_args!("{word:<5} {what:<10} {words}\n"))
}
