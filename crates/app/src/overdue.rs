//! Overdue: what lies in the storage though its time is over, and how old the oldest of each class is. It only looks; the
//! sweeper deletes.

use std::time::Duration;

use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::objects::{LIST_LIMIT, Listed, ObjectPrefix};
use domain::retention::RetentionRule;
use domain::time::{DAY, Timestamp};
use serde::Serialize;

use crate::{Admin, AppError};

/// How late a deletion may be: a bucket's own rules take up to a day, and nothing is served meanwhile.
const GRACE: Duration = DAY;
/// How many overdue objects are named; more are counted.
const NAMED: usize = 1000;

/// One object that should be gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// Which.
    pub key: ObjectKey,
    /// Since when.
    pub since: Timestamp,
}

/// What one class of objects looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ages {
    /// Which class.
    pub class: ObjectClass,
    /// The installation's rule for it.
    pub rule: RetentionRule,
    /// How many objects there are.
    pub objects: u64,
    /// When the oldest was put.
    pub oldest: Option<Timestamp>,
    /// How many should be gone for more than a day.
    pub overdue: u64,
    /// The first of them.
    pub named: Vec<Overdue>,
}

impl Admin<'_> {
    /// Looks through the whole storage, class by class.
    ///
    /// # Errors
    /// `Storage`, `Unavailable`.
    pub async fn ages(&self) -> Result<Vec<Ages>, AppError> {
        let mut all = Vec::new();
        for rule in self.app.settings.retention.rules() {
            let mut ages =
                Ages { class: rule.class, rule, objects: 0, oldest: None, overdue: 0, named: Vec::new() };
            let mut after = None;
            loop {
                let page =
                    self.app.objects().list(ObjectPrefix::Class(rule.class), after, LIST_LIMIT).await?;
                for object in &page.objects {
                    ages.add(object, self.app.now());
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            all.push(ages);
        }
        Ok(all)
    }
}

impl Ages {
    fn add(&mut self, object: &Listed, now: Timestamp) {
        self.objects += 1;
        self.oldest = Some(self.oldest.map_or(object.created_at, |oldest| oldest.min(object.created_at)));
        // Whichever comes first: the object's own end, or that of the rule, which may have become shorter.
        let by_rule = self.rule.period.map(|period| object.created_at + period.duration());
        let end = object.expires_at.into_iter().chain(by_rule).min();
        if let Some(since) = end.filter(|end| *end + GRACE <= now) {
            self.overdue += 1;
            if self.named.len() < NAMED {
                self.named.push(Overdue { key: object.key, since });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{AccountId, PhotoId};
    use domain::retention::Retention;

    use super::*;

    #[test]
    fn an_object_is_overdue_a_day_after_its_own_end_or_that_of_the_rule() {
        let put = Timestamp::from_millis(1_795_392_000_000);
        let key = ObjectKey::Upload(AccountId::new(put, [1; 10]), PhotoId::new(put, [1; 10]));
        let listed = |expires_at| Listed { key, bytes: 1, created_at: put, expires_at, damaged: false };
        let overdue = |object: &Listed, days: u32| {
            let rule = Retention::default().rules()[0];
            let mut ages =
                Ages { class: rule.class, rule, objects: 0, oldest: None, overdue: 0, named: Vec::new() };
            ages.add(object, put + days * DAY);
            assert_eq!(ages.oldest, Some(put));
            ages.overdue
        };
        let week = listed(Some(put + 7 * DAY));
        assert_eq!((overdue(&week, 7), overdue(&week, 8)), (0, 1));
        let longer_than_the_rule = listed(Some(put + 60 * DAY));
        assert_eq!((overdue(&longer_than_the_rule, 30), overdue(&longer_than_the_rule, 31)), (0, 1));
    }
}
