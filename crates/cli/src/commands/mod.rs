//! One file a command: what can be asked of it, and doing it.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod headshot;
pub(crate) mod inspect;
pub(crate) mod migrate;
pub(crate) mod payments;
pub(crate) mod platforms;
pub(crate) mod policy;
pub(crate) mod retention;
pub(crate) mod serve;
pub(crate) mod styles;
pub(crate) mod thumbnail;
pub(crate) mod worker;

use domain::style::{Catalogue, Style, StyleKind};
use serde::Serialize;

use crate::exit::Failure;

/// What was made of one photo.
#[derive(Default, Serialize)]
pub(crate) struct Made {
    pub(crate) pictures: Vec<MadePicture>,
}

/// One picture that was made.
#[derive(Serialize)]
pub(crate) struct MadePicture {
    pub(crate) file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) style: Option<String>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: usize,
    /// What it is in a test of thumbnails: `face-right`, `text-2`, `no-text` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) legibility: Option<crate::studio::Legibility>,
}

/// The styles with these ids, each once and at least one; `all` is every style of the kind.
fn choose<'a>(catalogue: &'a Catalogue, kind: StyleKind, ids: &[String]) -> Result<Vec<&'a Style>, Failure> {
    let mut styles: Vec<&Style> = Vec::new();
    for id in ids {
        let found = match id.as_str() {
            "all" => catalogue.of_kind(kind).collect(),
            id => vec![catalogue.find(kind, id).map_err(|error| {
                let list = format!("`covershots styles --kind {kind}` lists them all");
                Failure::usage(format_args!("{error} ({list})"))
            })?],
        };
        for style in found {
            if !styles.contains(&style) {
                styles.push(style);
            }
        }
    }
    if styles.is_empty() {
        return Err(Failure::usage(format_args!("there is no {kind} style: add one with --styles-folder")));
    }
    Ok(styles)
}
