//! What is said of photos: real ones, spoilt ones, and ones without anybody.

#![allow(clippy::unwrap_used, reason = "a test may")]

use domain::style::{Catalogue, Recipe};
use domain::{FindingKind, PhotoCheck, StyleKind, Verdict};
use engine::{Engine, backdrop};
use imaging::{Limits, Resizable, Rgb8, decode, encode, linear};

const PHOTOS: [&str; 3] = ["obama.jpg", "biden.jpg", "astronaut.png"];

fn photo(name: &str) -> Rgb8 {
    let path = format!("{}/../../examples/photos/{name}", env!("CARGO_MANIFEST_DIR"));
    decode(&std::fs::read(path).unwrap(), &Limits::default()).unwrap()
}

fn check(photo: &Rgb8) -> PhotoCheck {
    Engine::default().check(&encode::png(photo).unwrap().bytes).unwrap()
}

fn says(check: &PhotoCheck, kind: FindingKind) -> Option<Verdict> {
    check.findings.iter().find(|f| f.kind == kind).map(|f| f.verdict)
}

/// The mean over a square, as a lens out of focus gives it.
fn blurred(photo: &Rgb8, radius: isize) -> Rgb8 {
    let along = |photo: &Rgb8, dx: isize, dy: isize| {
        Rgb8::from_fn(photo.width(), photo.height(), |x, y| {
            let mut sum = [0u32; 3];
            for i in -radius..=radius {
                let p = photo.get_clamped(x as isize + i * dx, y as isize + i * dy);
                sum = std::array::from_fn(|c| sum[c] + u32::from(p[c]));
            }
            sum.map(|v| (v / (2 * radius as u32 + 1)) as u8)
        })
    };
    along(&along(photo, 1, 0), 0, 1)
}

fn side_by_side(a: &Rgb8, b: &Rgb8) -> Rgb8 {
    let height = a.height().min(b.height());
    Rgb8::from_fn(a.width() + b.width(), height, |x, y| {
        if x < a.width() { a.get(x, y) } else { b.get(x - a.width(), y) }
    })
}

#[test]
fn every_example_photo_is_usable() {
    for name in PHOTOS {
        let check = check(&photo(name));
        println!("{name}: {check:?}");
        assert_ne!(check.verdict, Verdict::Unusable, "{name}: {check:?}");
    }
    assert_eq!(check(&photo("obama.jpg")).verdict, Verdict::Good);
}

#[test]
fn a_blurred_face_is_called_blurred() {
    for name in ["obama.jpg", "biden.jpg"] {
        let photo = photo(name);
        let soft = check(&blurred(&photo, 3));
        assert!(says(&soft, FindingKind::Blurred).is_some(), "{name}: {soft:?}");
        let lost = check(&blurred(&photo, 8));
        assert_eq!(says(&lost, FindingKind::Blurred), Some(Verdict::Unusable), "{name}: {lost:?}");
    }
}

#[test]
fn a_dark_face_is_called_dark() {
    let dark = photo("obama.jpg").map(|p| p.map(|v| v / 5));
    let check = check(&dark);
    assert!(says(&check, FindingKind::TooDark).is_some(), "{check:?}");
}

#[test]
fn a_burnt_out_face_is_called_too_bright() {
    let bright = photo("obama.jpg").map(|p| p.map(|v| (f32::from(v) * 2.6).min(255.0) as u8));
    let check = check(&bright);
    assert!(says(&check, FindingKind::TooBright).is_some(), "{check:?}");
}

#[test]
fn a_cut_head_and_a_tiny_face_are_told() {
    let whole = photo("obama.jpg");
    let cut = check(&whole.crop(200, 110, 560, 500));
    assert!(says(&cut, FindingKind::HeadCut).is_some(), "{cut:?}");
    let tiny = check(&whole.resized(150, 187));
    assert!(says(&tiny, FindingKind::FaceTooSmall).is_some(), "{tiny:?}");
}

#[test]
fn two_people_are_one_too_many() {
    let check = check(&side_by_side(&photo("obama.jpg"), &photo("obama.jpg").mirrored()));
    assert_eq!(says(&check, FindingKind::SeveralFaces), Some(Verdict::Unusable), "{check:?}");
}

#[test]
fn a_cat_a_cup_and_a_rocket_have_no_face() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nobody");
    for name in ["chelsea", "coffee", "rocket"] {
        let bytes = std::fs::read(format!("{folder}/{name}.jpg")).unwrap();
        let check = Engine::default().check(&bytes).unwrap();
        assert_eq!(says(&check, FindingKind::NoFace), Some(Verdict::Unusable), "{name}: {check:?}");
        assert!(Engine::default().prepare(&bytes).is_err(), "{name}");
    }
}

#[test]
fn empty_rooms_streets_and_landscapes_have_no_face() {
    let catalogue = Catalogue::built_in().unwrap();
    for style in catalogue.of_kind(StyleKind::Headshot).step_by(5) {
        let Recipe::Headshot(recipe) = &style.recipe else { continue };
        let empty = linear::picture_to_srgb(&backdrop::paint(&recipe.backgrounds[0], 640, 480, 1));
        let check = check(&empty);
        assert_eq!(says(&check, FindingKind::NoFace), Some(Verdict::Unusable), "{}: {check:?}", style.id);
    }
}

#[test]
fn where_nobody_is_no_face_is_found() {
    let grey = Rgb8::filled(640, 480, [128; 3]);
    let noise = Rgb8::from_fn(640, 480, |x, y| {
        [0, 1, 2].map(|c| (((x * 37 + y * 91 + c * 53) * 2_654_435_761) >> 7) as u8)
    });
    let curtain = photo("obama.jpg").crop(100, 0, 180, 600);
    for (name, picture) in
        [("grey", grey), ("noise", noise), ("curtain", curtain), ("pixel", Rgb8::new(1, 1))]
    {
        let check = check(&picture);
        assert_eq!(says(&check, FindingKind::NoFace), Some(Verdict::Unusable), "{name}: {check:?}");
    }
}
