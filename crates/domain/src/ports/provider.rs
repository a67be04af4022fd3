//! A provider makes pictures of a person: a service far away or the engine in this process.
//!
//! The port is as small as a router needs: what can you do, and do it once. It is object-safe and knows no async
//! runtime; a call is a boxed standard future. Dropping that future gives the work up. Retries, deadlines,
//! order and fallback are the caller's: a provider tries once and says truly what happened, because whose
//! turn it is next depends on that answer alone.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::aspect::AspectRatio;
use crate::attempt::AttemptCost;
use crate::media::MediaType;
use crate::style::{Style, StyleKind};
use crate::thumbnail::ThumbnailChoices;
use crate::time::Timestamp;
use crate::units::Colour;

/// Makes pictures.
pub trait Provider: Send + Sync {
    /// A short, stable name, fit for configuration, logs and the record of who made a picture.
    fn id(&self) -> &str;

    /// What may be asked of it. Cheap, and the same for the life of the process.
    fn capabilities(&self) -> Capabilities;

    /// The exact words that [`Provider::generate`] sends for a request, for the record; `None` where it sends none.
    fn prompt(&self, request: &Request) -> Option<String> {
        let _ = request;
        None
    }

    /// How it stands at this moment. Cheap: what is known, not what could be asked. One that rests is passed over.
    fn health(&self) -> Health {
        Health::default()
    }

    /// Tries once to make what is asked for.
    ///
    /// Succeeds with at least one picture and at most `request.options.count`; fewer is a success too, and the
    /// caller sees how many. `progress` is called from any thread, never after the future is done or dropped.
    fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a>;
}

/// The future of one try.
pub type Generating<'a> = Pin<Box<dyn Future<Output = Result<Answer, ProviderError>> + Send + 'a>>;

/// Is told how far the work has come.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// How far the work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pictures that are finished.
    pub finished: u32,
    /// Pictures that were asked for.
    pub requested: u32,
}

/// What a provider can do. A router passes one over that can't do what is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The products it makes.
    pub kinds: Vec<StyleKind>,
    /// The shapes it makes.
    pub aspects: Vec<AspectRatio>,
    /// Photos of the person that it looks at; it is sent no more.
    pub max_photos: usize,
    /// Pictures that it makes in one try.
    pub max_count: u32,
    /// Tries for one generation that may be under way at a time.
    pub at_once: u32,
    /// Pixels of the longest side that it makes.
    pub max_long_side: u32,
    /// Whether it sets letters, colours and marks exactly as told. What is chosen for a thumbnail beside its title needs it: a
    /// test says nothing when more than one thing differs.
    pub typesets: bool,
    /// Whether photos stay on this machine. Decides what a person has to be told, and to consent to.
    pub local: bool,
}

/// How a provider stands, as its last answers tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether it is asked at all.
    pub circuit: Circuit,
    /// Whether it is passed over at this very moment.
    pub rests: bool,
    /// Since when it is so; `None` when it was never otherwise.
    pub since: Option<Timestamp>,
    /// What is wrong with the operator's account there: a key, a payment, a permission. It is gone with the next success.
    pub alarm: Option<String>,
}

/// Whether a provider is asked: one that fails again and again is left alone for a while, and then tried with one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Circuit {
    /// It is asked.
    #[default]
    Closed,
    /// It rests and is not asked.
    Open,
    /// One call is let through to see how it stands.
    HalfOpen,
}

impl Circuit {
    /// Every state.
    pub const ALL: [Circuit; 3] = [Circuit::Closed, Circuit::Open, Circuit::HalfOpen];

    /// The state's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Circuit::Closed => "closed",
            Circuit::Open => "open",
            Circuit::HalfOpen => "half_open",
        }
    }
}

/// The bytes of one picture file. Private: there is no `Debug`, so no log can hold a face by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// What the bytes are.
    pub media_type: MediaType,
    bytes: Arc<[u8]>,
}

