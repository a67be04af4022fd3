//! Making: the makers are asked in their order until there are as many images as were asked for.
//!
//! Whose turn it is follows from the answer alone. Unavailable: the next maker, and after the last one all of them again
//! after a pause, until the time is over. Refused: never another; the person is told. Invalid: our mistake; it ends, and the
//! log is loud. A maker that gives fewer pictures than it was asked for has given what it can: that is a success.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::attempt::{AttemptCost, AttemptOutcome};
use domain::generation::{Ending, OwnBackground};
use domain::ids::PhotoId;
use domain::photo::Photo;
use domain::ports::database::{AttemptResult, DatabaseError, NewAttempt};
use domain::ports::objects::Turn;
use domain::ports::provider::{Answer, Background, Options, Picture, Progress, ProviderError, Request};
use domain::style::Style;
use futures_util::FutureExt;

use super::carry::{Carrier, Halt};
use super::insist::{TRIES, Trouble};
use super::store::Drawn;
use crate::generate::can_make;
use crate::{AppError, Maker};

/// What images are made of.
struct Ingredients {
    style: Arc<Style>,
    photos: Vec<Picture>,
    background: Option<Background>,
}

/// How a round of asking went.
enum Round {
    /// There is as much as there will be.
    Done,
    /// Nobody was available; the first who names a time names this one.
    Unavailable(Duration),
}

/// How one try went.
enum Attempted {
    Drawn(Vec<Drawn>),
    Unavailable(Duration),
    /// The person does not allow to send photos there.
    NotAllowed,
}

