//! A provider, a receiver and an eye for photos that do as they are told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::attempt::AttemptCost;
use domain::check::{Finding, FindingKind, PhotoCheck, Verdict};
use domain::platform::Platform;
use domain::ports::BoxFuture;
use domain::ports::outbound::{Post, SendError, Sender};
use domain::ports::pictures::{CheckedPhoto, Logo, PictureError, Pictures, Previewed};
use domain::ports::provider::*;
use domain::ports::randomness::{Randomness, RandomnessError};
use domain::{AspectRatio, MediaType, Size, StyleKind};
use tokio::sync::Notify;

use super::{Chance, TestClock};

/// What each call takes.
pub const COST: AttemptCost = AttemptCost { tokens_in: 10, tokens_out: 20, micro_dollars: 39_000 };

/// What the provider does at its next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Busy,
    /// Not available for this cause.
    Fail(Outage),
    /// Busy for so long, it says.
    Later(Duration),
    Refuse,
    CallWrong,
    /// So many pictures, however many were asked for.
    Give(usize),
    Garbage,
    /// Never answers.
    Hang,
    /// Answers when it is let, with pictures of its own.
    Wait,
}

/// Gives as many pictures as are asked for, at once, unless it is told otherwise.
pub struct FakeProvider {
    id: &'static str,
    clock: Arc<TestClock>,
    pub turns: Mutex<VecDeque<Act>>,
    /// Busy by chance.
    pub chance: Mutex<Chance>,
    pub calls: AtomicU32,
    /// Pictures of one try, at most.
    pub max_count: AtomicU32,
    /// Tries at a time.
    pub at_once: AtomicU32,
    /// Whether it rests.
    pub rests: AtomicBool,
    /// Time that a call takes.
    pub takes: Mutex<Duration>,
    /// Rung when a call begins that hangs.
    pub hanging: Notify,
    /// Rung to let a call go on that waits.
    pub go_on: Notify,
    /// What it was sent last.
    pub seen: Mutex<Vec<Vec<u8>>>,
    /// Which picture of a series it was asked for last.
    pub seen_first: AtomicU32,
}

impl FakeProvider {
    pub fn new(id: &'static str, clock: Arc<TestClock>) -> Self {
        FakeProvider {
            id,
            clock,
            turns: Mutex::default(),
            chance: Mutex::default(),
            calls: AtomicU32::new(0),
            max_count: AtomicU32::new(16),
            at_once: AtomicU32::new(1),
            rests: AtomicBool::new(false),
            takes: Mutex::new(Duration::ZERO),
            hanging: Notify::new(),
            go_on: Notify::new(),
            seen: Mutex::default(),
            seen_first: AtomicU32::new(0),
        }
    }

    pub fn next(&self, turns: impl IntoIterator<Item = Act>) {
        self.turns.lock().unwrap().extend(turns);
    }

    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    fn unavailable(&self, cause: Outage, retry_after: Option<Duration>) -> ProviderError {
        let (detail, cost) = ("on demand".to_owned(), COST);
        ProviderError::Unavailable { cause, retry_after, detail, cost }
    }
}

impl Provider for FakeProvider {
    fn id(&self) -> &str {
        self.id
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            kinds: vec![StyleKind::Headshot],
            aspects: AspectRatio::ALL.to_vec(),
            max_photos: 3,
            max_count: self.max_count.load(Ordering::Relaxed),
            at_once: self.at_once.load(Ordering::Relaxed),
            max_long_side: 2048,
            typesets: true,
            local: self.id == "local",
        }
    }

    fn health(&self) -> Health {
        Health { rests: self.rests.load(Ordering::Relaxed), ..Health::default() }
    }

    fn prompt(&self, request: &Request) -> Option<String> {
        let note = request.options.note.as_deref().unwrap_or_default();
        (self.id != "local").then(|| format!("{} {note}", request.style.id))
    }

    fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::Relaxed);
            self.clock.pass(*self.takes.lock().unwrap());
            *self.seen.lock().unwrap() = request.photos.iter().map(|photo| photo.bytes().to_vec()).collect();
            self.seen_first.store(request.options.first, Ordering::Relaxed);
            let asked = request.options.count as usize;
            progress(Progress { finished: 1, requested: request.options.count });
            if self.chance.lock().unwrap().happens() {
                return Err(self.unavailable(Outage::Busy, None));
            }
            let turn = self.turns.lock().unwrap().pop_front();
            let given = match turn {
                Some(Act::Busy) => return Err(self.unavailable(Outage::Busy, None)),
                Some(Act::Fail(cause)) => return Err(self.unavailable(cause, None)),
                Some(Act::Later(span)) => return Err(self.unavailable(Outage::Busy, Some(span))),
                Some(Act::Refuse) => {
                    let (reason, detail) = ("Not this wish.".to_owned(), "SAFETY".to_owned());
                    return Err(ProviderError::Refused { reason, detail, cost: COST });
                }
                Some(Act::CallWrong) => {
                    return Err(ProviderError::Invalid { detail: "a field is missing".into() });
                }
                Some(Act::Hang) => {
                    self.hanging.notify_one();
                    std::future::pending().await
                }
                Some(Act::Wait) => {
                    self.hanging.notify_one();
                    self.go_on.notified().await;
                    pictures(asked, u64::MAX)
                }
                Some(Act::Garbage) => vec![b"<html>".to_vec(); asked],
                Some(Act::Give(given)) => pictures(given, request.options.seed),
                None => pictures(asked, request.options.seed),
            };
            Ok(Answer {
                pictures: given.into_iter().map(|bytes| Picture::new(MediaType::Png, bytes)).collect(),
                made_by: MadeBy {
                    provider: self.id.into(),
                    model: "m".into(),
                    reference: Some("call-1".into()),
                },
                cost: COST,
            })
        })
    }
}

