//! What a headshot has to be, measured in the picture itself: the face is looked for again in what was made.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::sync::OnceLock;

use domain::style::{Catalogue, HeadshotRecipe, Recipe};
use domain::{AspectRatio, Colour, Size, StyleKind, Verdict};
use engine::{Engine, EngineError, HeadshotOptions, OwnBackground, Subject};
use imaging::{Rgb8, encode};

const PHOTOS: [&str; 3] = ["obama.jpg", "biden.jpg", "astronaut.png"];

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../examples/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Cutting out is slow in comparison: each photo is done once for all tests.
fn subjects() -> &'static [(&'static str, Subject)] {
    static SUBJECTS: OnceLock<Vec<(&'static str, Subject)>> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        PHOTOS.iter().map(|name| (*name, Engine::default().prepare(&photo(name)).unwrap())).collect()
    })
}

fn recipe(id: &str) -> HeadshotRecipe {
    let catalogue = Catalogue::built_in().unwrap();
    let Recipe::Headshot(recipe) = &catalogue.find(StyleKind::Headshot, id).unwrap().recipe else {
        panic!("{id} is a headshot style")
    };
    (**recipe).clone()
}

fn options(size: Size, count: u32) -> HeadshotOptions {
    HeadshotOptions { size, count, background: None, seed: 7 }
}

fn one(subject: &Subject, id: &str, size: Size) -> Rgb8 {
    Engine::default().headshots(subject, &recipe(id), &options(size, 1)).unwrap().remove(0)
}

/// Mean difference of two colours over a region, 0 to 255.
fn difference(a: &Rgb8, b: &Rgb8) -> f32 {
    let sum: f32 = a.data().iter().zip(b.data()).map(|(a, b)| f32::from(a.abs_diff(*b))).sum();
    sum / a.data().len() as f32
}

