//! A generation: one request for pictures. It is its own job: a worker takes it by lease, and it ends once.
//!
//! ```text
//! queued ──claim──▶ running ──finish──▶ succeeded | refused | failed
//!    │                 │ └─lapse, too often──▶ failed
//!    └────cancel───────┴──────────────▶ cancelled
//! ```
//!
//! An expired lease does not change the state: the generation is running, and the next claim takes it over. What a
//! generation costs follows from how it ended, by [`settlement`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::aspect::AspectRatio;
use crate::credit::{Credits, Posting};
use crate::ids::{AccountId, GenerationId, LeaseId, PhotoId};
use crate::image::ImageId;
use crate::style::headshot::Frame;
use crate::style::{HeadshotRecipe, Recipe, Style, StyleId, StyleKind};
use crate::thumbnail::ThumbnailChoices;
use crate::time::Timestamp;
use crate::units::{Colour, Signed, Unit};

/// How often a generation is taken up before it is given up. A generation whose worker dies each time would
/// otherwise kill workers for ever.
pub const MAX_CLAIMS: u32 = 5;

/// Where a generation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Waiting for a worker.
    Queued,
    /// A worker has it, or had it until its lease ran out.
    Running,
    /// Ended with at least one picture.
    Succeeded,
    /// Ended because a provider declined for safety.
    Refused,
    /// Ended because something went wrong.
    Failed,
    /// Ended by the person.
    Cancelled,
}

/// How a generation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// With at least one picture.
    Succeeded,
    /// Declined for safety.
    Refused,
    /// Something went wrong.
    Failed,
    /// By the person.
    Cancelled,
}

/// What can happen to a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A worker takes it, for the first time or after a lease ran out.
    Claim,
    /// It ends.
    End(Ending),
}

/// A step that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a generation that is {state:?} can't take the step {step:?}")]
pub struct IllegalStep {
    /// Where it stands.
    pub state: State,
    /// What was tried.
    pub step: Step,
}

impl State {
    /// Every state, in the order of a generation's life.
    pub const ALL: [State; 6] =
        [State::Queued, State::Running, State::Succeeded, State::Refused, State::Failed, State::Cancelled];

    /// The state after a step.
    ///
    /// # Errors
    /// An ended generation takes no step; a queued one can't end but by being cancelled.
    pub const fn after(self, step: Step) -> Result<State, IllegalStep> {
        match (self, step) {
            (State::Queued | State::Running, Step::Claim) => Ok(State::Running),
            (State::Queued | State::Running, Step::End(Ending::Cancelled)) => Ok(State::Cancelled),
            (State::Running, Step::End(Ending::Succeeded)) => Ok(State::Succeeded),
            (State::Running, Step::End(Ending::Refused)) => Ok(State::Refused),
            (State::Running, Step::End(Ending::Failed)) => Ok(State::Failed),
            (state, step) => Err(IllegalStep { state, step }),
        }
    }

    /// Whether nothing more can happen to it.
    pub const fn is_ended(self) -> bool {
        !matches!(self, State::Queued | State::Running)
    }
}

/// What a generation that ends does to the ledger. `price` is that of one image, `count` how many were asked for (and
/// reserved), `made` how many there are.
///
/// Succeeded and cancelled ones are charged for the images that were made, which the person keeps; refused and failed
/// ones cost nothing, whatever was made until then.
pub fn settlement(ending: Ending, price: Credits, count: u8, made: u8) -> Posting {
    let total = |images: u8| price.times(u32::from(images)).unwrap_or(Credits::new(u32::MAX));
    let reserved = total(count);
    match ending {
        Ending::Succeeded | Ending::Cancelled if made > 0 => {
            Posting::Settle { reserved, charged: total(made.min(count)) }
        }
        _ => Posting::GiveBack(reserved),
    }
}

/// A background of the person's own choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnBackground {
    /// One colour.
    Colour(Colour),
    /// A photo of theirs. It is the last among the generation's photos, so that it goes when they go.
    Photo(PhotoId),
}

/// One thing that is different in an image, while the face stays: it is made anew here from the same photos, and not by a service
/// that would make up another face. A change of background, shape or title stands in the options themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The image that is changed.
    pub of: ImageId,
    /// Where the image stood in its series, from 0: what a series varies stays as it was.
    pub place: u8,
    /// Another light.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub light: Option<Lighting>,
    /// More or less of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Frame>,
}

/// Another light than the style's, by how it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lighting {
    /// Flatter: shadows are lifted.
    Softer,
    /// With deeper shadows.
    Stronger,
    /// From the other side.
    OtherSide,
    /// As by candles.
    Warmer,
    /// As under a blue sky.
    Cooler,
    /// More of it.
    Brighter,
    /// Less of it.
    Darker,
}

impl Lighting {
    /// Every light, in the order in which they are offered.
    pub const ALL: [Lighting; 7] = [
        Lighting::Softer,
        Lighting::Stronger,
        Lighting::OtherSide,
        Lighting::Warmer,
        Lighting::Cooler,
        Lighting::Brighter,
        Lighting::Darker,
    ];

