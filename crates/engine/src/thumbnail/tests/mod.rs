//! Whole thumbnails, looked at from outside: every style, in every layout and shape, with titles of many scripts.

mod figures;
mod pixels;
mod variety;

use domain::Size;
use domain::style::ThumbnailRecipe;
use imaging::{Point, Rect, Rgba8};

use super::{Thumbnail, ThumbnailOptions};
use crate::{Cutout, Edges, Face};

/// A style file, as the catalogue reads it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StyleFile {
    pub name: String,
    pub description: String,
    pub category: String,
    pub prompt: String,
    pub recipe: ThumbnailRecipe,
}

/// Every style that comes with the project, by id.
pub(super) fn styles() -> Vec<(String, StyleFile)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../styles/thumbnail");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut styles: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| {
            let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (id.clone(), toml::from_str(&text).unwrap_or_else(|error| panic!("{id}: {error}")))
        })
        .collect();
    styles.sort_by(|a, b| a.0.cmp(&b.0));
    styles
}

fn read(png: &[u8]) -> Rgba8 {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    Rgba8::from_vec(info.width as usize, info.height as usize, data).unwrap()
}

fn cutout(pixels: Rgba8, head: [f32; 4], bounds: [f32; 4], cut: Edges) -> Cutout {
    let rect = |[l, t, r, b]: [f32; 4]| Rect::new(l, t, r - l, b - t);
    let (head, bounds) = (rect(head), rect(bounds));
    let at = |u: f32, v: f32| Point::new(bounds.x + u * bounds.width, bounds.y + v * bounds.height);
    let face = Face {
        bounds,
        head,
        left_eye: at(0.3, 0.35),
        right_eye: at(0.7, 0.35),
        nose: at(0.5, 0.55),
        mouth: at(0.5, 0.75),
        chin: at(0.5, 1.0),
        roll: 0.0,
        yaw: 0.0,
        pitch: 0.0,
    };
    Cutout { pixels, face, cut }
}

/// Three people as photos have them: to the chest, with a thing that the right side cuts, and a head and shoulders cut at both.
pub(super) fn people() -> [Cutout; 3] {
    let bottom = Edges { bottom: true, ..Edges::default() };
    let president = cutout(
        read(include_bytes!("fixtures/president.png")),
        [203.0, 17.0, 386.0, 271.0],
        [213.0, 61.0, 376.0, 271.0],
        bottom,
    );
    let astronaut = cutout(
        read(include_bytes!("fixtures/astronaut.png")),
        [150.0, 13.0, 303.0, 192.0],
        [172.0, 55.0, 282.0, 192.0],
        Edges { right: true, ..bottom },
    );
    let (left, width, height) = (152, 292, 357);
    let mut tight = president.clone();
    tight.pixels = tight.pixels.crop(left, 0, width, height);
    tight.face = tight.face.moved(|p| Point::new(p.x - left as f32, p.y), 1.0, 0.0);
    tight.cut = Edges { left: true, right: true, bottom: true, top: false };
    [president, astronaut, tight]
}

/// Titles of many lengths and scripts.
pub(super) const TITLES: [&str; 14] = [
    "Why?",
    "I *quit* my job",
    "How I saved $10,000 in one year",
    "كيف *ربحت* 10,000 دولار في شهر",
    "איך *חסכתי* 5000 ש״ח",
    "人工知能が*世界を変える*日",
    "为什么时间会变慢？",
    "서울에서 *일주일* 살기",
    "ทำไมภาษาไทยถึงง่าย",
    "मैंने *30 दिन* चीनी छोड़ी",
    "Как я выучил *Rust* за месяц",
    "I tried 🔥 hot sauce 🌶️ once",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "The complete and utterly exhaustive history of how one small team rebuilt the entire internet from scratch in 2024",
];

/// Small pictures of the three shapes: geometry is the same at any size.
pub(super) const SIZES: [Size; 3] = [Size::new(640, 360), Size::new(360, 640), Size::new(400, 400)];

pub(super) fn make(
    cutout: Option<&Cutout>,
    recipe: &ThumbnailRecipe,
    options: &ThumbnailOptions,
) -> Thumbnail {
    super::render(cutout, recipe, options).unwrap_or_else(|error| panic!("{}: {error}", options.title))
}
