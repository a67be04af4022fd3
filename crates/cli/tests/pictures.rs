//! The whole program with its engine: photos in, files out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;

use support::{Desk, photo};

/// Small pictures, so that the tests are quick.
const SMALL: [&str; 4] = ["--aspect", "4:5", "--size", "512"];

fn headshot<'a>(photos: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&["headshot"], photos, &SMALL, more].concat()
}

/// Width and height that a file of ours says it has.
fn size_of(bytes: &[u8]) -> (usize, usize) {
    let picture = imaging::decode(bytes, &imaging::Limits::default()).unwrap();
    (picture.width(), picture.height())
}

#[test]
fn a_photo_becomes_four_headshots_in_the_folder_out() {
    let desk = Desk::new();
    let end = desk.run(&headshot(&[&photo("obama.jpg")], &[])).expect(0);
    let names: Vec<_> = (1..=4).map(|n| format!("out/obama-corporate-{n}.jpg")).collect();
    assert_eq!(desk.files("out"), names);
    assert_eq!(end.text().lines().collect::<Vec<_>>(), names);
    for name in &names {
        let bytes = fs::read(desk.path(name)).unwrap();
        assert!(bytes.starts_with(&[0xff, 0xd8]), "a JPEG");
        assert_eq!(size_of(&bytes), (410, 512));
    }
}

#[test]
fn the_same_photo_style_and_seed_give_the_same_bytes() {
    let desk = Desk::new();
    let obama = photo("obama.jpg");
    let make = |output: &str, seed: &str| {
        desk.run(&headshot(&[&obama], &["-o", output, "--seed", seed])).expect(0);
        fs::read(desk.path(output)).unwrap()
    };
    assert_eq!(make("a.jpg", "7"), make("b.jpg", "7"));
}

#[test]
fn one_bad_photo_does_not_stop_the_others_and_is_counted() {
    let desk = Desk::new();
    for name in ["astronaut.png", "obama.jpg"] {
        fs::create_dir_all(desk.path("team")).unwrap();
        fs::copy(photo(name), desk.path(&format!("team/{name}"))).unwrap();
    }
    desk.put("team/broken.jpg", b"\xff\xd8\xff\xe0 not a photo");
    desk.put("team/notes.txt", "no photo either");
    let end = desk.run(&headshot(&["team"], &["--count", "1"])).expect(1);
    end.complains(&["team/broken.jpg: ", "1 of 3 photos failed"]);
    assert_eq!(desk.files("out"), ["out/astronaut-corporate-1.jpg", "out/obama-corporate-1.jpg"]);
    desk.run(&headshot(&["team/broken.jpg"], &["-o", "other"])).expect(3);
}

#[test]
fn json_tells_programs_what_was_made() {
    let desk = Desk::new();
    desk.put("broken.jpg", "no photo");
    let end =
        desk.run(&headshot(&[&photo("obama.jpg"), "broken.jpg"], &["--count", "2", "--json"])).expect(1);
    let report = end.json();
    assert_eq!((report["done"].as_u64(), report["failed"].as_u64()), (Some(1), Some(1)));
    let picture = &report["photos"][0]["pictures"][1];
    assert_eq!(picture["file"], "out/obama-corporate-2.jpg");
    assert_eq!(
        (picture["style"].as_str(), picture["media_type"].as_str()),
        (Some("corporate"), Some("image/jpeg"))
    );
    assert_eq!((picture["width"].as_u64(), picture["height"].as_u64()), (Some(410), Some(512)));
    let length = fs::metadata(desk.path("out/obama-corporate-2.jpg")).unwrap().len();
    assert_eq!(picture["bytes"].as_u64(), Some(length));
    assert!(report["photos"][1]["error"].is_string());
}

#[test]
fn it_is_a_filter_from_standard_input_to_standard_output() {
    let desk = Desk::new();
    let bytes = fs::read(photo("obama.jpg")).unwrap();
    let end = desk.run_with_stdin(&headshot(&["-"], &["-o", "-", "--format", "png"]), &bytes).expect(0);
    assert!(end.stdout.starts_with(b"\x89PNG"));
    assert_eq!(size_of(&end.stdout), (410, 512));
    assert_eq!(end.stderr, "");
    assert!(desk.files("").is_empty());
}

