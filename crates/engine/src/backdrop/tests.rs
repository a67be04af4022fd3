//! What holds for every backdrop, tried on all that the style files use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use domain::style::{Backdrop, HeadshotRecipe};
use imaging::resize::Resizable;
use imaging::{Plane, RgbF, linear};
use rayon::prelude::*;
use serde::Deserialize;

use super::colour::luminance;
use super::paint;

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

/// Every backdrop of every style, with a name to find it by.
fn all() -> Vec<(String, Backdrop)> {
    let mut all = Vec::new();
    for (id, style) in styles() {
        for (n, backdrop) in style.recipe.backgrounds.into_iter().enumerate() {
            all.push((format!("{id} {n}"), backdrop));
        }
    }
    all
}

/// The first of each kind: for what takes long.
fn some() -> Vec<(String, Backdrop)> {
    let mut seen = BTreeMap::new();
    let mut some = all();
    some.retain(|(_, backdrop)| {
        let kind = format!("{backdrop:?}").split(['(', ' ']).next().unwrap_or_default().to_owned();
        let variant = match backdrop {
            Backdrop::Wall(wall) => format!("{kind} {:?}", wall.material),
            Backdrop::Shadow(shadow) => format!("{kind} {:?}", shadow.pattern),
            Backdrop::Street(street) => format!("{kind} {:?}", street.time),
            Backdrop::Horizon(horizon) => format!("{kind} {:?}", horizon.view),
            _ => kind,
        };
        let number = seen.entry(variant).or_insert(0);
        *number += 1;
        *number <= 1
    });
    some
}

/// Checks backdrops and names all that fail, not only the first.
fn check(backdrops: &[(String, Backdrop)], check: impl Fn(&Backdrop) -> Result<(), String> + Sync) {
    let failed: Vec<String> = backdrops
        .par_iter()
        .filter_map(|(name, backdrop)| check(backdrop).err().map(|why| format!("{name}: {why}")))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn encoded_luma(picture: &RgbF) -> Plane {
    picture.map(|p| [f32::from(linear::to_srgb(luminance(p)))])
}

fn mean_difference(a: &RgbF, b: &RgbF) -> f32 {
    let (a, b) = (linear::picture_to_srgb(a), linear::picture_to_srgb(b));
    let sum: u64 = a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f32 / a.data().len() as f32
}

#[test]
fn every_style_file_is_complete() {
    let styles = styles();
    assert!(styles.len() >= 40, "{}", styles.len());
    for (id, style) in &styles {
        assert!(domain::StyleId::new(id).is_some(), "{id}");
        assert!(!style.name.is_empty() && !style.category.is_empty(), "{id}");
        assert!(style.description.ends_with('.') && style.description.chars().count() <= 110, "{id}");
        let prompt = style.prompt.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(prompt.contains("85 mm lens") && style.prompt.len() > 200, "{id}");
        assert!((1..=4).contains(&style.recipe.backgrounds.len()), "{id}");
    }
    let names: BTreeSet<_> = styles.iter().map(|(_, style)| &style.name).collect();
    assert_eq!(names.len(), styles.len(), "two styles have one name");
}

#[test]
fn a_prompt_never_speaks_of_what_a_person_is() {
    let forbidden = [
        "young",
        "old",
        "elderly",
        "age",
        "beautiful",
        "handsome",
        "attractive",
        "pretty",
        "man",
        "woman",
        "men",
        "women",
        "male",
        "female",
        "ethnic",
        "slim",
        "race",
    ];
    for (id, style) in styles() {
        let prompt = style.prompt.to_lowercase();
        let words: BTreeSet<&str> = prompt.split(|c: char| !c.is_alphabetic()).collect();
        for word in forbidden {
            assert!(!words.contains(word), "{id}: {word}");
        }
    }
}

#[test]
fn no_two_styles_look_alike() {
    let styles = styles();
    for (i, (a, first)) in styles.iter().enumerate() {
        for (b, second) in &styles[i + 1..] {
            assert!(first.recipe.backgrounds[0] != second.recipe.backgrounds[0], "{a} and {b} begin alike");
        }
    }
}

#[test]
fn the_light_of_a_place_comes_from_the_side_of_the_key() {
    for (id, style) in styles() {
        let key = style.recipe.light.side.get();
        for backdrop in &style.recipe.backgrounds {
            let light = match backdrop {
                Backdrop::Canvas(b) => b.light,
                Backdrop::Paper(b) => b.light,
                Backdrop::Shadow(b) => b.light,
                Backdrop::Wall(b) => b.light,
                Backdrop::Bookshelf(b) => b.light,
                Backdrop::Office(b) => b.light,
                Backdrop::Skyline(b) => b.light,
                Backdrop::Corridor(b) => b.light,
                Backdrop::Blackboard(b) => b.light,
                Backdrop::Stage(b) => b.light,
                Backdrop::Lounge(b) => b.light,
                Backdrop::Park(b) => b.light,
                Backdrop::GoldenHour(b) => b.light,
                Backdrop::Street(b) => b.light,
                Backdrop::Horizon(b) => b.light,
                Backdrop::Plain { .. } | Backdrop::Gradient(_) | Backdrop::Studio(_) | Backdrop::Gels(_) => {
                    continue;
                }
            };
            assert!(
                light.get() * key >= 0.0,
                "{id}: the key is at {key}, the light of the place at {}",
                light.get()
            );
        }
    }
}

#[test]
fn every_backdrop_is_finite_in_range_and_of_the_size_asked_for() {
    check(&some(), |backdrop| {
        for (width, height, seed) in [(512, 512, 1), (512, 910, u64::MAX), (910, 512, 7), (640, 800, 0)] {
            let picture = paint(backdrop, width, height, seed);
            if (picture.width(), picture.height()) != (width, height) {
                return Err(format!("{picture:?} instead of {width}×{height}"));
            }
            if let Some(value) = picture.data().iter().find(|v| !(0.0..=1.6).contains(*v)) {
                return Err(format!("{value} at {width}×{height}, seed {seed}"));
            }
        }
        Ok(())
    });
}

#[test]
fn the_same_seed_paints_the_same_picture_on_any_number_of_threads() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    for (name, backdrop) in some() {
        let a = one.install(|| paint(&backdrop, 512, 640, 9));
        let b = three.install(|| paint(&backdrop, 512, 640, 9));
        assert!(a == b, "{name}");
    }
}

