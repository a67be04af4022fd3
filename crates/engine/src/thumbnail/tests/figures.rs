//! The geometry of every style, layout, shape and title, and the figures of the report.

use imaging::Rect;
use rayon::prelude::*;

use super::*;
use crate::thumbnail::frame::Frame;

/// Every style, layout and shape once, with people and titles taking turns, so that each meets each over the whole.
fn everything(check: impl Fn(&str, &ThumbnailOptions, &Thumbnail) + Sync) {
    let (styles, people) = (styles(), people());
    let mut jobs = Vec::new();
    for (s, (id, style)) in styles.iter().enumerate() {
        for layout in 0..style.recipe.layouts.as_slice().len() {
            for (z, size) in SIZES.into_iter().enumerate() {
                let turn = s * 5 + layout * 3 + z;
                jobs.push((id, style, layout, size, turn));
            }
        }
    }
    jobs.into_par_iter().for_each(|(id, style, layout, size, turn)| {
        let title = TITLES[turn % TITLES.len()];
        let options = ThumbnailOptions { title, size, layout, seed: turn as u64, ..Default::default() };
        let made = make(Some(&people[turn % people.len()]), &style.recipe, &options);
        check(id, &options, &made);
    });
}

#[test]
fn titles_stay_in_the_safe_area_off_heads_and_off_the_duration_and_can_be_read() {
    everything(|id, options, made| {
        let frame = Frame::new(options.size);
        let report = &made.report;
        let title = report.title.as_ref().unwrap();
        let told =
            format!("{id} {} layout {} \"{}\"\n{report:?}", options.size, options.layout, options.title);
        assert!(frame.safe.grown(1.0).contains(title.title_box), "{told}");
        assert!(!title.title_box.overlaps(report.head_box.unwrap()), "{told}");
        assert!(title.title_box.intersection(frame.badge).area() < 1.0, "{told}");
        assert!(title.contrast.unwrap() >= 4.5, "{told}");
        let shown_at_120 = title.text_height * 120.0 / options.size.width as f32;
        let long = options.title.chars().count() > 60;
        assert!(shown_at_120 >= if long { 3.0 } else { 4.5 }, "{shown_at_120:.1} px: {told}");
        let whole = Rect::new(0.0, 0.0, frame.width, frame.height);
        assert!(whole.grown(1.0).contains(report.head_box.unwrap()), "{told}");
        assert!(report.head_box.unwrap().grown(1.0).contains(report.face_box.unwrap()), "{told}");
        assert_eq!(made.picture.size(), options.size);
    });
}

#[test]
fn the_heights_are_those_of_the_shown_sizes() {
    let (styles, people) = (styles(), people());
    let options = ThumbnailOptions { title: "Why?", ..Default::default() };
    let report = make(Some(&people[0]), &styles[0].1.recipe, &options).report.title.unwrap();
    assert!((report.text_height_at_138 - report.text_height * 138.0 / 1280.0).abs() < 1e-3);
    assert!((report.text_height_at_168 / report.text_height_at_138 - 168.0 / 138.0).abs() < 1e-3);
    // One word is huge.
    assert!(report.text_height_at_138 > 12.0, "{report:?}");
}

#[test]
fn without_a_title_nothing_is_set_and_without_a_person_nobody_is_needed() {
    let (styles, people) = (styles(), people());
    let recipe = &styles[3].1.recipe;
    for title in ["", "  \n ", "\u{200b}"] {
        let options = ThumbnailOptions { title, size: SIZES[0], ..Default::default() };
        assert!(make(Some(&people[0]), recipe, &options).report.title.is_none());
    }
    for (_, style) in &styles {
        for size in SIZES {
            let options = ThumbnailOptions { title: TITLES[2], size, ..Default::default() };
            let report = make(None, &style.recipe, &options).report;
            assert!(report.head_box.is_none() && report.face_box.is_none());
            assert!(report.title.unwrap().contrast.unwrap() >= 4.5);
        }
    }
}

#[test]
fn a_logo_keeps_off_everything() {
    let (styles, people) = (styles(), people());
    let logo = Rgba8::filled(80, 40, [255, 0, 0, 255]);
    for (_, style) in &styles {
        let options =
            ThumbnailOptions { title: "Why?", logo: Some(&logo), size: SIZES[0], ..Default::default() };
        let report = make(Some(&people[0]), &style.recipe, &options).report;
        if let Some(place) = report.logo_box {
            assert!(!place.overlaps(report.title.unwrap().title_box));
            assert!(!place.overlaps(report.head_box.unwrap()));
        }
    }
}
