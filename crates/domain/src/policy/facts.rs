//! What an installation does with personal data, as its configuration says: all that a policy is made from. Services are data
//! here; which there are is known where they are wired.

use crate::consent::SubprocessorId;
use crate::retention::Retention;

/// What an installation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who runs it, as people know them.
    pub operator: Option<String>,
    /// Where people turn to: an address for mail, or a page's.
    pub contact: Option<String>,
    /// How long pictures are kept.
    pub retention: Retention,
    /// The outside services in use, in the order in which they are asked where that matters.
    pub services: Vec<Service>,
    /// How people reach it.
    pub reach: Reached,
}

/// How people reach an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// From its own machine alone.
    OnOneMachine,
    /// Encrypted.
    Encrypted,
    /// Through a network, in the clear.
    InTheClear,
}

/// An outside service in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Names it in consents.
    pub id: SubprocessorId,
    /// Its name, and who runs it: `The example service (Example Ltd)`.
    pub name: String,
    /// What it does here.
    pub role: ServiceRole,
    /// Where it is reached, for the audit: an `https` address.
    pub endpoint: String,
    /// Its own terms of data processing: an address.
    pub terms: String,
    /// Which data it is given, in words: `your photos and the chosen style`.
    pub data: String,
}

/// What a service does here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceRole {
    /// Makes pictures of photos.
    MakesPictures,
    /// Keeps photos, results and previews.
    KeepsPictures,
    /// Keeps accounts and all other data.
    KeepsData,
    /// Signs people in.
    SignsIn,
    /// Takes payments.
    TakesPayments,
}

impl ServiceRole {
    /// What it does, after its name.
    pub const fn does(self) -> &'static str {
        match self {
            ServiceRole::MakesPictures => "makes pictures",
            ServiceRole::KeepsPictures => "keeps pictures",
            ServiceRole::KeepsData => "keeps accounts and all other data",
            ServiceRole::SignsIn => "signs people in",
            ServiceRole::TakesPayments => "takes payments",
        }
    }
}

impl Facts {
    /// The services of a role, in their order.
    pub fn of(&self, role: ServiceRole) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(move |service| service.role == role)
    }
}
