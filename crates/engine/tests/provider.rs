//! The engine behind the provider port.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use domain::ports::provider::{Options, Picture, Provider, ProviderError, Request};
use domain::style::Catalogue;
use domain::{AspectRatio, MediaType, StyleKind};
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
