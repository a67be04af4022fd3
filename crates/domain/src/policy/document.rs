//! The policy in words: sections of statements, in the few signs of Markdown that a page can show (headings, lists, strong
//! words). Whoever changes a sentence here changes the version; whoever changes what matters has people asked again.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};

use super::{Facts, Policy, PolicyVersion, Promise, Reached, Service, ServiceRole};
use crate::digest::Digest;
use crate::retention::Period;
use crate::time::Timestamp;

/// Digits of a mark in a version's name.
const MARK: usize = 8;

/// A policy before it has a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its parts, in order.
    pub sections: Vec<Section>,
}

/// A part with a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The title.
    pub title: &'static str,
    /// What it says.
    pub statements: Vec<Statement>,
}

/// One point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The words.
    pub text: String,
    /// What they promise.
    pub promises: Vec<Promise>,
    /// Whether who agreed has to be asked again when it changes.
    pub matters: bool,
}

impl Statement {
    /// Something that is told, and may be told in other words without asking again.
    fn told(text: impl Into<String>) -> Self {
        Statement { text: text.into(), promises: Vec::new(), matters: false }
    }

    /// Something that people agree to.
    fn agreed(text: impl Into<String>) -> Self {
        Statement { matters: true, ..Statement::told(text) }
    }

    fn promising(mut self, promises: &[Promise]) -> Self {
        self.promises.extend_from_slice(promises);
        self
    }
}

impl Document {
    /// The policy that follows from what an installation does.
    pub fn new(facts: &Facts) -> Self {
        let section = |title, statements| Section { title, statements };
        Document {
            sections: vec![
                section("Who is responsible", responsible(facts)),
                section("What is collected", collected(facts)),
                section("Who makes the pictures", makers(facts)),
                section("Where it is kept, and how it travels", kept(facts)),
                section("How long it is kept", periods(facts)),
                section("Services in use", services(facts)),
                section("What is not done", not_done()),
                section("Your rights, and how to use them", rights(facts)),
                section("Changes", changes()),
            ],
        }
    }

    /// Every statement, in order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.sections.iter().flat_map(|section| &section.statements)
    }

    /// The text that people agree to.
    pub fn text(&self) -> String {
        let mut text = String::from("# Privacy policy\n");
        for Section { title, statements } in &self.sections {
            // Writing to a text does not fail.
            let _ = write!(text, "\n## {title}\n\n");
            for Statement { text: words, .. } in statements {
                let _ = writeln!(text, "- {words}");
            }
        }
        text
    }

    /// The policy with its version: the one that was in force before when it says the same, a new one from `now` on when not.
    pub fn publish(&self, known: &[Policy], now: Timestamp) -> Policy {
        let text = self.text();
        let digest = digest(&text);
        if let Some(same) = known.iter().find(|policy| policy.version.digest == digest) {
            return same.clone();
        }
        let matter: String =
            self.statements().filter(|s| s.matters).map(|s| format!("{}\n", s.text)).collect();
        let mark = |digest: Digest| digest.to_string().chars().take(MARK).collect::<String>();
        let day = now.to_string().chars().take("2026-11-23".len()).collect::<String>();
        let version = format!("{day}.{}.{}", mark(self::digest(&matter)), mark(digest));
        Policy { version: PolicyVersion { version, digest }, text, published_at: now }
    }
}

fn digest(text: &str) -> Digest {
    Digest::new(Sha256::digest(text.as_bytes()).into())
}

fn responsible(facts: &Facts) -> Vec<Statement> {
    let who = facts.operator.as_deref().unwrap_or("whoever runs this installation");
    let contact = match &facts.contact {
        Some(contact) => format!(
            "Questions, complaints and requests go to **{contact}**. You may also turn to the data protection authority of your country."
        ),
        None => "This installation is for the people on this machine; whoever runs it answers questions."
            .to_owned(),
    };
    vec![Statement::told(format!("Responsible for your data is **{who}**.")), Statement::told(contact)]
}

