//! The rules that a bucket has to have, and what is wrong with those that it has.

use std::fmt;

use domain::object_key::ObjectClass;
use domain::retention::{Retention, RetentionRule};
use serde::Serialize;

use super::INCOMING;

/// What the ids of our rules begin with.
const OURS: &str = "covershots-";

/// A lifecycle rule of the bucket, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id; a bucket may have rules without one.
    pub id: Option<String>,
    /// Whether it is carried out.
    pub enabled: bool,
    /// The keys it is about. `None` when it depends on more than the key (tags, sizes): such a rule promises nothing.
    pub prefix: Option<String>,
    /// Days after which objects are deleted.
    pub expires_after_days: Option<u32>,
    /// Days after which unfinished uploads are given up.
    pub gives_up_after_days: Option<u32>,
}

/// Something about the bucket's rules that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// A rule is not there, or switched off, or does not say what it should.
    Missing {
        /// The rule as it should be.
        wanted: Rule,
    },
    /// Another rule deletes our objects sooner than people are told.
    TooEarly {
        /// That rule.
        rule: Rule,
        /// Whose objects it deletes.
        class: ObjectClass,
    },
}

impl Finding {
    /// Whether a promise is broken by it: pictures would stay longer than people are told.
    pub fn is_broken_promise(&self) -> bool {
        matches!(self, Finding::Missing { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Missing { wanted } => write!(f, "the bucket lacks the rule: {wanted}"),
            Finding::TooEarly { rule, class } => {
                write!(f, "another rule deletes {} sooner than people are told: {rule}", class.prefix())
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = match self.prefix.as_deref() {
            Some("") => "everything",
            Some(prefix) => prefix,
            None => "some objects",
        };
        write!(f, "{} ({keys}", self.id.as_deref().unwrap_or("without an id"))?;
        if let Some(days) = self.expires_after_days {
            write!(f, ", deleted after {days} d")?;
        }
        if let Some(days) = self.gives_up_after_days {
            write!(f, ", unfinished uploads given up after {days} d")?;
        }
        f.write_str(if self.enabled { ")" } else { ", switched off)" })
    }
}

/// What was done to the bucket's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Our rules, as the bucket has them now.
    pub ours: Vec<Rule>,
    /// How many rules that are not ours were left alone.
    pub kept: usize,
    /// Whether anything had to be changed.
    pub changed: bool,
}

impl Rule {
    /// Whether it is one of ours.
    pub(super) fn is_ours(&self) -> bool {
        self.id.as_deref().is_some_and(|id| id.starts_with(OURS))
    }
}

/// The rules that carry out these periods: one a class that ends, one for what uploads left, one for unfinished uploads.
pub(super) fn wanted(retention: &Retention) -> Vec<Rule> {
    let rule = |name: &str, prefix: &str, expires, gives_up| Rule {
        id: Some(format!("{OURS}{name}")),
        enabled: true,
        prefix: Some(prefix.to_owned()),
        expires_after_days: expires,
        gives_up_after_days: gives_up,
    };
    let mut rules: Vec<Rule> = retention
        .rules()
        .into_iter()
        .filter_map(|RetentionRule { class, period }| {
            let prefix = class.prefix();
            Some(rule(prefix.trim_end_matches('/'), prefix, Some(u32::from(period?.get())), None))
        })
        .collect();
    rules.push(rule("incoming", INCOMING, Some(1), None));
    rules.push(rule("unfinished", "", None, Some(1)));
    rules
}

/// What is wrong with the rules that there are.
pub(super) fn findings(there: &[Rule], retention: &Retention) -> Vec<Finding> {
    let wanted = wanted(retention);
    let mut findings: Vec<Finding> = wanted
        .iter()
        .filter(|wanted| !there.iter().any(|rule| does(rule, wanted)))
        .map(|wanted| Finding::Missing { wanted: wanted.clone() })
        .collect();
    for RetentionRule { class, period } in retention.rules() {
        let sooner = |rule: &&Rule| {
            let reaches = rule.prefix.as_deref().is_some_and(|prefix| class.prefix().starts_with(prefix));
            let days = rule.expires_after_days.unwrap_or(u32::MAX);
            rule.enabled && reaches && days < period.map_or(u32::MAX, |period| period.get().into())
        };
        let rules = there.iter().filter(sooner);
        findings.extend(rules.map(|rule| Finding::TooEarly { rule: rule.clone(), class }));
    }
    findings
}

/// Whether a rule does what is wanted, by whatever name: it reaches all the keys, and its days are the same.
fn does(rule: &Rule, wanted: &Rule) -> bool {
    let reaches = match (&rule.prefix, &wanted.prefix) {
        (Some(prefix), Some(wanted)) => wanted.starts_with(prefix.as_str()),
        _ => false,
    };
    rule.enabled
        && reaches
        && (wanted.expires_after_days.is_none() || rule.expires_after_days == wanted.expires_after_days)
        && match (rule.gives_up_after_days, wanted.gives_up_after_days) {
            (_, None) => true,
            (Some(days), Some(wanted)) => days <= wanted,
            (None, Some(_)) => false,
        }
}

#[cfg(test)]
mod tests {
    use domain::retention::Period;

    use super::*;

    #[test]
    fn the_rules_follow_from_the_periods() {
        let rules = wanted(&Retention::default());
        let told: Vec<_> = rules.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "covershots-uploads (uploads/, deleted after 30 d)",
                "covershots-results (results/, deleted after 30 d)",
                "covershots-archives (archives/, deleted after 1 d)",
                "covershots-incoming (incoming/, deleted after 1 d)",
                "covershots-unfinished (everything, unfinished uploads given up after 1 d)",
            ]
        );
        let previews = Retention { previews: Period::days(365), ..Retention::default() };
        assert_eq!(wanted(&previews).len(), 6);
        assert!(findings(&rules, &Retention::default()).is_empty());
        assert_eq!(findings(&rules, &previews).len(), 1);
    }

    #[test]
    fn a_rule_that_is_off_late_narrow_or_conditional_is_missing() {
        type Change = fn(&mut Rule);
        let changes: [Change; 4] = [
            |rule| rule.enabled = false,
            |rule| rule.expires_after_days = Some(31),
            |rule| rule.prefix = Some("uploads/a".into()),
            |rule| rule.prefix = None,
        ];
        for change in changes {
            let mut rules = wanted(&Retention::default());
            change(&mut rules[0]);
            let findings = findings(&rules, &Retention::default());
            assert!(findings.len() == 1 && findings[0].is_broken_promise(), "{findings:?}");
        }
    }

    #[test]
    fn a_rule_of_another_that_deletes_ours_sooner_is_told() {
        let mut rules = wanted(&Retention::default());
        rules.push(Rule {
            id: Some("tidy".into()),
            enabled: true,
            prefix: Some(String::new()),
            expires_after_days: Some(90),
            gives_up_after_days: None,
        });
        // Previews are said to stay: they would not.
        let findings = findings(&rules, &Retention::default());
        assert!(
            matches!(&findings[..], [Finding::TooEarly { class: ObjectClass::Preview, .. }]),
            "{findings:?}"
        );
        assert!(!findings[0].is_broken_promise());
    }
}
