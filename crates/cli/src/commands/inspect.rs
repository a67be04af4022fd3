//! `covershots inspect`: where does a picture come from, as far as it says?

use clap::Args;
use imaging::credentials::{self, Credentials, Finding};
use imaging::provenance;
use serde::Serialize;

use crate::arguments::{Common, Photos};
use crate::batch;
use crate::configuration;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::photo;

/// Say where a picture comes from: its mark, and its content credentials.
///
/// Content credentials are checked against the file and their signature; who vouches for the signer is for you to judge. A picture that
/// was changed after it was signed counts as failed in the exit code.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    photos: Photos,
}

/// What a picture says.
#[derive(Default, Serialize)]
struct Inspected {
    /// The mark, a word of IPTC's vocabulary.
    digital_source_type: Option<&'static str>,
    credentials: Option<Signed>,
}

/// What is signed.
#[derive(Serialize)]
struct Signed {
    /// `sound`, `changed`, `forged` or `unknown`.
    finding: &'static str,
    signer: Option<String>,
    generator: Option<String>,
    actions: Vec<String>,
    digital_source_type: Option<String>,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    let photos = photo::gather(&wish.photos.photos)?;
    let console = Console::new(common, photos.len(), false);
    batch::each(
        "inspect",
        common,
        &console,
        (&photos, configuration.limits),
        &mut |place, bytes, console, inspected: &mut Inspected| {
            let signed = credentials::read(bytes);
            inspected.digital_source_type = provenance::read(bytes).map(|source| source.as_str());
            let told = describe(inspected.digital_source_type, signed.as_ref());
            let finding = signed.as_ref().map(|signed| signed.finding);
            inspected.credentials = signed.map(Signed::from);
            console.step();
            match finding {
                Some(Finding::Changed | Finding::Forged) => Err(told.into()),
                _ => {
                    let name = photos.get(place).map(crate::photo::Photo::name).unwrap_or_default();
                    console.say(format!("{name}: {told}"))?;
                    Ok(())
                }
            }
        },
    )
}

impl From<Credentials> for Signed {
    fn from(read: Credentials) -> Self {
        let Credentials { generator, actions, source, signer, finding } = read;
        let finding = match finding {
            Finding::Sound => "sound",
            Finding::Changed => "changed",
            Finding::Forged => "forged",
            Finding::Unknown => "unknown",
        };
        Signed { finding, signer, generator, actions, digital_source_type: source }
    }
}

fn describe(mark: Option<&str>, signed: Option<&Credentials>) -> String {
    let Some(signed) = signed else {
        return match mark {
            Some(mark) => format!("{}, by its mark; nobody has signed that", meaning(mark)),
            None => "it does not say where it comes from".to_owned(),
        };
    };
    let source = signed.source.as_deref().or(mark).map_or_else(|| "a picture".to_owned(), meaning);
    let signer = signed.signer.as_deref().unwrap_or("somebody without a name");
    let program = signed.generator.as_deref().map(|program| format!(" with {program}")).unwrap_or_default();
    match signed.finding {
        Finding::Sound => format!("{source}, signed by {signer}{program}, and unchanged since"),
        Finding::Changed => format!("changed after {signer} signed it{program} as {source}"),
        Finding::Forged => {
            format!("its content credentials are forged: they do not fit the signature of {signer}")
        }
        Finding::Unknown => format!("{source}, by content credentials of a form that can't be checked here"),
    }
}

/// A word of IPTC's vocabulary, for people.
fn meaning(term: &str) -> String {
    match term {
        "trainedAlgorithmicMedia" => "made by a generative model".to_owned(),
        "compositeWithTrainedAlgorithmicMedia" => {
            "put together with parts that a generative model made".to_owned()
        }
        "composite" => "put together from a photo and other elements, without a generative model".to_owned(),
        "digitalCapture" => "taken with a camera".to_owned(),
        other => other.to_owned(),
    }
}