fn collected(facts: &Facts) -> Vec<Statement> {
    let mut said = vec![
        Statement::agreed("**Photos you upload**, and only with your consent. They are kept without their metadata: no place, no time, no camera, no serial number.")
            .promising(&[Promise::NoMetadata, Promise::ConsentFirst]),
        Statement::agreed("**Generated images** and the small previews of them in your gallery, with the style and the options you chose, and the brand kit of your thumbnails where you keep one."),
        Statement::agreed(match facts.of(ServiceRole::SignsIn).next() {
            Some(service) => format!("**Account data**: your address for mail and the name you give, which {} keeps together with your sign-in, and the sessions and keys you open.", service.name),
            None => "**Account data**: your address for mail, the name you give, your password as a hash that can't be turned back, and the sessions and keys you open.".to_owned(),
        }),
        Statement::agreed(match facts.of(ServiceRole::TakesPayments).next() {
            Some(service) => format!("**Payment data**: what you bought and when. Cards and bank accounts are given to {} alone and never reach us.", service.name),
            None => "**Payment data**: none. Credits are given, not sold; what was given and spent is kept.".to_owned(),
        })
        .promising(&[Promise::NoCardNumbers]),
        Statement::agreed("**Usage data**: which styles you chose and fetched, with the time. Logs hold numbers that stand for you, no name, no address and no picture.")
            .promising(&[Promise::NothingPersonalInLogs]),
        Statement::agreed("**Measurements of faces** live in memory only, while one photo is worked on or a picture is compared with the photos it was made of. They are never stored, and nobody is identified by them; how alike the two are is kept beside the picture."),
    ];
    if facts.of(ServiceRole::SignsIn).next().is_none() {
        said.push(Statement::told("Cookies: one that keeps you signed in. None that follows you."));
    } else {
        said.push(Statement::told(
            "Cookies: those that keep you signed in, ours and the sign-in service's. None that follows you.",
        ));
    }
    said
}

fn makers(facts: &Facts) -> Vec<Statement> {
    let makers: Vec<&Service> = facts.of(ServiceRole::MakesPictures).collect();
    if makers.is_empty() {
        return vec![
            Statement::agreed("Pictures are made on the machine of this installation. No photo is sent to any other service to make pictures of it.")
                .promising(&[Promise::NamedServicesOnly]),
        ];
    }
    let order: Vec<String> = makers.iter().map(|service| service.name.clone()).collect();
    let mut said = vec![
        Statement::agreed(format!(
            "Pictures are made by these services, asked in this order, each only with your consent to it: **{}**. A service is asked only when those before it are not available.",
            order.join("**, then **")
        ))
        .promising(&[Promise::NamedServicesOnly]),
    ];
    said.extend(makers.iter().map(|service| {
        Statement::agreed(format!(
            "**{}** is sent {}. What it does with them is ruled by its terms: {}",
            service.name, service.data, service.terms
        ))
    }));
    said.push(Statement::told(
        "What can be made on the machine of this installation itself needs no such consent.",
    ));
    said
}

fn kept(facts: &Facts) -> Vec<Statement> {
    let place = |role, what: &str| match facts.of(role).next() {
        Some(service) => format!("**{what}** with {}.", service.name),
        None => format!("**{what}** on the machines of this installation."),
    };
    let travels = match facts.reach {
        Reached::Encrypted => {
            "Between you and us, and between us and every service, everything travels encrypted (TLS)."
        }
        Reached::OnOneMachine => {
            "This installation is reached from its own machine alone; to every service everything travels encrypted (TLS)."
        }
        Reached::InTheClear => {
            "To every service everything travels encrypted (TLS). **Between you and us nothing is encrypted**: use this installation only in a network that you trust."
        }
    };
    vec![
        Statement::agreed(place(ServiceRole::KeepsPictures, "Photos, images and previews are kept")),
        Statement::agreed(place(ServiceRole::KeepsData, "Accounts and all other data are kept")),
        Statement::agreed(travels).promising(&[Promise::Encrypted]),
        Statement::agreed("You alone are shown your photos and images. Whoever runs the installation sees counts, not pictures.")
            .promising(&[Promise::OwnerOnly]),
    ]
}

