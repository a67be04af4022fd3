//! A provider, an eye for photos and a clock that do as they are told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::check::{Finding, FindingKind, PhotoCheck, Verdict};
use domain::platform::Platform;
use domain::ports::BoxFuture;
use domain::ports::clock::Clock;
use domain::ports::outbound::{Post, SendError, Sender};
use domain::ports::pictures::{CheckedPhoto, Logo, PictureError, Pictures, Previewed};
use domain::ports::provider::*;
use domain::ports::randomness::{Randomness, RandomnessError};
use domain::time::Timestamp;
use domain::{AspectRatio, MediaType, Size, StyleKind};

/// A clock that is moved.
#[derive(Default)]
pub struct TestClock(pub AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn wait(&self, span: Duration) -> BoxFuture<'_, ()> {
        self.pass(span);
        Box::pin(async {})
    }
}

impl TestClock {
    pub fn pass(&self, span: Duration) {
        self.0.fetch_add(u64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

/// Gives as many pictures as are asked for, at once.
pub struct Easel;

impl Provider for Easel {
    fn id(&self) -> &str {
        "easel"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            kinds: vec![StyleKind::Headshot, StyleKind::Thumbnail],
            aspects: AspectRatio::ALL.to_vec(),
            max_photos: 3,
            max_count: 16,
            at_once: 1,
            max_long_side: 2048,
            typesets: true,
            local: true,
        }
    }

    fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a> {
        Box::pin(async move {
            let Options { count, seed, .. } = request.options;
            progress(Progress { finished: 1, requested: count });
            let picture = |n| Picture::new(MediaType::Png, format!("picture {seed} {n}").into_bytes());
            Ok(domain::ports::provider::Answer {
                pictures: (0..count).map(picture).collect(),
                made_by: MadeBy { provider: "easel".into(), model: "easel 1".into(), reference: None },
                cost: domain::attempt::AttemptCost::default(),
            })
        })
    }
}

/// Reads what a photo says of itself: `face`, `noface`, `two`; the rest is broken.
pub struct FakePictures;

impl Pictures for FakePictures {
    fn check(&self, photo: &[u8]) -> Result<CheckedPhoto, PictureError> {
        let finding =
            |kind, advice: &str| vec![Finding { kind, verdict: Verdict::Unusable, advice: advice.into() }];
        let findings = match photo.split(|&b| b == b' ').next().unwrap_or_default() {
            b"face" => vec![],
            b"noface" => {
                finding(FindingKind::NoFace, "Nobody is in the photo: send one that shows your face.")
            }
            b"two" => {
                finding(FindingKind::SeveralFaces, "Two people are in the photo: send one of you alone.")
            }
            _ => return Err(PictureError::Unreadable("it is no JPEG, PNG or WebP".into())),
        };
        let photo = Picture::new(MediaType::Jpeg, photo);
        Ok(CheckedPhoto { check: PhotoCheck::new(findings, 90), photo, size: Size::new(3000, 4000) })
    }

    fn preview(&self, picture: &[u8]) -> Result<Previewed, PictureError> {
        let preview = Picture::new(MediaType::WebP, [b"small ", picture].concat());
        Ok(Previewed { full_size: Size::new(819, 1024), preview, size: Size::new(410, 512) })
    }

    fn beside(&self, photo: &[u8], picture: &[u8]) -> Result<Picture, PictureError> {
        Ok(Picture::new(MediaType::WebP, [photo, b" beneath ", picture].concat()))
    }

    fn fit(&self, picture: &[u8], platform: &Platform) -> Result<Picture, PictureError> {
        let text = format!("{} for {}", String::from_utf8_lossy(picture), platform.id);
        Ok(Picture::new(platform.format, text.into_bytes()))
    }

    fn logo(&self, file: &[u8]) -> Result<Logo, PictureError> {
        if !file.starts_with(b"logo") {
            return Err(PictureError::Unreadable("it is no picture".into()));
        }
        Ok(Logo { picture: Picture::new(MediaType::Png, file), size: Size::new(64, 32) })
    }
}

/// Bytes that count up: ids differ, and every run of a test has the same.
#[derive(Default)]
pub struct CountedRandomness(AtomicU64);

impl Randomness for CountedRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.fill(0);
        let places = bytes.len().min(count.len());
        let start = bytes.len() - places;
        bytes[start..].copy_from_slice(&count[count.len() - places..]);
        Ok(())
    }
}

/// Posts nothing.
pub struct NoSender;

impl Sender for NoSender {
    fn post<'a>(&'a self, _: &'a Post) -> BoxFuture<'a, Result<u16, SendError>> {
        Box::pin(async { Ok(200) })
    }
}
