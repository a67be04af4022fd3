//! Making: the makers are asked in their order until there are as many images as were asked for.
//!
//! Whose turn it is follows from the answer alone. Unavailable: the same maker again after a pause where that may help, then the next
//! one, and after the last all of them again, until the time is over. Refused: never another; the person is told. Invalid: our
//! mistake; it ends, and the log is loud. A maker that gives fewer pictures than it was asked for has given what it can: that is a
//! success. A picture that was made is kept, whatever becomes of those that were asked for beside it. Where its face is not like the
//! person's it is held back while another one is asked for, once, and the better of the two is kept.
//!
//! [`ask`](super::ask) is how one maker is asked, by several calls at a time where it can do that.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::generation::{Ending, OwnBackground};
use domain::ids::PhotoId;
use domain::photo::Photo;
use domain::ports::objects::Turn;
use domain::ports::provider::{Background, Options, Outage, Picture, Request, ThumbnailOptions};
use domain::style::Style;

use super::ask::Together;
use super::carry::{Carrier, Halt};
use super::insist::{TRIES, Trouble};
use super::store::Drawn;
use crate::generate::can_make;
use crate::{AppError, Maker};

/// What images are made of.
pub(super) struct Ingredients {
    style: Arc<Style>,
    pub(super) photos: Vec<Picture>,
    background: Option<Background>,
    logo: Option<Picture>,
}

/// One call of a maker, and the numbers of the images that it is for.
pub(super) struct Call {
    pub(super) numbers: Vec<u8>,
    pub(super) request: Request,
}

/// How a round of asking went.
enum Round {
    /// There is as much as there will be; why no more, where it is less than was asked for.
    Done(Option<String>),
    /// Nobody was available; the first who names a time names this one.
    Unavailable(Duration),
}

/// How asking one maker went.
enum Asked {
    Done(Option<String>),
    Unavailable(Duration),
    /// The person does not allow to send photos there.
    NotAllowed,
}

/// What is still to be made, and how many tries there were.
pub(super) struct Rest {
    /// The numbers of the images that are missing.
    pub(super) missing: VecDeque<u8>,
    pub(super) tried: u16,
    /// Pictures for some of these whose face is not like the person's: each waits for one that may be better.
    pub(super) unlike: BTreeMap<u8, Drawn>,
}

impl Rest {
    /// Whether there is a picture for every number, if not a good one.
    fn is_enough(&self) -> bool {
        self.missing.iter().all(|number| self.unlike.contains_key(number))
    }
}

/// By how much the seed of a picture that is asked for once more differs: no number of a generation is as high.
const ANOTHER: u64 = 1000;