#[test]
fn the_eyes_are_level_and_where_a_portrait_has_them() {
    for (name, subject) in subjects() {
        let roll = subject.cutout().face.roll;
        assert!(roll.abs() < 0.013, "{name}: the eyes lean by {roll}");
        for aspect in AspectRatio::ALL {
            let size = aspect.size(640);
            let picture = one(subject, "studio-grey", size);
            assert_eq!(picture.size(), size);
            let faces = Engine::default().faces(&encode::png(&picture).unwrap().bytes).unwrap();
            assert_eq!(faces.len(), 1, "{name} {aspect}: one face is to be seen");
            let (face, w, h) = (&faces[0], size.width as f32, size.height as f32);
            let eyes = face.eye_line();
            assert!((0.28..0.52).contains(&(eyes.y / h)), "{name} {aspect}: eyes at {}", eyes.y / h);
            assert!((0.36..0.64).contains(&(eyes.x / w)), "{name} {aspect}: the face at {}", eyes.x / w);
            assert!(face.bounds.y > 0.0, "{name} {aspect}: the head is cut");
            let share = face.bounds.height / h;
            assert!((0.16..0.75).contains(&share), "{name} {aspect}: the face takes {share}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_and_another_seed_does_not() {
    let (_, subject) = &subjects()[0];
    let style = recipe("studio-grey");
    let engine = Engine::default();
    let first = engine.headshots(subject, &style, &options(Size::new(320, 400), 2)).unwrap();
    let again = engine.prepare(&photo("obama.jpg")).unwrap();
    assert!(first == engine.headshots(&again, &style, &options(Size::new(320, 400), 2)).unwrap());
    let other = HeadshotOptions { seed: 8, ..options(Size::new(320, 400), 2) };
    assert!(first != engine.headshots(subject, &style, &other).unwrap());
    assert!(first[0] != first[1], "two pictures of one style differ");
}

#[test]
fn nothing_of_the_old_background_is_left() {
    // Before two very different backgrounds everything but the person changes, up to the hair.
    for (name, subject) in subjects() {
        let on = |colour| {
            let options = HeadshotOptions {
                background: Some(OwnBackground::Colour(colour)),
                ..options(Size::new(400, 500), 1)
            };
            Engine::default().headshots(subject, &recipe("passport-neutral"), &options).unwrap().remove(0)
        };
        let (green, white) = (on(Colour::new(0, 200, 0)), on(Colour::WHITE));
        for (x, y) in [(4, 4), (395, 4), (8, 120), (392, 120)] {
            let [r, g, b] = green.get(x, y);
            assert!(g > 120 && r < 90 && b < 90, "{name}: at {x}, {y} there is {:?}", green.get(x, y));
            assert!(white.get(x, y).iter().all(|v| *v > 215), "{name}: at {x}, {y} {:?}", white.get(x, y));
        }
    }
}

#[test]
fn skin_keeps_its_tone() {
    // The median colour of the face's middle may move a little with light and contrast, its hue hardly.
    for (name, subject) in subjects() {
        let cutout = subject.cutout();
        let b = cutout.face.bounds;
        let was = median(&cutout.pixels.map(|[r, g, b, _]| [r, g, b]), b);
        for style in ["studio-white", "studio-grey", "linkedin-blue"] {
            let picture = one(subject, style, Size::new(512, 640));
            let face = Engine::default().faces(&encode::png(&picture).unwrap().bytes).unwrap().remove(0);
            let is = median(&picture, face.bounds);
            let hue = |c: [f32; 3]| [(c[0] / c[1]).ln(), (c[2] / c[1]).ln()];
            let (h0, h1) = (hue(was), hue(is));
            let turned = (h0[0] - h1[0]).hypot(h0[1] - h1[1]);
            assert!(turned < 0.22, "{name} {style}: {was:?} became {is:?}");
            let brighter = (is[1] / was[1]).ln().abs();
            assert!(brighter < 0.4, "{name} {style}: {was:?} became {is:?}");
        }
    }
}

fn median(picture: &Rgb8, region: imaging::Rect) -> [f32; 3] {
    let inner = region.grown(-0.22 * region.width);
    let part = picture.crop(
        inner.x.max(0.0) as usize,
        inner.y.max(0.0) as usize,
        inner.width as usize,
        inner.height as usize,
    );
    [0, 1, 2].map(|c| {
        let mut values: Vec<u8> = part.pixels().iter().map(|p| p[c]).collect();
        values.sort_unstable();
        f32::from(values[values.len() / 2]).max(1.0)
    })
}

#[test]
fn every_photo_gives_a_picture_that_passes_its_own_check() {
    for (name, subject) in subjects() {
        let picture = one(subject, "studio-grey", Size::new(800, 1000));
        let check = Engine::default().check(&encode::png(&picture).unwrap().bytes).unwrap();
        assert_ne!(check.verdict, Verdict::Unusable, "{name}: {check:?}");
    }
}

#[test]
fn pictures_look_as_they_did() {
    // Golden pictures are small; a change of look is seen in them, a change of rounding is not. COVERSHOTS_BLESS=1
    // writes them anew: look at them before you commit them.
    let folder = format!("{}/tests/golden", env!("CARGO_MANIFEST_DIR"));
    for (name, subject) in subjects() {
        for style in ["studio-white", "linkedin-blue", "black-and-white"] {
            let picture = one(subject, style, Size::new(240, 300));
            let stem = name.split('.').next().unwrap();
            let path = format!("{folder}/{stem}-{style}.png");
            if std::env::var_os("COVERSHOTS_BLESS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, encode::png(&picture).unwrap().bytes).unwrap();
            }
            let golden = std::fs::read(&path).unwrap_or_else(|_| panic!("{path} is missing"));
            let golden = imaging::decode(&golden, &imaging::Limits::default()).unwrap();
            assert_eq!(golden.size(), picture.size());
            let off = difference(&softened(&golden), &softened(&picture));
            assert!(off < 1.5, "{stem}-{style} differs by {off} on average");
        }
    }
}

/// What the eye takes in at a distance: means of 4 × 4 pixels.
fn softened(picture: &Rgb8) -> Rgb8 {
    Rgb8::from_fn(picture.width() / 4, picture.height() / 4, |x, y| {
        let mut sum = [0u32; 3];
        for j in 0..4 {
            for i in 0..4 {
                let p = picture.get(4 * x + i, 4 * y + j);
                sum = std::array::from_fn(|c| sum[c] + u32::from(p[c]));
            }
        }
        sum.map(|v| (v / 16) as u8)
    })
}

#[test]
fn what_no_picture_can_be_made_of_is_told() {
    let engine = Engine::default();
    let empty = encode::png(&Rgb8::filled(400, 300, [120; 3])).unwrap().bytes;
    assert!(matches!(engine.prepare(&empty), Err(EngineError::NoFace)));
    assert!(matches!(engine.prepare(b"not a picture"), Err(EngineError::Photo(_))));
    let (_, subject) = &subjects()[0];
    for size in [Size::new(0, 100), Size::new(100, 5000)] {
        let result = engine.headshots(subject, &recipe("studio-grey"), &options(size, 1));
        assert!(matches!(result, Err(EngineError::Size { .. })), "{size}");
    }
}
