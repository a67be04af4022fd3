//! How long pictures are kept. There is one rule a class of object; a person may choose less than the rule, never
//! more. The same rules set each row's `expires_at`, the storage's own lifecycle and the text of the policy.

use std::fmt;
use std::num::NonZeroU16;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::object_key::ObjectClass;
use crate::time::{DAY, Timestamp};

/// A number of whole days, at least one: what a storage's lifecycle rule can express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Period(NonZeroU16);

impl Period {
    /// What a person may choose, shortest first.
    pub const CHOICES: [Period; 3] = [Period::of(1), Period::of(7), Period::of(30)];

    /// How long an archive is kept that a person asked for: until they had time to fetch it.
    pub const ARCHIVE: Period = Period::of(1);

    /// A period of some days; `None` for zero.
    pub const fn days(days: u16) -> Option<Self> {
        match NonZeroU16::new(days) {
            Some(days) => Some(Period(days)),
            None => None,
        }
    }

    /// For constants: one day when `days` is zero.
    const fn of(days: u16) -> Self {
        match NonZeroU16::new(days) {
            Some(days) => Period(days),
            None => Period(NonZeroU16::MIN),
        }
    }

    /// The number of days.
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// The period as a span.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(DAY.as_secs() * self.0.get() as u64)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0.get() == 1 { "day" } else { "days" })
    }
}

/// The installation's rule for one class of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRule {
    /// Which objects, and with it their prefix.
    pub class: ObjectClass,
    /// How long they are kept; `None` until the person deletes them.
    pub period: Option<Period>,
}

/// The installation's rules, one a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// How long uploaded photos are kept.
    pub uploads: Period,
    /// How long full-resolution results are kept.
    pub results: Period,
    /// How long previews are kept; `None` until the person deletes them.
    pub previews: Option<Period>,
}

impl Default for Retention {
    /// 30 days for uploads and results, previews kept.
    fn default() -> Self {
        Retention { uploads: Period::of(30), results: Period::of(30), previews: None }
    }
}

impl Retention {
    /// The rules as a list, for the storage's lifecycle and the policy.
    pub fn rules(&self) -> [RetentionRule; 4] {
        ObjectClass::ALL.map(|class| RetentionRule { class, period: self.period(class) })
    }

    fn period(&self, class: ObjectClass) -> Option<Period> {
        match class {
            ObjectClass::Upload => Some(self.uploads),
            ObjectClass::Result => Some(self.results),
            ObjectClass::Preview => self.previews,
            ObjectClass::Archive => Some(Period::ARCHIVE),
        }
    }

    /// When an upload made at `created` ends, given the person's choice.
    pub fn upload_expires(&self, choice: Option<Period>, created: Timestamp) -> Timestamp {
        created + shorter(self.uploads, choice).duration()
    }

    /// When a full-resolution result made at `created` ends, given the person's choice.
    pub fn result_expires(&self, choice: Option<Period>, created: Timestamp) -> Timestamp {
        created + shorter(self.results, choice).duration()
    }

    /// When a preview made at `created` ends. The person's choice is about originals and results; the gallery's small
    /// pictures follow the installation's rule until they are deleted by hand.
    pub fn preview_expires(&self, created: Timestamp) -> Option<Timestamp> {
        self.previews.map(|period| created + period.duration())
    }
}

fn shorter(rule: Period, choice: Option<Period>) -> Period {
    choice.map_or(rule, |choice| choice.min(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_may_shorten_the_rule_and_never_lengthen_it() {
        let rules = Retention { uploads: Period::of(7), ..Retention::default() };
        let ends = |choice| rules.upload_expires(choice, Timestamp::EPOCH).since(Timestamp::EPOCH);
        assert_eq!(ends(None), 7 * DAY);
        assert_eq!(ends(Some(Period::of(1))), DAY);
        assert_eq!(ends(Some(Period::of(30))), 7 * DAY);
    }

    #[test]
    fn previews_stay_unless_a_rule_says_otherwise() {
        let mut rules = Retention::default();
        assert_eq!(rules.preview_expires(Timestamp::EPOCH), None);
        rules.previews = Period::days(365);
        assert_eq!(rules.preview_expires(Timestamp::EPOCH), Some(Timestamp::EPOCH + 365 * DAY));
        assert_eq!(rules.rules()[2].class.prefix(), "previews/");
        assert_eq!(Period::days(0), None);
    }
}