impl Carrier<'_> {
    /// Makes and stores the images that are missing. Fine when there is at least one; where there are fewer than were asked for it
    /// may say why, in words for the person.
    pub(super) async fn make(&self) -> Result<Option<String>, Halt> {
        let count = self.claimed.generation.options.count;
        let missing = (1..=count).filter(|n| !self.claimed.made.contains(n)).collect();
        let mut rest = Rest { missing, tried: self.claimed.attempts, unlike: BTreeMap::new() };
        if rest.missing.is_empty() {
            return Ok(None);
        }
        let ingredients = self.gather().await?;
        let done = self.rounds(&ingredients, &mut rest).await;
        if !matches!(done, Ok(_) | Err(Halt::End(..))) {
            return done;
        }
        for (number, drawn) in std::mem::take(&mut rest.unlike) {
            self.keep(number, &drawn, &mut rest).await?;
        }
        match done {
            Err(Halt::End(_, _)) if rest.missing.is_empty() => Ok(None),
            Err(Halt::End(_, reason)) if rest.missing.len() < usize::from(count) => Ok(Some(reason)),
            done => done,
        }
    }

    /// Asks the makers, and all of them again, until there is enough or the time is over.
    async fn rounds(&self, ingredients: &Ingredients, rest: &mut Rest) -> Result<Option<String>, Halt> {
        let count = self.claimed.generation.options.count;
        for round in 0..TRIES {
            match self.round(ingredients, rest).await? {
                Round::Done(why) => return Ok(why),
                Round::Unavailable(at_least) => {
                    if !self.wait(round, at_least).await {
                        break;
                    }
                }
            }
        }
        if rest.missing.len() < usize::from(count) {
            return Ok(Some(
                "Nobody who can make the rest was available in time. It costs nothing.".to_owned(),
            ));
        }
        Err(failed("Nobody who can make this was available in time. It costs nothing; try again later."))
    }

    /// Asks each maker in its turn.
    async fn round(&self, ingredients: &Ingredients, rest: &mut Rest) -> Result<Round, Halt> {
        let options = &self.claimed.generation.options;
        let can = |maker: &&Maker| can_make(&maker.provider.capabilities(), &ingredients.style, options);
        let mut later: Option<Duration> = None;
        for maker in self.app.ports.makers.iter().filter(can) {
            if maker.provider.health().rests {
                later = Some(later.unwrap_or_default());
                continue;
            }
            match self.ask(maker, ingredients, rest, later.is_some()).await? {
                Asked::Done(why) => return Ok(Round::Done(why)),
                Asked::Unavailable(at_least) => {
                    later = Some(later.map_or(at_least, |later| later.min(at_least)));
                }
                Asked::NotAllowed => {}
            }
        }
        match later {
            Some(later) => Ok(Round::Unavailable(later)),
            None if rest.missing.len() < usize::from(options.count) => Ok(Round::Done(None)),
            None => Err(failed(
                "Your photos may not be sent to any service that makes this. It costs nothing; allow one, or choose another \
                 style or size.",
            )),
        }
    }

    /// Asks one maker until there is enough, and again where that may help.
    async fn ask(
        &self,
        maker: &Maker,
        ingredients: &Ingredients,
        rest: &mut Rest,
        fallback: bool,
    ) -> Result<Asked, Halt> {
        let settings = &self.app.settings.work;
        let mut tries = 1;
        loop {
            let calls = self.calls(maker, ingredients, rest);
            let outage = match self.ask_together(maker, &calls, rest, fallback).await? {
                Together::NotAllowed => return Ok(Asked::NotAllowed),
                Together::Given { all: false } => return Ok(Asked::Done(None)),
                Together::Given { all: true } if rest.missing.is_empty() => return Ok(Asked::Done(None)),
                Together::Given { all: true } => continue,
                Together::Ended(halt) => return self.keep_what_is_there(halt, rest),
                // What is there is not kept waiting for what may be better.
                Together::Unavailable(_) if rest.is_enough() => return Ok(Asked::Done(None)),
                Together::Unavailable(outage) => outage,
            };
            let most = if outage.cause == Outage::Empty { settings.tries.min(2) } else { settings.tries };
            let helps = matches!(outage.cause, Outage::Busy | Outage::Down | Outage::Empty);
            if !helps || tries >= most || outage.retry_after > settings.patience {
                return Ok(Asked::Unavailable(outage.retry_after));
            }
            if !self.wait(tries - 1, outage.retry_after).await {
                return Ok(Asked::Unavailable(outage.retry_after));
            }
            tries += 1;
        }
    }

    /// A refusal or a mistake ends the work; but what was made before, or beside it, is there and stays.
    fn keep_what_is_there(&self, halt: Halt, rest: &Rest) -> Result<Asked, Halt> {
        let made = usize::from(self.claimed.generation.options.count) - rest.missing.len();
        match halt {
            Halt::End(_, reason) if made > 0 => Ok(Asked::Done(Some(reason))),
            halt => Err(halt),
        }
    }

    /// What a maker is asked for next: as many calls as it takes at a time.
    fn calls(&self, maker: &Maker, ingredients: &Ingredients, rest: &Rest) -> Vec<Call> {
        let able = maker.provider.capabilities();
        let (each, at_once) = (able.max_count.max(1) as usize, able.at_once.max(1) as usize);
        let missing: Vec<u8> = rest.missing.iter().copied().take(each.saturating_mul(at_once)).collect();
        let call = |numbers: &[u8]| {
            let again = numbers.iter().any(|number| rest.unlike.contains_key(number));
            self.call(&able.max_photos, ingredients, numbers, again)
        };
        missing.chunks(each).map(call).collect()
    }

    fn call(&self, max_photos: &usize, ingredients: &Ingredients, numbers: &[u8], again: bool) -> Call {
        let options = &self.claimed.generation.options;
        // What is asked for later is asked for with another seed, and the same one when it is asked for again.
        let before = numbers.first().map_or(0, |&first| u64::from(first) - 1);
        let thumbnail = options.thumbnail.as_ref().map(|choices| ThumbnailOptions {
            choices: choices.clone(),
            // A changed image is the one of its test that it was before.
            numbers: options
                .change
                .map_or_else(|| numbers.to_vec(), |change| vec![change.place.saturating_add(1)]),
            logo: ingredients.logo.clone(),
        });
        // Pictures of a test differ by one thing alone, and chance is another.
        let is_test = options.thumbnail.as_ref().is_some_and(|choices| choices.test.is_some());
        let before = if is_test { 0 } else { before };
        let before = before + if again { ANOTHER } else { 0 };
        let options = Options {
            count: u32::try_from(numbers.len()).unwrap_or(u32::MAX),
            // A changed image stands where it stood in its series.
            first: options.change.map_or(0, |change| u32::from(change.place)),
            aspect: options.aspect,
            long_side: options.long_side,
            background: ingredients.background.clone(),
            title: options.title.clone(),
            note: options.note.clone(),
            seed: options.seed.wrapping_add(before),
            thumbnail,
        };
        let photos = ingredients.photos.iter().take(*max_photos).cloned().collect();
        let request = Request { photos, style: Arc::clone(&ingredients.style), options };
        Call { numbers: numbers.to_vec(), request }
    }

    /// Fetches what the images are made of.
    async fn gather(&self) -> Result<Ingredients, Halt> {
        let generation = &self.claimed.generation;
        let style = self.app.catalogue.iter().find(|style| generation.is_of(style.kind(), &style.id));
        let style = style
            .ok_or_else(|| failed("This style is not offered any more. It costs nothing; choose another."))?;
        let own = match generation.options.background {
            Some(OwnBackground::Photo(photo)) => Some(photo),
            _ => None,
        };
        let mut photos = Vec::new();
        for photo in self.claimed.photos.iter().filter(|photo| Some(photo.id) != own) {
            photos.push(self.fetch(photo).await?);
        }
        if photos.is_empty() {
            return Err(failed(
                "The photos were deleted before the work began. It costs nothing; upload them again.",
            ));
        }
        let background = match generation.options.background {
            None => None,
            Some(OwnBackground::Colour(colour)) => Some(Background::Colour(colour)),
            Some(OwnBackground::Photo(photo)) => {
                Some(Background::Picture(self.fetch_background(photo).await?))
            }
        };
        let mut style = style.clone();
        if let Some(change) = generation.options.change {
            change.apply(&mut style);
        }
        let logo = self.fetch_logo().await?;
        Ok(Ingredients { style: Arc::new(style), photos, background, logo })
    }

    /// The account's logo where it was asked for. One that was taken away meanwhile is left out.
    async fn fetch_logo(&self) -> Result<Option<Picture>, Halt> {
        let generation = &self.claimed.generation;
        if !generation.options.thumbnail.as_ref().is_some_and(|choices| choices.logo) {
            return Ok(None);
        }
        let read = self.insist(|| async { Ok(self.app.database().brand_logo(generation.account).await?) });
        Ok(read.await?)
    }

    async fn fetch_background(&self, id: PhotoId) -> Result<Picture, Halt> {
        let photo = self.claimed.photos.iter().find(|photo| photo.id == id);
        let gone = "The background was deleted before the work began. It costs nothing; upload it again.";
        self.fetch(photo.ok_or_else(|| failed(gone))?).await
    }

    /// The bytes of a photo.
    async fn fetch(&self, photo: &Photo) -> Result<Picture, Halt> {
        let broken = || failed("A photo can't be read any more. It costs nothing; upload it again.");
        let media_type = photo.media_type.parse().map_err(|_| broken())?;
        let read = self.insist(|| async {
            match self.app.read_object(photo.key()).await {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error @ AppError::Unavailable(_)) if error.turn() == Turn::Retry => {
                    Err(Trouble::Passing(error))
                }
                Err(error) => {
                    tracing::error!(photo = %photo.id, %error, "a photo can't be read");
                    Ok(None)
                }
            }
        });
        match read.await {
            Ok(Some(bytes)) => Ok(Picture::new(media_type, bytes)),
            Ok(None) => Err(broken()),
            Err(Trouble::Passing(_)) => {
                Err(failed("The photos could not be read for too long. It costs nothing; try again later."))
            }
            Err(trouble) => Err(trouble.into()),
        }
    }
}

pub(super) fn failed(reason: &str) -> Halt {
    Halt::End(Ending::Failed, reason.to_owned())
}

pub(super) fn percent(made: usize, count: usize) -> u8 {
    u8::try_from(made * 100 / count.max(1)).unwrap_or(100).min(100)
}
