//! The engine behind the provider port.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use domain::brand::BrandColours;
use domain::ports::provider::{Options, Picture, Provider, ProviderError, Request, ThumbnailOptions};
use domain::style::Catalogue;
use domain::style::thumbnail::{Layout, Typeface};
use domain::thumbnail::{Difference, ThumbnailChoices};
use domain::{AspectRatio, Colour, MediaType, StyleKind};
use engine::Engine;
use imaging::provenance::{Source, read};
use imaging::{Limits, decode};

/// Runs one future to its end on this thread.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn request(kind: StyleKind, style: &str, photo: Vec<u8>) -> Request {
    let catalogue = Catalogue::built_in().unwrap();
    Request {
        photos: vec![Picture::new(MediaType::Jpeg, photo)],
        style: Arc::new(catalogue.find(kind, style).unwrap().clone()),
        options: Options {
            count: 2,
            first: 0,
            aspect: if kind == StyleKind::Headshot { AspectRatio::Portrait4x5 } else { AspectRatio::Wide },
            long_side: 320,
            background: None,
            title: Some("Hello".into()),
            note: None,
            seed: 1,
            thumbnail: None,
        },
    }
}

fn photo() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/photos/obama.jpg")).unwrap()
}

#[test]
fn pictures_come_marked_and_progress_is_told() {
    let engine = Engine::default();
    let style = Catalogue::built_in().unwrap().of_kind(StyleKind::Thumbnail).next().unwrap().id.to_string();
    for (kind, style) in [(StyleKind::Headshot, "studio-grey"), (StyleKind::Thumbnail, style.as_str())] {
        let request = request(kind, style, photo());
        let told = Mutex::new(Vec::new());
        let answer = wait(engine.generate(&request, &|p| told.lock().unwrap().push(p.finished))).unwrap();
        assert_eq!(answer.pictures.len(), 2);
        assert_eq!(answer.made_by.provider, "engine");
        for picture in &answer.pictures {
            let pixels = decode(picture.bytes(), &Limits::default()).unwrap();
            assert_eq!(pixels.width().max(pixels.height()), 320);
            assert_eq!(read(picture.bytes()), Some(Source::Composite));
        }
        assert_eq!(told.lock().unwrap().last(), Some(&2));
    }
}

#[test]
fn a_photo_of_nobody_is_the_callers_mistake() {
    let empty = imaging::encode::png(&imaging::Rgb8::filled(64, 64, [80; 3])).unwrap().bytes;
    for bytes in [empty, b"no picture".to_vec()] {
        let request = request(StyleKind::Headshot, "studio-grey", bytes);
        let error = wait(Engine::default().generate(&request, &|_| {})).err().unwrap();
        assert!(matches!(error, ProviderError::Invalid { .. }), "{error}");
    }
}

#[test]
fn a_dropped_call_is_given_up() {
    let engine = Engine::default();
    let request = request(StyleKind::Headshot, "studio-grey", photo());
    drop(engine.generate(&request, &|_| panic!("nothing is told after the future is dropped")));
}

/// One engine for those that look at pictures: its models are read once.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::default);

/// What a person chose for thumbnails, and the pictures that come of it.
fn thumbnails(choices: ThumbnailChoices, numbers: Vec<u8>, logo: Option<Picture>) -> Vec<imaging::Rgb8> {
    let style = Catalogue::built_in().unwrap().of_kind(StyleKind::Thumbnail).next().unwrap().id.to_string();
    let mut request = request(StyleKind::Thumbnail, &style, photo());
    request.options.count = numbers.len() as u32;
    request.options.title = Some("I quit coffee".into());
    request.options.thumbnail = Some(ThumbnailOptions { choices, numbers, logo });
    let answer = wait(ENGINE.generate(&request, &|_| {})).unwrap();
    answer.pictures.iter().map(|picture| decode(picture.bytes(), &Limits::default()).unwrap()).collect()
}

#[test]
fn the_pictures_of_a_test_are_those_of_their_numbers_whenever_they_are_made() {
    let colours = Some(BrandColours { primary: Colour::new(20, 60, 120), accent: Colour::new(250, 180, 60) });
    let test = ThumbnailChoices { test: Some(Difference::Colour), colours, ..Default::default() };
    let all = thumbnails(test.clone(), vec![1, 2, 3], None);
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| a != b), "colour {} is one of the others", i + 1);
    }
    assert!(thumbnails(test, vec![3], None)[0] == all[2], "the third alone is the third");
}

#[test]
fn layout_font_colours_and_logo_are_set_as_told() {
    let plain = &thumbnails(ThumbnailChoices::default(), vec![1], None)[0];
    let choices = [
        ThumbnailChoices { layout: Some(Layout::TitleAbove), ..Default::default() },
        ThumbnailChoices { font: Some(Typeface::PermanentMarker), ..Default::default() },
        ThumbnailChoices {
            colours: Some(BrandColours { primary: Colour::new(180, 20, 20), accent: Colour::WHITE }),
            ..Default::default()
        },
    ];
    for choice in choices {
        let made = &thumbnails(choice.clone(), vec![1], None)[0];
        assert!(made != plain, "{choice:?} changes nothing");
    }
    let mark = imaging::Rgba8::filled(60, 60, [0, 255, 0, 255]);
    let logo = Picture::new(MediaType::Png, imaging::encode::png_with_alpha(&mark).unwrap().bytes);
    let marked = &thumbnails(ThumbnailChoices { logo: true, ..Default::default() }, vec![1], Some(logo))[0];
    let green = |picture: &imaging::Rgb8| {
        picture.pixels().iter().filter(|[r, g, b]| *g > 200 && *r < 80 && *b < 80).count()
    };
    assert!(green(marked) > green(plain) + 50, "the mark is seen");
}

#[test]
fn a_title_that_can_t_be_set_is_told_to_the_person() {
    let style = Catalogue::built_in().unwrap().of_kind(StyleKind::Thumbnail).next().unwrap().id.to_string();
    let mut request = request(StyleKind::Thumbnail, &style, photo());
    request.options.title = Some("word ".repeat(40));
    let error = wait(ENGINE.generate(&request, &|_| {})).err().unwrap();
    assert!(matches!(error, ProviderError::Refused { .. }), "{error}");
}