fn pictures(count: usize, seed: u64) -> Vec<Vec<u8>> {
    (0..count).map(|n| format!("picture {seed} {n}").into_bytes()).collect()
}

/// How a JPEG begins: what is one is taken for a good photo, and a good picture.
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Reads what a photo says of itself: `face`, `noface`, `two`, `panic`; the rest is broken.
#[derive(Default)]
pub struct FakePictures {
    /// How many photos are being looked at, and how many at most were at once.
    pub at_once: Mutex<(u32, u32)>,
    /// How close the faces of the next pictures are to their photos; afterwards it can't be told.
    pub likeness: Mutex<VecDeque<f32>>,
}

impl Pictures for FakePictures {
    fn check(&self, photo: &[u8]) -> Result<CheckedPhoto, PictureError> {
        let count = |change: fn(u32) -> u32| {
            let mut at_once = self.at_once.lock().unwrap();
            at_once.0 = change(at_once.0);
            at_once.1 = at_once.1.max(at_once.0);
        };
        count(|n| n + 1);
        std::thread::yield_now();
        count(|n| n - 1);
        if photo.starts_with(JPEG) {
            let kept = Picture::new(MediaType::Jpeg, photo.to_vec());
            return Ok(CheckedPhoto {
                check: PhotoCheck::new(vec![], 90),
                photo: kept,
                size: Size::new(96, 120),
            });
        }
        let finding =
            |kind, advice: &str| Finding { kind, verdict: Verdict::Unusable, advice: advice.into() };
        let findings = match photo.split(|&b| b == b' ').next().unwrap_or_default() {
            b"face" => vec![],
            b"noface" => {
                vec![finding(FindingKind::NoFace, "Nobody is in the photo: send one that shows your face.")]
            }
            b"two" => vec![finding(
                FindingKind::SeveralFaces,
                "Two people are in the photo: send one of you alone.",
            )],
            b"panic" => panic!("on demand"),
            _ => return Err(PictureError::Unreadable("it is no JPEG, PNG or WebP".into())),
        };
        let clean = String::from_utf8_lossy(photo).replace("gps:52.1", "");
        let photo = Picture::new(MediaType::Jpeg, clean.into_bytes());
        Ok(CheckedPhoto { check: PhotoCheck::new(findings, 90), photo, size: Size::new(3000, 4000) })
    }

    fn preview(&self, picture: &[u8]) -> Result<Previewed, PictureError> {
        if !picture.starts_with(b"picture") && !picture.starts_with(JPEG) {
            return Err(PictureError::Unreadable("no picture".into()));
        }
        let preview = Picture::new(MediaType::WebP, [b"small ", picture].concat());
        Ok(Previewed { full_size: Size::new(819, 1024), preview, size: Size::new(410, 512) })
    }

    fn likeness(&self, photos: &[Picture], _picture: &[u8]) -> Result<Option<f32>, PictureError> {
        assert!(!photos.is_empty(), "a picture is compared with what it was made of");
        Ok(self.likeness.lock().unwrap().pop_front())
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
        let (len, n) = (bytes.len(), count.len().min(bytes.len()));
        bytes[len - n..].copy_from_slice(&count[8 - n..]);
        Ok(())
    }
}

/// Answers with what it is told, 200 without, and keeps what was posted.
#[derive(Default)]
pub struct FakeSender {
    pub answers: Mutex<VecDeque<Result<u16, SendError>>>,
    pub posts: Mutex<Vec<Post>>,
}

impl Sender for FakeSender {
    fn post<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Result<u16, SendError>> {
        Box::pin(async move {
            self.posts.lock().unwrap().push(post.clone());
            self.answers.lock().unwrap().pop_front().unwrap_or(Ok(200))
        })
    }
}