    /// The same recipe in this light.
    pub fn apply(self, recipe: &mut HeadshotRecipe) {
        let (light, finish) = (&mut recipe.light, &mut recipe.finish);
        let moved = |value: Signed, by: f32| Signed::clamped(value.get() + by);
        match self {
            Lighting::Softer => {
                light.strength = Unit::clamped(light.strength.get() * 0.4);
                light.rim = Unit::clamped(light.rim.get() * 0.5);
                finish.contrast = moved(finish.contrast, -0.15);
            }
            Lighting::Stronger => {
                light.strength = Unit::clamped(light.strength.get() + 0.3);
                finish.contrast = moved(finish.contrast, 0.15);
            }
            Lighting::OtherSide => light.side = Signed::clamped(-light.side.get()),
            Lighting::Warmer => {
                light.temperature = moved(light.temperature, -0.3);
                finish.warmth = moved(finish.warmth, 0.25);
            }
            Lighting::Cooler => {
                light.temperature = moved(light.temperature, 0.3);
                finish.warmth = moved(finish.warmth, -0.25);
            }
            Lighting::Brighter => finish.exposure = moved(finish.exposure, 0.3),
            Lighting::Darker => finish.exposure = moved(finish.exposure, -0.3),
        }
    }
}

impl Change {
    /// The style as it is with the change.
    pub fn apply(&self, style: &mut Style) {
        let Recipe::Headshot(recipe) = &mut style.recipe else { return };
        if let Some(light) = self.light {
            light.apply(recipe);
        }
        if let Some(frame) = self.frame {
            recipe.frame = frame;
        }
    }
}

/// What was asked for, beside the photos and the style.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationOptions {
    /// Which product: two of them may have a style of the same name. `None` in what was asked for before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<StyleKind>,
    /// How many images, 1 to [`GenerationOptions::MAX_COUNT`].
    pub count: u8,
    /// Their shape.
    pub aspect: AspectRatio,
    /// Their longer side in pixels.
    pub long_side: u32,
    /// The words on a thumbnail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The person's own wish, kept as data: it can't override a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What stands behind the person instead of the style's own background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<OwnBackground>,
    /// What is different in an image that is there already; it then is the only one that is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// Same photos, style, options and seed give the same pictures where the provider can.
    #[serde(default)]
    pub seed: u64,
    /// What was chosen for thumbnails beside that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<ThumbnailChoices>,
}

/// Options that can't be carried out. The caller's turn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Too few or too many images.
    #[error("{0} images can't be asked for at once: ask for 1 to {max}", max = GenerationOptions::MAX_COUNT)]
    Count(u8),
    /// Too small or too large.
    #[error("{0} pixels is not offered for the longer side: ask for 256 to 4096")]
    LongSide(u32),
    /// The title is too long.
    #[error("the title has {0} characters: use at most {max}", max = GenerationOptions::TITLE_LIMIT)]
    Title(usize),
    /// The note is too long.
    #[error("the note has {0} characters: use at most {max}", max = GenerationOptions::NOTE_LIMIT)]
    Note(usize),
    /// A test is made of other than three pictures.
    #[error("a test has {max} pictures that differ by one thing: ask for {max} instead of {0}", max = ThumbnailChoices::VARIANTS)]
    TestCount(u8),
    /// There is too little to make three titles of.
    #[error("a test of titles needs a title of three words or more, or two other titles to compare it with")]
    TestTitle,
}

impl GenerationOptions {
    /// The most images of one generation.
    pub const MAX_COUNT: u8 = 16;
    /// The longest title, in characters.
    pub const TITLE_LIMIT: usize = 200;
    /// The longest note, in characters.
    pub const NOTE_LIMIT: usize = 1000;

    /// Checks the limits before anything is paid or stored.
    pub fn validate(&self) -> Result<(), OptionsError> {
        let length = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
        let (title, note) = (length(&self.title), length(&self.note));
        if self.count == 0 || self.count > Self::MAX_COUNT {
            return Err(OptionsError::Count(self.count));
        }
        if !(256..=4096).contains(&self.long_side) {
            return Err(OptionsError::LongSide(self.long_side));
        }
        if title > Self::TITLE_LIMIT {
            return Err(OptionsError::Title(title));
        }
        if note > Self::NOTE_LIMIT {
            return Err(OptionsError::Note(note));
        }
        let Some(choices) = &self.thumbnail else { return Ok(()) };
        if let Some(long) =
            choices.titles.iter().map(|title| title.chars().count()).find(|&n| n > Self::TITLE_LIMIT)
        {
            return Err(OptionsError::Title(long));
        }
        // One picture of a test can be changed alone.
        let count = if self.change.is_some() { ThumbnailChoices::VARIANTS } else { self.count };
        choices.validate(count, self.title.as_deref())
    }
}