fn periods(facts: &Facts) -> Vec<Statement> {
    let retention = &facts.retention;
    let by = match facts.of(ServiceRole::KeepsPictures).next() {
        Some(service) => {
            format!("by us, and should we fail by a rule of {} itself up to a day later", service.name)
        }
        None => "by this program".to_owned(),
    };
    let previews = match retention.previews {
        Some(period) => format!("**Previews** are deleted {period} after they were made."),
        None => "**Previews** stay in your gallery until you delete them.".to_owned(),
    };
    let choices: Vec<String> = Period::CHOICES.iter().map(ToString::to_string).collect();
    vec![
        Statement::agreed(format!(
            "**Photos** are deleted {} after they were uploaded, {by}.",
            retention.uploads
        ))
        .promising(&[Promise::PhotosEnd]),
        Statement::agreed(format!(
            "**Full-resolution images** are deleted {} after they were made, {by}.",
            retention.results
        ))
        .promising(&[Promise::ResultsEnd]),
        Statement::agreed(previews).promising(&[Promise::PreviewsEnd]),
        Statement::agreed(format!(
            "**An archive** of your data that you had made is deleted {} later, or as soon as the time of something in it is over or you delete it.",
            Period::ARCHIVE
        ))
        .promising(&[Promise::ArchivesEnd]),
        Statement::agreed(
            "From the end of its time on nothing is served, even if a file should still lie there.",
        )
        .promising(&[Promise::NothingServedAfterItsEnd]),
        Statement::agreed(
            "**Account, usage and payment data** are kept while the account is. Of payments, what the law on invoices asks for stays longer, with the payment service or without a word on whose they were.",
        ),
        Statement::told(format!(
            "You may choose a shorter time for photos and images: {}. You may delete anything earlier, at any moment.",
            choices.join(", ")
        )),
    ]
}

fn services(facts: &Facts) -> Vec<Statement> {
    if facts.services.is_empty() {
        return vec![Statement::agreed("None. Nothing of yours leaves the machines of this installation.")];
    }
    let line = |service: &Service| {
        Statement::agreed(format!(
            "**{}** {}. It is given {}. Its terms: {}",
            service.name,
            service.role.does(),
            service.data,
            service.terms
        ))
    };
    facts.services.iter().map(line).collect()
}

fn not_done() -> Vec<Statement> {
    vec![
        Statement::agreed("Nothing about you is **sold**, rented out or traded."),
        Statement::agreed("There is **no advertising**, and nobody follows you from here to other places."),
        Statement::agreed("**Nothing is trained** on your photos or your face, by us or at our wish."),
        Statement::agreed("No decision about you is left to a machine: a check of a photo is advice."),
    ]
}

fn rights(facts: &Facts) -> Vec<Statement> {
    let reach = match &facts.contact {
        Some(contact) => format!(
            "All of it is in your account's settings, and in the API. Who can't get in writes to {contact}."
        ),
        None => "All of it is in your account's settings, and in the API.".to_owned(),
    };
    vec![
        Statement::agreed("**See everything**: an archive of every photo, image and preview, with all data about you as JSON.")
            .promising(&[Promise::Access]),
        Statement::agreed("**Delete** one photo, one image, all photos, or the account: at once here, then in every store and at every service. You get a receipt that says what was deleted and proves that nothing is left.")
            .promising(&[Promise::Erasure]),
        Statement::agreed("**Take a consent back**: nothing more is done that stood on it, work that is under way ends, and without the consent to keep photos they are deleted."),
        Statement::agreed("**Correct** your name and your address for mail."),
        Statement::told(reach),
    ]
}

