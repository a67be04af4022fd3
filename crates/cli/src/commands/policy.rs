//! `covershots policy`: the privacy policy of the installation as it is configured, and the versions that were in force.

use clap::Args;
use domain::policy::Policy;
use serde::Serialize;

use crate::arguments::Common;
use crate::configuration;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::service::{Place, Service, runtime};

/// Print the privacy policy that people agree to, made from the configuration.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,

    /// List every version that was ever in force, instead of the text.
    #[arg(long)]
    history: bool,
}

/// A version in the list.
#[derive(Serialize)]
struct Version<'a> {
    version: &'a str,
    published_at: String,
    digest: String,
    /// Whether who agreed to the one before was asked again.
    asked_again: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    runtime()?.block_on(async {
        let service = Service::open(common, &wish.place, configuration).await?;
        let in_force = service.app.settings().policy.clone();
        if wish.history {
            let policies = service.app.policies().await.map_err(Failure::machine)?;
            return history(common, &policies);
        }
        if common.json {
            console::print_json(&version(&in_force, None, true))?;
        } else {
            let day: String = in_force.published_at.to_string().chars().take("2026-11-23".len()).collect();
            console::print(format_args!(
                "{}\nIn force since {day}, version {}.\n",
                in_force.text, in_force.version.version
            ))?;
        }
        Ok(Exit::Done)
    })
}

fn version<'a>(policy: &'a Policy, before: Option<&Policy>, with_text: bool) -> Version<'a> {
    Version {
        version: &policy.version.version,
        published_at: policy.published_at.to_string(),
        digest: policy.version.digest.to_string(),
        asked_again: before.is_some_and(|before| !before.version.covers(&policy.version)),
        text: with_text.then_some(&*policy.text),
    }
}

/// The versions, newest first.
fn history(common: &Common, policies: &[Policy]) -> Result<Exit, Failure> {
    let before = |at: usize| policies.get(at + 1);
    let versions: Vec<Version<'_>> =
        policies.iter().enumerate().map(|(at, policy)| version(policy, before(at), common.json)).collect();
    if common.json {
        console::print_json(&versions)?;
        return Ok(Exit::Done);
    }
    for Version { version, published_at, asked_again, .. } in versions {
        let asked = if asked_again { "  people were asked again" } else { "" };
        console::print(format_args!("{published_at}  {version}{asked}\n"))?;
    }
    Ok(Exit::Done)
}