#[test]
fn another_size_shows_the_same_scene() {
    check(&some(), |backdrop| {
        let (small, large) = (paint(backdrop, 512, 640, 4), paint(backdrop, 1024, 1280, 4));
        let difference = mean_difference(&small, &large.resized(512, 640));
        if difference < 1.8 { Ok(()) } else { Err(format!("{difference} steps apart")) }
    });
}

#[test]
fn another_seed_is_another_frame_of_the_same_place() {
    check(&some(), |backdrop| {
        let graphic = matches!(backdrop, Backdrop::Plain { .. } | Backdrop::Gradient(_));
        let frames: Vec<RgbF> = (0..3).map(|seed| paint(backdrop, 320, 400, seed)).collect();
        for i in 0..3 {
            for j in 0..i {
                let difference = mean_difference(&frames[i], &frames[j]);
                if !graphic && frames[i] == frames[j] {
                    return Err(format!("seeds {j} and {i} are one"));
                }
                if difference > 30.0 {
                    return Err(format!("seeds {j} and {i} are {difference} steps apart"));
                }
                let colour = |f: &RgbF| super::ambient(f).all;
                let (a, b) = (colour(&frames[i]), colour(&frames[j]));
                if (0..3).any(|c| (a[c] / b[c]).max(b[c] / a[c]) > 1.35) {
                    return Err(format!("seeds {j} and {i} differ in colour: {a:?} {b:?}"));
                }
            }
        }
        Ok(())
    });
}

/// In a gradient without grain, neighbours are equal for long and then all change at once: a band. Here no row may keep
/// one value for long.
#[test]
fn no_gradient_bands_in_eight_bits() {
    check(&some(), |backdrop| {
        if matches!(backdrop, Backdrop::Plain { .. }) {
            return Ok(());
        }
        let picture = linear::picture_to_srgb(&paint(backdrop, 800, 1000, 2));
        let mut longest = 0;
        for y in (0..1000).step_by(7) {
            let row = picture.row(y);
            let mut run = 1;
            for x in 1..row.len() {
                // What is clipped, white or black, is even by right.
                let clipped = row[x][1] >= 253 || row[x][1] <= 3;
                run = if row[x][1] == row[x - 1][1] && !clipped { run + 1 } else { 1 };
                longest = longest.max(run);
            }
        }
        if longest <= 40 { Ok(()) } else { Err(format!("{longest} equal pixels in a row")) }
    });
}

/// What lies around the head must not compete with it: little contrast between places a few percent apart.
#[test]
fn it_is_calm_behind_the_head() {
    check(&all(), |backdrop| {
        let luma = encoded_luma(&paint(backdrop, 400, 500, 3)).resized(80, 100);
        let (mut sum, mut count, mut worst) = (0.0, 0.0, 0.0f32);
        for y in 18..56 {
            for x in 20..60 {
                let (dx, dy) = ((x as f32 - 40.0) / 18.0, (y as f32 - 37.0) / 19.0);
                if dx * dx + dy * dy < 1.0 {
                    let at = |x: usize, y: usize| luma.get(x, y)[0];
                    let step = (at(x + 3, y) - at(x, y)).hypot(at(x, y + 3) - at(x, y));
                    (sum, count, worst) = (sum + step, count + 1.0, worst.max(step));
                }
            }
        }
        let mean = sum / count;
        if mean < 26.0 && worst < 150.0 { Ok(()) } else { Err(format!("mean step {mean}, worst {worst}")) }
    });
}
