//! What holds for every backdrop, tried on all that the style files use.

use std::fs;
use std::path::PathBuf;

use domain::style::{Backdrop, HeadshotRecipe};
use imaging::{RgbF, linear};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StyleFile {
    name: String,
    description: String,
    category: String,
    prompt: String,
    recipe: HeadshotRecipe,
}

fn styles() -> Vec<(String, StyleFile)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../styles/headshot");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let style =
                toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{id}: {e}"));
            (id, style)
        })
        .collect()
}

#[test]
fn every_style_file_is_complete() {
    let styles = styles();
    for (id, style) in &styles {
        assert!(domain::StyleId::new(id).is_some(), "{id}");
        assert!(!style.name.is_empty() && !style.category.is_empty(), "{id}");
        assert!(style.description.ends_with('.') && style.description.len() < 140, "{id}");
        assert!(style.prompt.contains("85 mm") && style.prompt.len() > 200, "{id}");
        assert!((1..=4).contains(&style.recipe.backgrounds.len()), "{id}");
    }
    let mut names: Vec<_> = styles.iter().map(|(_, style)| &style.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), styles.len());
}