impl Carrier<'_> {
    /// Makes and stores the images that are missing. Fine when there is at least one.
    pub(super) async fn make(&self) -> Result<(), Halt> {
        let count = self.claimed.generation.options.count;
        let mut missing: VecDeque<u8> = (1..=count).filter(|n| !self.claimed.made.contains(n)).collect();
        let mut tried = self.claimed.attempts;
        if missing.is_empty() {
            return Ok(());
        }
        let ingredients = self.gather().await?;
        for round in 0..TRIES {
            match self.round(&ingredients, &mut missing, &mut tried).await? {
                Round::Done => return Ok(()),
                Round::Unavailable(at_least) => {
                    if !self.wait(round, at_least).await {
                        break;
                    }
                }
            }
        }
        if missing.len() < usize::from(count) {
            return Ok(());
        }
        Err(failed("Nobody who can make this was available in time. It costs nothing; try again later."))
    }

    /// Asks each maker in its turn.
    async fn round(
        &self,
        ingredients: &Ingredients,
        missing: &mut VecDeque<u8>,
        tried: &mut u16,
    ) -> Result<Round, Halt> {
        let options = &self.claimed.generation.options;
        let can = |maker: &&Maker| can_make(&maker.provider.capabilities(), &ingredients.style, options);
        let mut later: Option<Duration> = None;
        for maker in self.app.ports.makers.iter().filter(can) {
            loop {
                let (request, asked) = self.request(maker, ingredients, missing);
                match self.attempt(maker, tried, request, usize::from(options.count) - missing.len()).await? {
                    Attempted::Drawn(drawn) => {
                        let given = drawn.len();
                        self.store_all(drawn, missing).await?;
                        if missing.is_empty() || given < asked {
                            return Ok(Round::Done);
                        }
                    }
                    Attempted::Unavailable(at_least) => {
                        later = Some(later.map_or(at_least, |later| later.min(at_least)));
                        break;
                    }
                    Attempted::NotAllowed => break,
                }
            }
        }
        match later {
            Some(later) => Ok(Round::Unavailable(later)),
            None if missing.len() < usize::from(options.count) => Ok(Round::Done),
            None => Err(failed(
                "Your photos may not be sent to any service that makes this. It costs nothing; allow one, or choose another \
                 style or size.",
            )),
        }
    }

    async fn store_all(&self, drawn: Vec<Drawn>, missing: &mut VecDeque<u8>) -> Result<(), Halt> {
        let count = usize::from(self.claimed.generation.options.count);
        for drawn in drawn {
            let Some(&number) = missing.front() else { break };
            self.store(number, &drawn).await?;
            missing.pop_front();
            self.note_progress(percent(count - missing.len(), count), Some(number));
        }
        Ok(())
    }

    /// One try, noted before anything is sent and after it was answered. `made` images are there already.
    async fn attempt(
        &self,
        maker: &Maker,
        tried: &mut u16,
        request: Request,
        made: usize,
    ) -> Result<Attempted, Halt> {
        let number = tried.saturating_add(1);
        if !self.begin(maker, number, &request).await? {
            return Ok(Attempted::NotAllowed);
        }
        *tried = number;
        let count = usize::from(self.claimed.generation.options.count);
        let on_progress = |Progress { finished, .. }: Progress| {
            // The last hundredth is storing.
            self.note_progress(percent(made + finished as usize, count).min(99), None);
        };
        self.set_sending(maker);
        let answer = tokio::select! {
            biased;
            answer = maker.provider.generate(&request, &on_progress) => Some(answer),
            () = self.withdrawn.notified() => None,
        };
        *self.sending.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let asked = request.options.count as usize;
        let Some(answer) = answer else {
            let detail = "the consent to send photos there was withdrawn".to_owned();
            self.note(number, AttemptOutcome::Unavailable, detail, 0).await?;
            return Ok(Attempted::NotAllowed);
        };
        match answer {
            Ok(answer) => self.answered(maker, number, answer, asked).await,
            Err(error) => self.declined(maker, number, error).await,
        }
    }

    /// Notes that a try begins; `false` when the person does not allow it.
    async fn begin(&self, maker: &Maker, number: u16, request: &Request) -> Result<bool, Halt> {
        let sends = maker.send_to.is_some();
        let new = NewAttempt {
            number,
            provider: maker.provider.id().to_owned(),
            model: maker.model.clone(),
            prompt: if sends { request.style.prompt.clone() } else { String::new() },
            send_to: maker.send_to.clone(),
        };
        let now = self.app.now();
        let begun = self.insist(|| async {
            Ok(self.app.database().begin_attempt(self.claimed.lease, new.clone(), now).await?)
        });
        match begun.await {
            Ok(()) => Ok(true),
            Err(Trouble::Refused(DatabaseError::ConsentMissing(_))) => Ok(false),
            Err(trouble) => Err(trouble.into()),
        }
    }

    fn set_sending(&self, maker: &Maker) {
        // A ring that came too late for the last call is not meant for this one.
        let _ = self.withdrawn.notified().now_or_never();
        *self.sending.lock().unwrap_or_else(PoisonError::into_inner) = maker.send_to.clone();
    }

    /// There are pictures: those that can be read count.
    async fn answered(
        &self,
        maker: &Maker,
        number: u16,
        answer: Answer,
        asked: usize,
    ) -> Result<Attempted, Halt> {
        let mut drawn = Vec::new();
        for picture in answer.pictures.into_iter().take(asked) {
            drawn.extend(self.draw(picture).await?);
        }
        if drawn.is_empty() {
            let provider = maker.provider.id();
            tracing::warn!(provider, "a provider handed over nothing that is a picture");
            self.note(number, AttemptOutcome::Unavailable, "no picture in the answer".into(), 0).await?;
            return Ok(Attempted::Unavailable(Duration::ZERO));
        }
        let images = u8::try_from(drawn.len()).unwrap_or(u8::MAX);
        let reference = answer.made_by.reference.unwrap_or_default();
        self.note(number, AttemptOutcome::Succeeded, reference, images).await?;
        Ok(Attempted::Drawn(drawn))
    }

    /// There are none, and whose turn it is.
    async fn declined(&self, maker: &Maker, number: u16, error: ProviderError) -> Result<Attempted, Halt> {
        let provider = maker.provider.id();
        match error {
            ProviderError::Unavailable { cause, retry_after, detail } => {
                tracing::warn!(provider, %cause, detail, "a provider is not available");
                self.note(number, AttemptOutcome::Unavailable, format!("{cause}: {detail}"), 0).await?;
                Ok(Attempted::Unavailable(retry_after.unwrap_or_default()))
            }
            ProviderError::Refused { reason } => {
                self.note(number, AttemptOutcome::Refused, reason.clone(), 0).await?;
                Err(Halt::End(Ending::Refused, reason))
            }
            ProviderError::Invalid { detail } => {
                tracing::error!(
                    provider,
                    detail,
                    "a provider calls our request wrong: the program must be mended"
                );
                self.note(number, AttemptOutcome::Invalid, detail, 0).await?;
                Err(failed("Something is wrong in this program, not in your photo. It costs nothing."))
            }
        }
    }

    async fn note(
        &self,
        number: u16,
        outcome: AttemptOutcome,
        detail: String,
        images: u8,
    ) -> Result<(), Halt> {
        let result = AttemptResult { outcome, detail, images, cost: AttemptCost::default() };
        let now = self.app.now();
        let noted = self.insist(|| async {
            let database = self.app.database();
            Ok(database.finish_attempt(self.claimed.lease, number, result.clone(), now).await?)
        });
        Ok(noted.await?)
    }

    /// What a maker is asked for, and how many pictures that are.
    fn request(&self, maker: &Maker, ingredients: &Ingredients, missing: &VecDeque<u8>) -> (Request, usize) {
        let options = &self.claimed.generation.options;
        let able = maker.provider.capabilities();
        let count = u32::try_from(missing.len()).unwrap_or(u32::MAX).min(able.max_count);
        // What is asked for later is asked for with another seed, and the same one when it is asked for again.
        let before = u64::from(missing.front().map_or(0, |&first| first - 1));
        let options = Options {
            count,
            // A changed image stands where it stood in its series.
            first: options.change.map_or(0, |change| u32::from(change.place)),
            aspect: options.aspect,
            long_side: options.long_side,
            background: ingredients.background.clone(),
            title: options.title.clone(),
            note: options.note.clone(),
            seed: options.seed.wrapping_add(before),
        };
        let photos = ingredients.photos.iter().take(able.max_photos).cloned().collect();
        (Request { photos, style: Arc::clone(&ingredients.style), options }, count as usize)
    }

    /// Fetches what the images are made of.
    async fn gather(&self) -> Result<Ingredients, Halt> {
        let generation = &self.claimed.generation;
        let style = self.app.catalogue.iter().find(|style| style.id == generation.style);
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
        Ok(Ingredients { style: Arc::new(style), photos, background })
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

fn failed(reason: &str) -> Halt {
    Halt::End(Ending::Failed, reason.to_owned())
}

fn percent(made: usize, count: usize) -> u8 {
    u8::try_from(made * 100 / count.max(1)).unwrap_or(100).min(100)
}