#[test]
fn nothing_is_overwritten_unless_forced() {
    let desk = Desk::new();
    let obama = photo("obama.jpg");
    let path = desk.put("out/obama-corporate-1.jpg", "precious");
    desk.run(&headshot(&[&obama], &["--count", "1"])).expect(2);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    desk.run(&headshot(&[&obama], &["--count", "1", "--force"])).expect(0);
    assert_eq!(size_of(&fs::read(&path).unwrap()), (410, 512));
}

#[test]
fn every_format_is_written_as_it_is_named() {
    let desk = Desk::new();
    let obama = photo("obama.jpg");
    for (name, magic) in [("a.jpg", &b"\xff\xd8"[..]), ("a.png", b"\x89PNG"), ("a.webp", b"RIFF")] {
        desk.run(&headshot(&[&obama], &["-o", name])).expect(0);
        assert!(fs::read(desk.path(name)).unwrap().starts_with(magic), "{name}");
    }
    desk.run(&headshot(&[&obama], &["--format", "cutout"])).expect(0);
    let cutout = fs::read(desk.path("out/obama-cutout.png")).unwrap();
    assert_eq!(cutout[25], 6, "a PNG with alpha (colour type of its header)");
}

#[test]
fn a_platform_decides_size_format_and_bytes() {
    let desk = Desk::new();
    let obama = photo("obama.jpg");
    desk.run(&["headshot", &obama, "--platform", "email-signature", "-n", "1"]).expect(0);
    let bytes = fs::read(desk.path("out/obama-corporate-1.jpg")).unwrap();
    assert_eq!(size_of(&bytes), (512, 512));
    assert!(bytes.len() <= 100_000);
}

#[test]
fn a_background_of_ones_own_is_a_colour_or_a_picture() {
    let desk = Desk::new();
    let obama = photo("obama.jpg");
    let corner = |name: &str, background: &str| {
        desk.run(&headshot(&[&obama], &["-o", name, "--background", background])).expect(0);
        let picture =
            imaging::decode(&fs::read(desk.path(name)).unwrap(), &imaging::Limits::default()).unwrap();
        picture.get(8, 8)
    };
    let [r, _, b] = corner("green.png", "#103080");
    assert!(b > r.saturating_add(20), "blue behind: {r} {b}");
    let green = imaging::Rgb8::filled(640, 800, [40, 200, 40]);
    desk.put("wall.png", imaging::encode::png(&green).unwrap().bytes);
    let [r, g, _] = corner("wall-behind.png", "wall.png");
    assert!(g > r.saturating_add(40), "green behind: {r} {g}");
}

#[test]
fn photos_of_the_same_name_do_not_share_a_file() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("b")).unwrap();
    fs::copy(photo("obama.jpg"), desk.path("me.jpg")).unwrap();
    fs::copy(photo("biden.jpg"), desk.path("b/me.jpg")).unwrap();
    desk.run(&headshot(&["me.jpg", "b/me.jpg"], &["-n", "1"])).expect(0);
    assert_eq!(desk.files("out"), ["out/me-2-corporate-1.jpg", "out/me-corporate-1.jpg"]);
    let read = |name: &str| fs::read(desk.path(name)).unwrap();
    assert_ne!(read("out/me-corporate-1.jpg"), read("out/me-2-corporate-1.jpg"));
}

