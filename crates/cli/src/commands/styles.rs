//! `covershots styles`: what there is to choose from.

use clap::{Args, ValueEnum};
use domain::StyleKind;
use domain::style::{Catalogue, Style};
use serde::Serialize;

use crate::arguments::Common;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::own_styles;

/// List the styles.
///
/// A style file of your own in --styles-folder is checked and listed with them.
#[derive(Args)]
pub(crate) struct Wish {
    /// Only those of one product.
    #[arg(long, short, value_enum)]
    kind: Option<Kind>,
}

/// The two products, as words of the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    /// A portrait of head and shoulders.
    Headshot,
    /// The cover of a video.
    Thumbnail,
}

impl From<Kind> for StyleKind {
    fn from(kind: Kind) -> StyleKind {
        match kind {
            Kind::Headshot => StyleKind::Headshot,
            Kind::Thumbnail => StyleKind::Thumbnail,
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    kind: StyleKind,
    category: &'a str,
    name: &'a str,
    description: &'a str,
    prompt: &'a str,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let catalogue = own_styles::catalogue(common.styles_folder.as_deref())?;
    let kinds = match wish.kind {
        Some(kind) => vec![kind.into()],
        None => vec![StyleKind::Headshot, StyleKind::Thumbnail],
    };
    let styles: Vec<&Style> = kinds.iter().flat_map(|kind| catalogue.of_kind(*kind)).collect();
    if common.json {
        console::print_json(&styles.iter().map(|style| row(style)).collect::<Vec<_>>())?;
    } else {
        console::print(table(&catalogue, &kinds))?;
    }
    Ok(Exit::Done)
}

fn row(style: &Style) -> Row<'_> {
    Row {
        id: style.id.as_str(),
        kind: style.kind(),
        category: &style.category,
        name: &style.name,
        description: &style.description,
        prompt: &style.prompt,
    }
}

/// The styles under their headings, ids and descriptions in columns.
fn table(catalogue: &Catalogue, kinds: &[StyleKind]) -> String {
    let width = catalogue.iter().map(|style| style.id.as_str().len()).max().unwrap_or(0);
    let mut text = String::new();
    for kind in kinds {
        let mut heading = None;
        for style in catalogue.of_kind(*kind) {
            if heading != Some(&style.category) {
                let gap = if text.is_empty() { "" } else { "\n" };
                text.push_str(&format!("{gap}{kind}: {}\n", style.category));
                heading = Some(&style.category);
            }
            text.push_str(&format!("  {:width$}  {}\n", style.id.as_str(), style.description));
        }
    }
    text
}
