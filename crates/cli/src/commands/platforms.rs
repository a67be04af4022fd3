//! `covershots platforms`: the places that pictures are made for.

use clap::Args;
use domain::{Platform, StyleKind};

use super::styles::Kind;
use crate::arguments::Common;
use crate::console;
use crate::exit::{Exit, Failure};

/// List the presets by platform: size, format, largest file.
#[derive(Args)]
pub(crate) struct Wish {
    /// Only those of one product.
    #[arg(long, short, value_enum)]
    kind: Option<Kind>,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let kind = wish.kind.map(StyleKind::from);
    let wanted: Vec<_> =
        Platform::all().iter().filter(|platform| kind.is_none_or(|k| platform.kind == k)).collect();
    if common.json {
        console::print_json(&wanted)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    let mut heading = None;
    for platform in wanted {
        if heading != Some(platform.kind) {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{}s\n", platform.kind));
            heading = Some(platform.kind);
        }
        let (size, ending) = (platform.size().to_string(), platform.format.extension());
        let kilobytes = platform.max_bytes / 1000;
        text.push_str(&format!(
            "  {:18}  {size:>9}  {ending:4}  ≤ {kilobytes:4} kB  {}\n",
            platform.id, platform.name
        ));
    }
    console::print(text)?;
    Ok(Exit::Done)
}