fn changes() -> Vec<Statement> {
    vec![
        Statement::told(
            "This text is made from the settings of the running program, and has the day and a mark of its content as its version. Every version is kept, and so is to which of them you agreed.",
        ),
        Statement::told(
            "When something changes that matters, you are asked again before anything more is done with your photos.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::SubprocessorId;
    use crate::retention::Retention;

    fn alone() -> Facts {
        Facts {
            operator: None,
            contact: None,
            retention: Retention::default(),
            services: Vec::new(),
            reach: Reached::OnOneMachine,
        }
    }

    fn service(id: &str, role: ServiceRole) -> Service {
        Service {
            id: SubprocessorId::new(id).unwrap(),
            name: format!("The {id} service"),
            role,
            endpoint: format!("https://{id}.example.org"),
            terms: format!("https://{id}.example.org/terms"),
            data: format!("data for {id}"),
        }
    }

    fn hosted() -> Facts {
        Facts {
            operator: Some("Example Ltd".into()),
            contact: Some("privacy@example.org".into()),
            services: vec![
                service("first", ServiceRole::MakesPictures),
                service("second", ServiceRole::MakesPictures),
                service("store", ServiceRole::KeepsPictures),
                service("data", ServiceRole::KeepsData),
                service("door", ServiceRole::SignsIn),
                service("till", ServiceRole::TakesPayments),
            ],
            reach: Reached::Encrypted,
            ..alone()
        }
    }

    #[test]
    fn a_hosted_installation_states_point_by_point_what_a_careful_reader_looks_for() {
        let text = Document::new(&hosted()).text();
        for point in [
            "Responsible for your data is **Example Ltd**",
            "privacy@example.org",
            "**Photos you upload**",
            "**Generated images**",
            "**Account data**",
            "**Payment data**",
            "**Usage data**",
            "**The first service**, then **The second service**",
            "ruled by its terms: https://first.example.org/terms",
            "kept** with The store service",
            "kept** with The data service",
            "encrypted (TLS)",
            "**Photos** are deleted 30 days after",
            "**Full-resolution images** are deleted 30 days after",
            "**Previews** stay in your gallery",
            "delete anything earlier",
            "## Services in use",
            "**The till service** takes payments. It is given data for till.",
            "**sold**",
            "**no advertising**",
            "**Nothing is trained**",
            "**See everything**",
            "**Delete**",
            "**Take a consent back**",
            "**Correct**",
            "## Changes",
        ] {
            assert!(text.contains(point), "{point} is not said:\n{text}");
        }
        for service in &hosted().services {
            assert!(text.contains(&service.terms), "{} has its terms", service.name);
        }
    }

    #[test]
    fn every_promise_is_made_by_every_policy() {
        for facts in [alone(), hosted()] {
            let document = Document::new(&facts);
            for promise in Promise::ALL {
                assert!(document.statements().any(|said| said.promises.contains(&promise)), "{promise}");
            }
        }
    }

    #[test]
    fn the_same_words_have_the_same_version_and_what_matters_has_a_mark_of_its_own() {
        let (monday, tuesday) =
            (Timestamp::from_millis(1_795_392_000_000), Timestamp::from_millis(1_795_478_400_000));
        let first = Document::new(&hosted()).publish(&[], monday);
        assert!(first.version.version.starts_with("2026-11-23."), "{}", first.version.version);
        assert_eq!(Document::new(&hosted()).publish(std::slice::from_ref(&first), tuesday), first);

        let mut moved = hosted();
        moved.contact = Some("datenschutz@example.org".into());
        let moved = Document::new(&moved).publish(std::slice::from_ref(&first), tuesday);
        assert_ne!(moved.version, first.version);
        assert!(first.version.covers(&moved.version), "another contact is nothing to agree to");

        let mut longer = hosted();
        longer.retention.uploads = Period::days(60).unwrap();
        let mut sent = hosted();
        sent.services.push(service("third", ServiceRole::MakesPictures));
        for facts in [longer, sent, alone()] {
            let other = Document::new(&facts).publish(&[], monday);
            assert!(!first.version.covers(&other.version));
        }
    }

    #[test]
    fn versions_of_another_shape_stand_for_themselves() {
        let version = |text: &str| PolicyVersion { version: text.into(), digest: Digest::new([0; 32]) };
        assert!(version("2026-11-23.1").covers(&version("2026-11-23.1")));
        assert!(!version("2026-11-23.1").covers(&version("2026-11-24.1")));
    }

    #[test]
    fn nothing_in_it_breaks_the_few_signs_that_a_page_shows() {
        for statement in Document::new(&hosted()).statements() {
            assert!(!statement.text.contains('\n') && statement.text.matches("**").count().is_multiple_of(2));
        }
    }
}
