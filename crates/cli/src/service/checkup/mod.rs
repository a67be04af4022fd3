//! What `covershots doctor` looks at: everything outside this process that the service stands on, each a file. A check asks what costs
//! nothing and changes nothing.

mod database;
mod makers;
mod pictures;
mod secrets;
mod sign_in;
mod till;

use std::path::PathBuf;
use std::time::Duration;

use domain::ports::BoxFuture;
use serde::Serialize;

use crate::configuration::Configuration;

/// The checks, in the order in which they are told. A new one is a file and its name here.
const CHECKS: [(&str, Check); 6] = [
    ("database", |patient| Box::pin(database::look(patient))),
    ("storage", |patient| Box::pin(pictures::look(patient))),
    ("secrets", |patient| Box::pin(secrets::look(patient))),
    ("providers", |patient| Box::pin(makers::look(patient))),
    ("sign-in", |patient| Box::pin(sign_in::look(patient))),
    ("payments", |patient| Box::pin(till::look(patient))),
];
/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Check = for<'a> fn(&'a Patient) -> BoxFuture<'a, Vec<Finding>>;

/// An installation as it is configured, whether it has ever been started or not.
pub(crate) struct Patient {
    pub(crate) configuration: Configuration,
    /// The data folder.
    pub(crate) data: PathBuf,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// It is as it should be.
    Good,
    /// It works, and the operator may want to know something.
    Note,
    /// The service can't work, or not wholly.
    Bad,
}

/// What was found out about one thing.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) what: String,
    pub(crate) verdict: Verdict,
    /// What it is, and what to do.
    pub(crate) words: String,
}

impl Finding {
    fn new(what: &str, verdict: Verdict, words: impl ToString) -> Finding {
        Finding { what: what.to_owned(), verdict, words: words.to_string() }
    }

    fn good(what: &str, words: impl ToString) -> Finding {
        Finding::new(what, Verdict::Good, words)
    }

    fn note(what: &str, words: impl ToString) -> Finding {
        Finding::new(what, Verdict::Note, words)
    }

    fn bad(what: &str, words: impl ToString) -> Finding {
        Finding::new(what, Verdict::Bad, words)
    }
}

/// Looks at everything.
pub(crate) async fn examine(patient: &Patient) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (what, check) in CHECKS {
        let found = tokio::time::timeout(PATIENCE, check(patient)).await;
        findings.extend(found.unwrap_or_else(|_| {
            vec![Finding::bad(what, format_args!("there was no answer within {} s", PATIENCE.as_secs()))]
        }));
    }
    findings
}
