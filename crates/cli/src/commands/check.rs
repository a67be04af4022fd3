//! `covershots check`: is a photo good enough, and what would be better?

use clap::Args;
use domain::{PhotoCheck, Verdict};
use serde::Serialize;

use crate::arguments::{Common, Photos};
use crate::batch;
use crate::configuration;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::photo;
use crate::studio::Studio;

/// Say what a photo is good for, and what to do better.
///
/// An unusable photo counts as failed in the exit code, so that scripts can sort photos.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    photos: Photos,
}

#[derive(Default, Serialize)]
struct Checked {
    #[serde(flatten)]
    check: Option<PhotoCheck>,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    let photos = photo::gather(&wish.photos.photos)?;
    let studio = Studio::open(configuration.limits.for_imaging());
    let console = Console::new(common, photos.len(), false);
    batch::each(
        "check",
        common,
        &console,
        (&photos, configuration.limits),
        &mut |place, bytes, console, checked: &mut Checked| {
            let check = studio.check(bytes)?;
            console.step();
            let Some(photo) = photos.get(place) else { return Ok(()) };
            let unusable = check.verdict == Verdict::Unusable;
            if !unusable {
                console.say(describe(&photo.name(), &check))?;
            }
            let advice = advice(&check);
            checked.check = Some(check);
            if unusable { Err(format!("unusable: {advice}").into()) } else { Ok(()) }
        },
    )
}

fn describe(name: &str, check: &PhotoCheck) -> String {
    let verdict = match check.verdict {
        Verdict::Good => "good",
        Verdict::Usable => "usable",
        Verdict::Unusable => "unusable",
    };
    let advice = advice(check);
    let space = if advice.is_empty() { "" } else { " " };
    format!("{name}: {verdict} ({} of 100){space}{advice}", check.score)
}

fn advice(check: &PhotoCheck) -> String {
    check.findings.iter().map(|finding| finding.advice.as_str()).collect::<Vec<_>>().join(" ")
}