/// One request for pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Generation {
    /// Names it.
    pub id: GenerationId,
    /// Whose it is.
    pub account: AccountId,
    /// The style.
    pub style: StyleId,
    /// What was asked for.
    pub options: GenerationOptions,
    /// What one image costs.
    pub price: Credits,
    /// Where it stands.
    pub state: State,
    /// How far it is, 0 to 100, as its worker last said.
    pub progress: u8,
    /// Why it was refused or failed, or why there are fewer images than were asked for, in words for the person.
    pub reason: Option<String>,
    /// How often it was taken up.
    pub claims: u32,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was first taken up.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Generation {
    /// Whether it was asked for in this style of this product.
    pub fn is_of(&self, kind: StyleKind, style: &StyleId) -> bool {
        self.style == *style && self.options.kind.is_none_or(|known| known == kind)
    }
}

/// A worker's hold on a generation. Whoever shows it and is not too late may write; after the lease was taken by
/// another, or the generation ended, nothing can be written with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Lease {
    /// Whose generation.
    pub account: AccountId,
    /// What is held.
    pub generation: GenerationId,
    /// Names this hold.
    pub id: LeaseId,
}

/// How long a lease holds without a heartbeat, unless configured.
pub const LEASE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::credit::Position;

    fn ending() -> impl Strategy<Value = Ending> {
        prop_oneof![
            Just(Ending::Succeeded),
            Just(Ending::Refused),
            Just(Ending::Failed),
            Just(Ending::Cancelled)
        ]
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        proptest::collection::vec(prop_oneof![Just(Step::Claim), ending().prop_map(Step::End)], 0..12)
    }

    proptest! {
        #[test]
        fn a_generation_ends_once_and_only_after_it_ran_or_was_cancelled(steps in steps()) {
            let (mut state, mut endings, mut claimed) = (State::Queued, 0, false);
            for step in steps {
                let ended = state.is_ended();
                let Ok(next) = state.after(step) else { continue };
                prop_assert!(!ended, "{state:?} took {step:?}");
                claimed |= step == Step::Claim;
                endings += u32::from(next.is_ended());
                prop_assert!(!next.is_ended() || claimed || next == State::Cancelled);
                state = next;
            }
            prop_assert_eq!(endings, u32::from(state.is_ended()));
        }

        #[test]
        fn what_was_reserved_is_charged_or_given_back_to_the_last_credit(
            ending in ending(), price in 0u32..100, count in 1u8..=16, made in 0u8..=16, have in 0u32..5000
        ) {
            let price = Credits::new(price);
            let start = Position { balance: Credits::new(have), debt: Credits::ZERO };
            let Ok(reserved) = start.post(Posting::Reserve(price.times(u32::from(count)).unwrap())) else {
                return Ok(());
            };
            let ended = reserved[0].after.post(settlement(ending, price, count, made)).unwrap();
            prop_assert_eq!(ended.len(), 1);
            let spent = start.balance.get() - ended[0].after.balance.get();
            let images = match ending {
                Ending::Succeeded | Ending::Cancelled => made.min(count),
                Ending::Refused | Ending::Failed => 0,
            };
            prop_assert_eq!(spent, price.get() * u32::from(images));
        }
    }

    #[test]
    fn a_change_alters_the_light_and_nothing_that_stands_behind_the_person() {
        let recipe = HeadshotRecipe {
            backgrounds: vec![],
            light: Default::default(),
            frame: Default::default(),
            finish: Default::default(),
        };
        for lighting in Lighting::ALL {
            let mut changed = recipe.clone();
            lighting.apply(&mut changed);
            assert_ne!(changed, recipe, "{lighting:?}");
            assert_eq!((&changed.backgrounds, changed.frame), (&recipe.backgrounds, recipe.frame));
        }
        let text = serde_json_of(Lighting::OtherSide);
        assert_eq!(text, "other-side");
    }

    fn serde_json_of(lighting: Lighting) -> String {
        let value = toml::Value::try_from(lighting).unwrap();
        value.as_str().unwrap().to_owned()
    }

    #[test]
    fn options_beyond_the_limits_say_so() {
        let good = GenerationOptions {
            kind: None,
            count: 4,
            aspect: AspectRatio::Portrait4x5,
            long_side: 1024,
            title: None,
            note: None,
            background: None,
            change: None,
            seed: 0,
            thumbnail: None,
        };
        assert_eq!(good.validate(), Ok(()));
        let long = Some("é".repeat(10_000));
        let error = GenerationOptions { title: long, ..good.clone() }.validate().unwrap_err();
        assert_eq!(error.to_string(), "the title has 10000 characters: use at most 200");
        assert!(GenerationOptions { count: 0, ..good.clone() }.validate().is_err());
        assert!(GenerationOptions { count: 17, ..good.clone() }.validate().is_err());
        assert!(GenerationOptions { long_side: 30_000, ..good }.validate().is_err());
    }
}
