//! The audit: a check for every promise of the policy. A promise without a check does not compile.

mod deletion;
mod logs;
mod outside;
mod people;
mod pictures;

use std::path::PathBuf;

use domain::policy::{Document, Facts, Promise};
use domain::time::Timestamp;
use serde::Serialize;

use super::{Service, policy};
use crate::exit::Failure;

use self::people::People;

/// What an audit found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The version of the policy in force.
    pub(crate) policy: String,
    pub(crate) at: String,
    pub(crate) kept: usize,
    pub(crate) broken: usize,
    pub(crate) not_shown: usize,
    pub(crate) findings: Vec<Finding>,
}

/// What was found about one promise.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) promise: Promise,
    /// The sentences of the policy that promise it.
    pub(crate) said: Vec<String>,
    pub(crate) verdict: Verdict,
    pub(crate) evidence: Vec<String>,
}

/// Whether a promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// Everything that was looked at is as promised.
    Kept,
    /// It could not be looked at from here.
    NotShown,
    /// Something is not as promised.
    Broken,
}

/// What one check gathers.
pub(super) struct Evidence {
    verdict: Verdict,
    lines: Vec<String>,
}

impl Evidence {
    fn new() -> Self {
        Evidence { verdict: Verdict::Kept, lines: Vec::new() }
    }

    /// Something that is as promised.
    fn shows(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Something that is not.
    fn breaks(&mut self, line: impl Into<String>) {
        self.verdict = Verdict::Broken;
        self.lines.push(line.into());
    }

    /// Something that can't be looked at, and how it could.
    fn lacks(&mut self, line: impl Into<String>) {
        self.verdict = self.verdict.max(Verdict::NotShown);
        self.lines.push(line.into());
    }

    /// Either of the two, by whether it is so.
    fn holds(&mut self, so: bool, line: impl Into<String>) {
        if so { self.shows(line) } else { self.breaks(line) }
    }
}

/// What checks look at.
pub(super) struct Looked<'a> {
    service: &'a Service,
    facts: Facts,
    people: People,
    ages: Vec<app::Ages>,
    logs: &'a [PathBuf],
    now: Timestamp,
}

/// Looks at everything.
///
/// # Errors
/// The database or the storage can't be looked at at all.
pub(crate) async fn audit(service: &Service, logs: &[PathBuf]) -> Result<Report, Failure> {
    let facts = policy::facts(&service.configuration, service.app.settings().retention);
    let document = Document::new(&facts);
    let ages = service.app.operator().ages().await.map_err(Failure::machine)?;
    let people = People::gather(service).await?;
    let now = service.app.ports().clock.now();
    let looked = Looked { service, facts, people, ages, logs, now };
    let mut findings = Vec::new();
    for promise in Promise::ALL {
        let said = document.statements().filter(|statement| statement.promises.contains(&promise));
        let said = said.map(|statement| statement.text.clone()).collect();
        let Evidence { verdict, lines } = check(&looked, promise).await;
        findings.push(Finding { promise, said, verdict, evidence: lines });
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    Ok(Report {
        policy: service.app.settings().policy.version.version.clone(),
        at: now.to_string(),
        kept: count(Verdict::Kept),
        broken: count(Verdict::Broken),
        not_shown: count(Verdict::NotShown),
        findings,
    })
}

/// The check of a promise. The list has no end that catches all: a new promise needs its line.
async fn check(looked: &Looked<'_>, promise: Promise) -> Evidence {
    let mut evidence = Evidence::new();
    let out = &mut evidence;
    match promise {
        Promise::PhotosEnd | Promise::ResultsEnd | Promise::PreviewsEnd | Promise::ArchivesEnd => {
            deletion::ends(looked, promise, out).await;
        }
        Promise::NothingServedAfterItsEnd => deletion::nothing_served(looked, out).await,
        Promise::NoMetadata => pictures::no_metadata(looked, out).await,
        Promise::OwnerOnly => pictures::owner_only(looked, out).await,
        Promise::NamedServicesOnly => outside::named_only(looked, out).await,
        Promise::Encrypted => outside::encrypted(looked, out).await,
        Promise::ConsentFirst => people::consent_first(looked, out),
        Promise::NoCardNumbers => people::no_card_numbers(looked, out),
        Promise::Access => people::access(looked, out),
        Promise::Erasure => people::erasure(looked, out).await,
        Promise::NothingPersonalInLogs => logs::nothing_personal(looked, out),
    }
    evidence
}