#[test]
fn a_check_says_what_a_photo_is_good_for() {
    let desk = Desk::new();
    let text = desk.run(&["check", &photo("obama.jpg")]).expect(0).text();
    assert!(text.contains("obama.jpg: ") && text.contains("of 100"), "{text}");
    let grey = imaging::Rgb8::filled(640, 640, [120, 120, 120]);
    desk.put("wall.png", imaging::encode::png(&grey).unwrap().bytes);
    let end = desk.run(&["check", "wall.png", &photo("biden.jpg"), "--json"]).expect(1);
    let report = end.json();
    assert_eq!(report["photos"][0]["verdict"], "unusable");
    assert_eq!(report["photos"][0]["findings"][0]["kind"], "no_face");
    assert!(["good", "usable"].contains(&report["photos"][1]["verdict"].as_str().unwrap()));
    desk.run(&["check", "wall.png"]).expect(3).complains(&["wall.png: unusable: "]);
}

#[test]
fn the_projects_styles_are_there() {
    let list = Desk::new().run(&["styles", "--json"]).expect(0).json();
    let count = |kind| list.as_array().unwrap().iter().filter(|row| row["kind"] == kind).count();
    assert!(count("headshot") >= 24 && count("thumbnail") >= 12);
}

#[test]
fn thumbnails_are_made_in_variants_and_fit_the_platform() {
    let desk = Desk::new();
    let obama = photo("obama.jpg");
    let end = desk.run(&["thumbnail", &obama, "--title", "Ten questions", "--json"]).expect(0);
    let report = end.json();
    let pictures = report["photos"][0]["pictures"].as_array().unwrap();
    assert_eq!(pictures.len(), 3);
    for picture in pictures {
        assert_eq!((picture["width"].as_u64(), picture["height"].as_u64()), (Some(1280), Some(720)));
        assert!(picture["bytes"].as_u64().unwrap() <= 2_000_000);
        assert!(picture["legibility"]["contrast"].as_f64().unwrap() >= 4.5);
    }
    desk.run(&["thumbnail", &obama, "--size", "shorts", "-o", "cover.jpg"]).expect(0);
    assert_eq!(size_of(&fs::read(desk.path("cover.jpg")).unwrap()), (1080, 1920));
}

#[test]
fn a_test_makes_three_that_differ_and_one_without_text() {
    let desk = Desk::new();
    let obama = photo("obama.jpg");
    let titles = ["--title", "I quit coffee", "--title", "No more coffee", "--title", "Coffee? Never again"];
    for (test, titles, first) in [
        ("face-side", &titles[..2], "face-left"),
        ("colour", &titles[..2], "colour-1"),
        ("text", &titles[..], "no-text"),
    ] {
        let output = ["-o", test, "--test", test, "--size", "640x360", "--style", "podcast"];
        desk.run(&[&["thumbnail", &obama], titles, &output].concat()).expect(0);
        let files = desk.files(test);
        assert_eq!(files.len(), 4, "{files:?}");
        assert!(files[0].ends_with(&format!("obama-podcast-{first}.jpg")), "{files:?}");
        assert!(files.iter().any(|file| file.ends_with("-no-text.jpg")), "{files:?}");
        let pictures: Vec<_> = files.iter().map(|file| fs::read(desk.path(file)).unwrap()).collect();
        for (n, picture) in pictures.iter().enumerate() {
            assert!(!pictures[..n].contains(picture), "{test}: two are the same");
        }
    }
}

#[test]
fn a_thumbnail_takes_ones_own_background_colours_and_logo() {
    let desk = Desk::new();
    let obama = photo("obama.jpg");
    let make = |name: &str, more: &[&str]| {
        let plain = ["thumbnail", &obama, "--style", "minimal", "--size", "640x360", "-o", name];
        desk.run(&[&plain, more].concat()).expect(0);
        fs::read(desk.path(name)).unwrap()
    };
    let green = imaging::Rgb8::filled(64, 36, [40, 200, 40]);
    desk.put("wall.png", imaging::encode::png(&green).unwrap().bytes);
    let plain = make("plain.jpg", &[]);
    let others = [
        make("background.jpg", &["--background", "wall.png"]),
        make("brand.jpg", &["--brand", "#003366,#ffcc00"]),
        make("logo.jpg", &["--logo", "wall.png"]),
        make("mirror.jpg", &["--mirror"]),
    ];
    assert!(others.iter().all(|other| *other != plain));
}
