//! What a policy promises. One who adds a promise here has to write its check: the audit matches on every one of them.

use std::fmt;

use serde::Serialize;

/// Something that a policy promises and an audit has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// Photos are deleted after their period.
    PhotosEnd,
    /// Full-resolution results are deleted after their period.
    ResultsEnd,
    /// Previews are deleted after their period, or kept until the person deletes them.
    PreviewsEnd,
    /// Archives that people asked for are deleted after their period.
    ArchivesEnd,
    /// Nothing is served from the moment on at which its time is over.
    NothingServedAfterItsEnd,
    /// Pictures are kept without their metadata.
    NoMetadata,
    /// Personal data go to the services that are named and to no other.
    NamedServicesOnly,
    /// Pictures and data travel encrypted.
    Encrypted,
    /// Only their owner is shown pictures.
    OwnerOnly,
    /// Nothing is kept without the person's consent.
    ConsentFirst,
    /// No number of a card is kept.
    NoCardNumbers,
    /// Logs say nothing about persons.
    NothingPersonalInLogs,
    /// Everything about a person can be had.
    Access,
    /// What was erased is gone.
    Erasure,
}

impl Promise {
    /// Every promise, in the order in which an audit shows them.
    pub const ALL: [Promise; 14] = [
        Promise::PhotosEnd,
        Promise::ResultsEnd,
        Promise::PreviewsEnd,
        Promise::ArchivesEnd,
        Promise::NothingServedAfterItsEnd,
        Promise::NoMetadata,
        Promise::NamedServicesOnly,
        Promise::Encrypted,
        Promise::OwnerOnly,
        Promise::ConsentFirst,
        Promise::NoCardNumbers,
        Promise::NothingPersonalInLogs,
        Promise::Access,
        Promise::Erasure,
    ];

    /// Its stable name, for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Promise::PhotosEnd => "photos-end",
            Promise::ResultsEnd => "results-end",
            Promise::PreviewsEnd => "previews-end",
            Promise::ArchivesEnd => "archives-end",
            Promise::NothingServedAfterItsEnd => "nothing-served-after-its-end",
            Promise::NoMetadata => "no-metadata",
            Promise::NamedServicesOnly => "named-services-only",
            Promise::Encrypted => "encrypted",
            Promise::OwnerOnly => "owner-only",
            Promise::ConsentFirst => "consent-first",
            Promise::NoCardNumbers => "no-card-numbers",
            Promise::NothingPersonalInLogs => "nothing-personal-in-logs",
            Promise::Access => "access",
            Promise::Erasure => "erasure",
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