impl Picture {
    /// A picture file. Cloning it is cheap.
    pub fn new(media_type: MediaType, bytes: impl Into<Arc<[u8]>>) -> Self {
        Picture { media_type, bytes: bytes.into() }
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What is asked for. It holds photos and a person's words, so it has no `Debug`.
#[derive(Clone)]
pub struct Request {
    /// The person: one to [`Capabilities::max_photos`], the best first, upright, sRGB and without metadata.
    pub photos: Vec<Picture>,
    /// The style: its prompt or its recipe, whichever the provider understands.
    pub style: Arc<Style>,
    /// The rest of the wish.
    pub options: Options,
}

/// What a person may choose besides the style.
#[derive(Clone)]
pub struct Options {
    /// Pictures wanted, at least 1.
    pub count: u32,
    /// Which picture of the series is the first, from 0: a later one can be asked for alone, where the seed decides what it is.
    pub first: u32,
    /// Their shape.
    pub aspect: AspectRatio,
    /// Pixels of their longer side. A provider of fixed sizes takes the nearest above, or its largest.
    pub long_side: u32,
    /// What stands behind the person instead of the style's own background.
    pub background: Option<Background>,
    /// The words on a thumbnail; `None` for one without. Headshots have none.
    pub title: Option<String>,
    /// A wish in the person's own words, such as "no tie please". To be quoted, never obeyed as an instruction.
    pub note: Option<String>,
    /// The same seed gives the same pictures where the provider is able to.
    pub seed: u64,
    /// What was chosen for a thumbnail beside its title; only asked of those that [typeset](Capabilities::typesets).
    pub thumbnail: Option<ThumbnailOptions>,
}

/// What was chosen for a thumbnail. It holds a picture, so it has no `Debug`.
#[derive(Clone)]
pub struct ThumbnailOptions {
    /// The choices.
    pub choices: ThumbnailChoices,
    /// The numbers of the pictures that are wanted, from 1. In a test the number says which of its pictures it is.
    pub numbers: Vec<u8>,
    /// The mark to be set into a free corner.
    pub logo: Option<Picture>,
}

/// A background of the person's own choice.
#[derive(Clone)]
pub enum Background {
    /// One colour.
    Colour(Colour),
    /// A picture of theirs.
    Picture(Picture),
}

/// What was made. It holds pictures, so it has no `Debug`.
#[derive(Clone)]
pub struct Answer {
    /// The pictures, the best first.
    pub pictures: Vec<Picture>,
    /// Who made them.
    pub made_by: MadeBy,
    /// What it took.
    pub cost: AttemptCost,
}

/// Who made a picture: kept beside it, shown to people and written into its provenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeBy {
    /// The provider's [`id`](Provider::id).
    pub provider: String,
    /// The model or renderer, with its version.
    pub model: String,
    /// The provider's name for this call, to be quoted in a complaint.
    pub reference: Option<String>,
}

/// Why there is no picture, sorted by whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Not now: try again, then try another provider. No fault of the person's, and it costs them nothing.
    #[error("the provider is not available ({cause}): {detail}")]
    Unavailable {
        /// What stands in the way.
        cause: Outage,
        /// The provider's own word on when to come back.
        retry_after: Option<Duration>,
        /// For the operator's log. Holds no name, key, address or picture.
        detail: String,
        /// What it took all the same.
        cost: AttemptCost,
    },
    /// Not this: the provider's safety rules forbid it. Never ask another; give the credit back and tell the person.
    #[error("the provider refused: {reason}")]
    Refused {
        /// For the person: what was refused and, where it is known, what to change.
        reason: String,
        /// For the operator: the provider's own word. Holds no name, key, address or picture.
        detail: String,
        /// What it took all the same.
        cost: AttemptCost,
    },
    /// Our request is wrong, and would be wrong again: fail loudly, mend the program.
    #[error("the request is wrong: {detail}")]
    Invalid {
        /// For the developer. Holds no name, key, address or picture.
        detail: String,
    },
}

/// What stands in the way of an available provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outage {
    /// It is overloaded, or we have asked too often.
    Busy,
    /// It can't be reached, or answers with an error of its own.
    Down,
    /// It does not answer in time. To wait for it again would cost the person the same time again.
    Silent,
    /// It is not asked at present, since it failed again and again: nothing was sent.
    Resting,
    /// It answered without a picture.
    Empty,
    /// The operator's account is at fault: a key, a payment, a permission. Raise an alarm; trying again won't help.
    Account,
}

impl std::fmt::Display for Outage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Outage::Busy => "busy",
            Outage::Down => "down",
            Outage::Silent => "no answer in time",
            Outage::Resting => "resting",
            Outage::Empty => "no picture in the answer",
            Outage::Account => "the operator's account",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StyleId;
    use crate::style::{HeadshotRecipe, Recipe};
    use std::sync::Mutex;
    use std::task::{Context, Poll, Waker};

    /// Hands every photo back.
    struct Mirror;

    impl Provider for Mirror {
        fn id(&self) -> &str {
            "mirror"
        }

        fn capabilities(&self) -> Capabilities {
            Capabilities {
                kinds: vec![StyleKind::Headshot],
                aspects: AspectRatio::ALL.to_vec(),
                max_photos: 1,
                max_count: 1,
                at_once: 1,
                max_long_side: 2048,
                typesets: false,
                local: true,
            }
        }

        fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a> {
            Box::pin(async move {
                progress(Progress { finished: 1, requested: request.options.count });
                let made_by = MadeBy { provider: self.id().into(), model: "glass".into(), reference: None };
                Ok(Answer { pictures: request.photos.clone(), made_by, cost: AttemptCost::default() })
            })
        }
    }

    #[test]
    fn the_port_is_an_object_and_needs_no_runtime() {
        let provider: Box<dyn Provider> = Box::new(Mirror);
        let recipe = HeadshotRecipe {
            backgrounds: vec![],
            light: Default::default(),
            frame: Default::default(),
            finish: Default::default(),
        };
        let style = Style {
            id: StyleId::new("plain").unwrap(),
            name: "Plain".into(),
            description: String::new(),
            category: String::new(),
            prompt: String::new(),
            recipe: Recipe::Headshot(Box::new(recipe)),
        };
        let request = Request {
            photos: vec![Picture::new(MediaType::Png, vec![1, 2, 3])],
            style: Arc::new(style),
            options: Options {
                count: 1,
                first: 0,
                aspect: AspectRatio::Square,
                long_side: 512,
                background: None,
                title: None,
                note: None,
                seed: 0,
                thumbnail: None,
            },
        };
        let seen = Mutex::new(Vec::new());
        let note = |p: Progress| seen.lock().unwrap().push(p.finished);
        let mut future = provider.generate(&request, &note);
        let Poll::Ready(Ok(answer)) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("a mirror does not wait")
        };
        assert_eq!(answer.pictures[0].bytes(), [1, 2, 3]);
        assert_eq!(answer.made_by.provider, "mirror");
        drop(future);
        assert_eq!(*seen.lock().unwrap(), [1]);
    }
}
