//! From what a person chose to what the renderer of thumbnails takes.

use domain::ports::provider::Options;
use domain::style::ThumbnailRecipe;
use domain::thumbnail::{Difference, ThumbnailChoices};
use imaging::{Rgb8, Rgba8};

use crate::thumbnail::{self, Differ, ThumbnailError, ThumbnailOptions};
use crate::{OwnBackground, Subject};

/// The `n`th picture of the series, from 0.
pub(super) fn thumbnail(
    subject: &Subject,
    recipe: &ThumbnailRecipe,
    options: &Options,
    background: Option<&OwnBackground>,
    logo: Option<&Rgba8>,
    n: u32,
) -> Result<Rgb8, ThumbnailError> {
    let nothing = ThumbnailChoices::default();
    let choices = options.thumbnail.as_ref().map_or(&nothing, |thumbnail| &thumbnail.choices);
    let own: Option<Rgb8> = match background {
        Some(OwnBackground::Picture(picture)) => Some((**picture).clone()),
        Some(OwnBackground::Colour(colour)) => Some(Rgb8::filled(16, 16, colour.to_array())),
        None => None,
    };
    let recipe = as_chosen(recipe, choices);
    // With a layout of one's own only the colours are left to walk through.
    let layouts = if choices.layout.is_some() { 1 } else { recipe.layouts.as_slice().len() };
    let usual = ThumbnailOptions {
        title: options.title.as_deref().unwrap_or(""),
        size: options.aspect.size(options.long_side),
        seed: options.seed,
        background: own.as_ref(),
        brand: choices.colours,
        logo,
        ..ThumbnailOptions::default()
    };
    let Some(test) = choices.test else {
        let (layout, palette) = (n as usize % layouts, n as usize / layouts);
        let options = ThumbnailOptions { layout, palette, ..usual };
        return Ok(thumbnail::render(Some(subject.cutout()), &recipe, &options)?.picture);
    };
    let numbers = options.thumbnail.as_ref().map_or(&[][..], |thumbnail| &thumbnail.numbers);
    let asked = n.saturating_sub(options.first) as usize;
    let index = numbers.get(asked).map_or(n as usize, |&number| usize::from(number).saturating_sub(1));
    // The title itself is the first of those that are compared.
    let titles: Vec<&str> = std::iter::once(usual.title)
        .chain(choices.titles.iter().map(String::as_str))
        .filter(|_| !choices.titles.is_empty())
        .collect();
    let differ = match test {
        Difference::FaceSide => Differ::FaceSide,
        Difference::Text => Differ::Text(&titles),
        Difference::Colour => Differ::Colour,
    };
    // A brand's colours are compared with the style's own, not with themselves.
    let brand = usual.brand.filter(|_| test != Difference::Colour || index == 0);
    let options = ThumbnailOptions { brand, ..usual };
    let made = thumbnail::test_variant(Some(subject.cutout()), &recipe, &options, differ, index)?;
    Ok(made.thumbnail.picture)
}

/// The style's recipe with what was chosen in the place of its own.
fn as_chosen(recipe: &ThumbnailRecipe, choices: &ThumbnailChoices) -> ThumbnailRecipe {
    let mut recipe = match choices.layout {
        Some(layout) => thumbnail::with_layout(recipe, layout),
        None => recipe.clone(),
    };
    if let Some(font) = choices.font {
        recipe.title.font = font;
    }
    recipe
}
