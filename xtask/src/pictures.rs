//! `cargo xtask pictures`: what the studio's pages show of each style, and the pair at the top of the front page.
//!
//! Each style is shown by one person, small and twice as large, as WebP; whoever brings a new style renders it and looks at it.
//! The pictures are part of the repository and of the program. Nothing is retouched or chosen: each is what a first try gives.

use std::fs;
use std::path::Path;

use domain::style::{Catalogue, HeadshotRecipe, Recipe, Style, ThumbnailRecipe};
use domain::{AspectRatio, Size};
use engine::thumbnail::ThumbnailOptions;
use engine::{Engine, HeadshotOptions, Subject};
use imaging::resize::Resizable;
use imaging::{Rgb8, encode};

use crate::{Failure, root};

/// Pixels across, for a screen of usual fineness and for one of twice that.
const WIDTHS: [u32; 2] = [320, 640];
/// WebP quality: no loss that is seen at that size.
const QUALITY: u8 = 74;
/// The pair at the top of the front page is looked at closely.
const PAIR: Size = Size::new(800, 1000);
const PAIR_QUALITY: u8 = 80;
/// Its photo and its style.
const PAIR_OF: (&str, &str) = ("astronaut.png", "bookshelf");

/// Who shows the styles of a category.
const PERSONS: &[(&str, &str)] =
    &[("Business", "obama.jpg"), ("Classic", "obama.jpg"), ("Profession", "obama.jpg")];
const OTHERWISE: &str = "astronaut.png";

/// Titles as people write them, by style; any other has the last.
const TITLES: &[(&str, &str)] = &[
    ("tutorial", "Rust in *100 seconds*"),
    ("science", "The truth about *sleep*"),
    ("podcast", "How to win every argument"),
    ("storytime", "We moved to the *mountains*"),
    ("finance", "*5 mistakes* of my twenties"),
    ("cooking", "One pan, *ten minutes*"),
    ("travel", "Lisbon on *foot*"),
    ("fitness", "I ran every day for *a year*"),
    ("news", "What changes *tomorrow*"),
    ("gaming", "The *hardest* level"),
    ("", "Zero to *pilot*"),
];

/// Renders all styles and the pair, or the styles whose id contains `only`.
pub(crate) fn run(only: Option<&str>) -> Result<(), Failure> {
    let folder = root().join("crates/web/assets/pictures");
    let engine = Engine::new(imaging::Limits::default());
    let mut persons = Persons { engine: &engine, known: Vec::new() };
    let catalogue = Catalogue::built_in()?;
    let mut bytes = 0;
    for style in catalogue.iter().filter(|style| only.is_none_or(|only| style.id.as_str().contains(only))) {
        let person = PERSONS.iter().find(|(category, _)| *category == style.category);
        let subject = persons.get(person.map_or(OTHERWISE, |(_, person)| person))?;
        let picture = match &style.recipe {
            Recipe::Headshot(recipe) => {
                headshot(&engine, &subject, recipe, AspectRatio::Portrait4x5.size(800))?
            }
            Recipe::Thumbnail(recipe) => thumbnail(&subject, recipe, title(style))?,
        };
        let folder = folder.join("styles").join(style.kind().to_string());
        for width in WIDTHS {
            bytes += write(&folder, &format!("{}-{width}", style.id), &scaled(&picture, width), QUALITY)?;
        }
        println!("{} {}", style.kind(), style.id);
    }
    if only.is_none() {
        bytes += pair(&engine, &catalogue, &mut persons, &folder.join("front"))?;
    }
    println!("{} kB", bytes / 1000);
    Ok(())
}

/// The photo and the headshot, with the face in the same place.
fn pair(
    engine: &Engine,
    catalogue: &Catalogue,
    persons: &mut Persons<'_>,
    folder: &Path,
) -> Result<usize, Failure> {
    let (photo, style) = PAIR_OF;
    let style = catalogue.find(domain::StyleKind::Headshot, style)?;
    let Recipe::Headshot(recipe) = &style.recipe else {
        return Err("the pair needs a headshot style".into());
    };
    let after = headshot(engine, &persons.get(photo)?, recipe, PAIR)?;
    let after_file = encode::jpeg(&after, 95)?.bytes;
    let before = engine.beside(&fs::read(root().join("examples/photos").join(photo))?, &after_file)?;
    let name = photo.split('.').next().unwrap_or(photo);
    Ok(write(folder, &format!("after-{name}"), &after, PAIR_QUALITY)?
        + write(folder, &format!("before-{name}"), &before, PAIR_QUALITY)?)
}

/// The persons of the examples, each cut out once.
struct Persons<'a> {
    engine: &'a Engine,
    known: Vec<(String, Subject)>,
}

impl Persons<'_> {
    fn get(&mut self, photo: &str) -> Result<Subject, Failure> {
        if let Some((_, subject)) = self.known.iter().find(|(name, _)| name == photo) {
            return Ok(subject.clone());
        }
        let subject = self.engine.prepare(&fs::read(root().join("examples/photos").join(photo))?)?;
        self.known.push((photo.to_owned(), subject.clone()));
        Ok(subject)
    }
}

fn headshot(
    engine: &Engine,
    subject: &Subject,
    recipe: &HeadshotRecipe,
    size: Size,
) -> Result<Rgb8, Failure> {
    let options = HeadshotOptions { size, count: 1, background: None, seed: 1 };
    engine.headshots(subject, recipe, &options)?.pop().ok_or_else(|| "no picture came".into())
}

fn thumbnail(subject: &Subject, recipe: &ThumbnailRecipe, title: &str) -> Result<Rgb8, Failure> {
    let options = ThumbnailOptions { title, size: Size::new(1280, 720), ..ThumbnailOptions::default() };
    Ok(engine::thumbnail::render(Some(subject.cutout()), recipe, &options)?.picture)
}

fn title(style: &Style) -> &'static str {
    let known = TITLES.iter().find(|(id, _)| [style.id.as_str(), ""].contains(id));
    known.map_or("", |(_, title)| title)
}

fn scaled(picture: &Rgb8, width: u32) -> Rgb8 {
    let Size { width: w, height: h } = picture.size();
    picture.resized(width as usize, (h * width).div_ceil(w) as usize)
}

fn write(folder: &Path, name: &str, picture: &Rgb8, quality: u8) -> Result<usize, Failure> {
    fs::create_dir_all(folder)?;
    let file = encode::webp(picture, quality)?.bytes;
    fs::write(folder.join(name).with_extension("webp"), &file)?;
    Ok(file.len())
}
