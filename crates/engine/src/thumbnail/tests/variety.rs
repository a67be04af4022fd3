//! Styles, chance, hostile titles and tests of three.

use domain::style::thumbnail::Layout;

use super::*;
use crate::text::TypeError;
use crate::thumbnail::{Differ, ThumbnailError, render, test_variants};

#[test]
fn styles_are_many_and_each_is_its_own() {
    let styles = styles();
    assert!(styles.len() >= 14, "{}", styles.len());
    for (i, (id, style)) in styles.iter().enumerate() {
        assert!(domain::StyleId::new(id).is_some(), "{id}");
        assert!(!style.name.is_empty() && style.description.len() > 20 && !style.category.is_empty(), "{id}");
        // The prompt leaves room for the title and asks for no text.
        assert!(style.prompt.contains("No text") && style.prompt.len() > 200, "{id}");
        for (other, later) in &styles[i + 1..] {
            assert_ne!(style.name, later.name);
            assert!(style.recipe != later.recipe, "{id} and {other} are the same");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_another_scene() {
    let (styles, people) = (styles(), people());
    let mut changed = 0;
    for (id, style) in &styles {
        let options =
            ThumbnailOptions { title: "I *quit* 🔥", size: SIZES[0], seed: 7, ..Default::default() };
        let a = make(Some(&people[1]), &style.recipe, &options);
        let b = make(Some(&people[1]), &style.recipe, &options);
        assert!(a.picture == b.picture && a.report == b.report, "{id}");
        let c = make(Some(&people[1]), &style.recipe, &ThumbnailOptions { seed: 8, ..options });
        changed += usize::from(a.picture != c.picture);
        assert_eq!(a.report.head_box, c.report.head_box);
    }
    assert!(changed * 2 > styles.len(), "{changed}");
}

#[test]
fn layouts_and_palettes_make_pictures_that_differ() {
    let (styles, people) = (styles(), people());
    for (id, style) in &styles {
        let options = ThumbnailOptions { title: "Why?", size: Size::new(320, 180), ..Default::default() };
        let mut pictures = Vec::new();
        for (layout, palette) in [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2)] {
            let options = ThumbnailOptions { layout, palette, ..options };
            pictures.push(make(Some(&people[0]), &style.recipe, &options).picture);
        }
        for i in 0..pictures.len() {
            assert!(pictures[i + 1..].iter().all(|other| *other != pictures[i]), "{id} {i}");
        }
    }
}

#[test]
fn hostile_titles_give_a_picture_or_a_reason_and_never_a_panic() {
    let (styles, people) = (styles(), people());
    let zalgo = format!("Z{}o", "\u{301}\u{327}\u{35c}".repeat(30));
    let wide = "W".repeat(120);
    let spaced = "a ".repeat(60);
    let cjk = "永".repeat(120);
    let lines = "a\nb\nc\nd\ne\nf\ng\nh";
    let titles = [
        "\u{0}\u{1}\u{1b}[31mred",
        "\u{202e}evil\u{202c}",
        "*",
        "**",
        "***a***",
        "\\",
        "\\*",
        "a*b",
        "-",
        "…",
        "💥",
        "👩‍👩‍👧‍👦👩🏽‍🚀🇺🇳",
        "ﷺ",
        "क्ष्म्य",
        "ก็็็็็",
        "\u{feff}BOM",
        "1",
        "fi ffl",
        "a\u{a0}b\u{a0}c",
        "\u{200d}x\u{200d}",
        "İıŞşß",
        "ﬁ",
        &zalgo,
        &wide,
        &spaced,
        &cjk,
        lines,
    ];
    for (i, title) in titles.iter().enumerate() {
        let recipe = &styles[i % styles.len()].1.recipe;
        let size = SIZES[i % 3];
        let options = ThumbnailOptions { title, size, layout: i, ..Default::default() };
        let made = make(Some(&people[i % 3]), recipe, &options);
        if let Some(report) = made.report.title {
            assert!(report.contrast.is_none_or(|contrast| contrast >= 4.5), "{title}: {report:?}");
            assert!(report.lines <= 7);
        }
    }
}

#[test]
fn what_cannot_be_made_is_told_with_its_reason() {
    let (styles, people) = (styles(), people());
    let recipe = &styles[0].1.recipe;
    let error = |options: ThumbnailOptions| render(Some(&people[0]), recipe, &options).unwrap_err();
    let long = "x".repeat(121);
    let told = error(ThumbnailOptions { title: &long, ..Default::default() });
    assert_eq!(told, ThumbnailError::Title(TypeError::TooLong { found: 121 }));
    let told = error(ThumbnailOptions { title: "hi 𓀀", ..Default::default() });
    assert!(told.to_string().contains("U+13000"), "{told}");
    for (w, h) in [(0, 0), (63, 63), (9000, 5000), (2000, 300)] {
        let told = error(ThumbnailOptions { size: Size::new(w, h), ..Default::default() });
        assert_eq!(told, ThumbnailError::Size(Size::new(w, h)));
    }
    let mut nobody = people[0].clone();
    nobody.pixels = Rgba8::new(100, 100);
    assert_eq!(
        render(Some(&nobody), recipe, &ThumbnailOptions::default()).unwrap_err(),
        ThumbnailError::NobodyThere
    );
}

#[test]
fn every_script_that_is_promised_has_its_letters() {
    let (styles, people) = (styles(), people());
    let scripts = [
        "Ünïçødé ĄĘŁ ŐŰ Việt",
        "Ελληνικά",
        "Українська Қазақ",
        "Հայերեն",
        "ქართული",
        "العربية اردو فارسی",
        "עברית",
        "हिन्दी मराठी",
        "বাংলা",
        "ਪੰਜਾਬੀ",
        "ગુજરાતી",
        "ଓଡ଼ିଆ",
        "தமிழ்",
        "తెలుగు",
        "ಕನ್ನಡ",
        "മലയാളം",
        "සිංහල",
        "ไทย",
        "ລາວ",
        "ភាសាខ្មែរ",
        "မြန်မာ",
        "አማርኛ",
        "日本語ひらがなカタカナ",
        "简体中文",
        "繁體中文臺灣",
        "한국어",
        "100% → “quotes” — €£¥ №1",
    ];
    for (i, title) in scripts.iter().enumerate() {
        let recipe = &styles[i % styles.len()].1.recipe;
        let options = ThumbnailOptions { title, size: Size::new(320, 180), ..Default::default() };
        make(Some(&people[0]), recipe, &options);
    }
}

#[test]
fn a_test_of_three_differs_by_the_named_thing_alone() {
    let (styles, people) = (styles(), people());
    let recipe = &styles.iter().find(|(id, _)| id == "tutorial").unwrap().1.recipe;
    let options = ThumbnailOptions {
        title: "How I saved $10,000 in a year",
        size: SIZES[0],
        seed: 3,
        ..Default::default()
    };
    let person = Some(&people[0]);
    let side = test_variants(person, recipe, &options, Differ::FaceSide).unwrap();
    let x: Vec<f32> = side.iter().map(|v| v.thumbnail.report.head_box.unwrap().centre().x / 640.0).collect();
    assert!(x[0] > 0.6 && x[1] < 0.4 && (x[2] - 0.5).abs() < 0.05, "{x:?}");
    let names = |variants: &[crate::thumbnail::Variant]| -> Vec<String> {
        variants.iter().map(|variant| variant.name.clone()).collect()
    };
    assert_eq!(names(&side), ["face-right", "face-left", "face-middle", "no-text"]);

    let text = test_variants(person, recipe, &options, Differ::Text(&["Save *more*"])).unwrap();
    assert_eq!(text[0].title, "Save *more*");
    let mut titles: Vec<_> = text.iter().map(|variant| &variant.title).collect();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 4);

    let colour = test_variants(person, recipe, &options, Differ::Colour).unwrap();
    let boxes: Vec<_> =
        colour.iter().map(|v| v.thumbnail.report.title.as_ref().map(|t| t.title_box)).collect();
    assert!(boxes[0].is_some() && boxes[0] == boxes[1] && boxes[1] == boxes[2] && boxes[3].is_none());
    for variants in [side, text, colour] {
        assert_eq!(variants.len(), 4);
        for variant in &variants[..3] {
            assert!(variant.thumbnail.report.title.as_ref().unwrap().contrast.unwrap() >= 4.5);
        }
        assert!(variants[3].thumbnail.report.title.is_none());
    }
    let one = ThumbnailOptions { title: "Why?", ..options };
    let told = test_variants(person, recipe, &one, Differ::Text(&[])).unwrap_err();
    assert_eq!(told, ThumbnailError::TooFewTitles { found: 1 });
}

#[test]
fn nobody_is_mirrored_unasked() {
    let (styles, people) = (styles(), people());
    let recipe = &styles[0].1.recipe;
    assert!(recipe.layouts.as_slice().contains(&Layout::PersonLeft));
    let options = ThumbnailOptions { size: SIZES[0], ..Default::default() };
    let plain = make(Some(&people[1]), recipe, &options);
    let mirrored = make(Some(&people[1]), recipe, &ThumbnailOptions { mirrored: true, ..options });
    assert_ne!(plain.picture, mirrored.picture);
    // The astronaut's helmet, which the photo cuts at the right, is cut at the left when mirrored.
    assert!(mirrored.report.head_box.unwrap().centre().x > 0.5 * 640.0);
}
