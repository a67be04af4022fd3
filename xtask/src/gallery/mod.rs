//! `cargo xtask gallery`: every style over every photo of examples/photos, as contact sheets to be looked at.
//!
//! The sheets and their index lie under `docs/gallery/` and are part of the repository: a change to the engine shows
//! as a change of pictures. Nothing in them is retouched or chosen: each cell is what a first try gives.

mod sheet;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ab_glyph::FontVec;
use domain::style::{Catalogue, Recipe, Style};
use domain::{AspectRatio, Size, StyleKind};
use engine::thumbnail::ThumbnailOptions;
use engine::{Engine, HeadshotOptions, Subject};
use imaging::encode;

use self::sheet::Sheet;
use crate::{Failure, root};

/// Headshots side by side.
const COLUMNS: usize = 6;
const HEADSHOT: Size = AspectRatio::Portrait4x5.size(800);
const QUALITY: u8 = 78;
/// Titles as people write them, long and short, with and without a highlight.
const TITLES: [&str; 7] = [
    "I quit coffee for *30 days*",
    "Rust in 100 seconds",
    "The truth about *sleep*",
    "We moved to the mountains",
    "How to win every argument",
    "*5 mistakes* I made in my twenties",
    "Zero to pilot",
];

/// One sheet and what the index says of it.
struct Page {
    file: String,
    heading: String,
}

/// Renders the sheets of all styles, or of those whose id contains `only`.
pub(crate) fn run(only: Option<&str>) -> Result<(), Failure> {
    let folder = root().join("docs/gallery");
    fs::create_dir_all(&folder)?;
    let font = FontVec::try_from_vec(fs::read(root().join("fonts/inter.ttf"))?)?;
    let catalogue = Catalogue::built_in()?;
    let wanted = |style: &&Style| only.is_none_or(|only| style.id.as_str().contains(only));
    let engine = Engine::new(imaging::Limits::default());

    let mut pages = Vec::new();
    let mut overview = Sheet::new(COLUMNS, 280, 350);
    for (row, photo) in photos()?.iter().enumerate() {
        let name = photo.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let subject = engine.prepare(&fs::read(photo)?)?;
        for kind in [StyleKind::Headshot, StyleKind::Thumbnail] {
            let styles = catalogue.of_kind(kind).filter(wanted);
            let sheet = match kind {
                StyleKind::Headshot => headshots(&engine, &subject, styles)?,
                StyleKind::Thumbnail => thumbnails(&subject, styles)?,
            };
            if sheet.is_empty() {
                continue;
            }
            if kind == StyleKind::Headshot {
                // Styles from the whole list, others in each row.
                for column in 0..COLUMNS {
                    overview.copy(
                        &sheet,
                        column * sheet.len() / COLUMNS + row * 3 % sheet.len().div_ceil(COLUMNS),
                    );
                }
            }
            let file = format!("{kind}s-{name}.jpg");
            let bytes = encode::jpeg(&sheet.paint(&font), QUALITY)?.bytes;
            println!("docs/gallery/{file}: {} kB", bytes.len() / 1000);
            fs::write(folder.join(&file), bytes)?;
            pages.push(Page { file, heading: format!("{}: {name}", title(kind)) });
        }
    }
    if only.is_none() {
        fs::write(folder.join("overview.jpg"), encode::jpeg(&overview.paint(&font), QUALITY)?.bytes)?;
        fs::write(folder.join("README.md"), index(&catalogue, &pages))?;
    }
    Ok(())
}

fn title(kind: StyleKind) -> &'static str {
    match kind {
        StyleKind::Headshot => "Headshots",
        StyleKind::Thumbnail => "Thumbnails",
    }
}

/// The photos of the examples, by name.
fn photos() -> Result<Vec<PathBuf>, Failure> {
    let mut photos: Vec<_> = fs::read_dir(root().join("examples/photos"))?
        .collect::<Result<Vec<_>, _>>()?
        .iter()
        .map(fs::DirEntry::path)
        .filter(|path| is_picture(path))
        .collect();
    photos.sort();
    Ok(photos)
}

fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ["jpg", "png", "webp"].iter().any(|known| ending == *known))
}

/// One headshot a style.
fn headshots<'a>(
    engine: &Engine,
    subject: &Subject,
    styles: impl Iterator<Item = &'a Style>,
) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(COLUMNS, 280, 350);
    let options = HeadshotOptions { size: HEADSHOT, count: 1, background: None, seed: 1 };
    for style in styles {
        let Recipe::Headshot(recipe) = &style.recipe else { continue };
        for picture in engine.headshots(subject, recipe, &options)? {
            sheet.add(style.id.as_str(), &picture);
        }
    }
    Ok(sheet)
}

/// Three thumbnails a style, in its own layout and two others.
fn thumbnails<'a>(subject: &Subject, styles: impl Iterator<Item = &'a Style>) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(6, 320, 180);
    for (style, title) in styles.zip(TITLES.iter().cycle()) {
        let Recipe::Thumbnail(recipe) = &style.recipe else { continue };
        for n in 0..3 {
            let size = Size::new(1280, 720);
            let options =
                ThumbnailOptions { title, size, layout: n, palette: n, ..ThumbnailOptions::default() };
            let thumbnail = engine::thumbnail::render(Some(subject.cutout()), recipe, &options)?;
            sheet.add(if n == 0 { style.id.as_str() } else { "" }, &thumbnail.picture);
        }
    }
    Ok(sheet)
}

/// The index: the sheets, then what each style is for, in the order of the sheets.
fn index(catalogue: &Catalogue, pages: &[Page]) -> String {
    let mut text = String::from(
        "# Gallery\n\nEvery style over every photo of [examples/photos](../../examples/photos/PROVENANCE.md), each cell the first \
         try with seed 1.\nMade by `cargo xtask gallery`; do not edit.\n",
    );
    for page in pages {
        let _ = write!(text, "\n## {}\n\n![{}]({})\n", page.heading, page.heading, page.file);
    }
    for kind in [StyleKind::Headshot, StyleKind::Thumbnail] {
        let _ = write!(
            text,
            "\n## {} by style\n\n| style | category | what it is |\n|---|---|---|\n",
            title(kind)
        );
        for style in catalogue.of_kind(kind) {
            let _ = writeln!(text, "| `{}` | {} | {} |", style.id, style.category, style.description);
        }
    }
    text
}
