//! The privacy policy, made from the very settings that enforce it: it can't say one thing while the program does another.
//! Which outside services there are is known here, where they are wired.

use std::net::IpAddr;

use domain::consent::SubprocessorId;
use domain::policy::{Document, Facts, Reached, Service, ServiceRole};
use domain::retention::Retention;
use serde::Deserialize;

use super::database::Kind;
use super::makers;
use crate::configuration::Configuration;

/// Who answers for the installation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PolicySection {
    pub(crate) operator: Option<String>,
    pub(crate) contact: Option<String>,
}

/// The policy of an installation with this configuration.
pub(crate) fn document(configuration: &Configuration, retention: Retention) -> Document {
    Document::new(&facts(configuration, retention))
}

/// What an installation with this configuration does with personal data.
pub(crate) fn facts(configuration: &Configuration, retention: Retention) -> Facts {
    let PolicySection { operator, contact } = configuration.policy.clone();
    Facts { operator, contact, retention, services: services(configuration), reach: reach(configuration) }
}

/// The outside services that are in use, by what they do.
pub(crate) fn services(configuration: &Configuration) -> Vec<Service> {
    let made = makers::subprocessors(configuration).into_iter().filter_map(|maker| {
        Some(Service {
            id: SubprocessorId::new(maker.id)?,
            name: maker.name.to_owned(),
            role: ServiceRole::MakesPictures,
            endpoint: maker.endpoint,
            terms: maker.terms.to_owned(),
            data: "your photos, the chosen style and a note of yours, without your name, your address or anything that a file says beside its pixels".to_owned(),
        })
    });
    let others = [
        pictures(configuration),
        data(configuration),
        configuration.clerk.named(),
        configuration.stripe.named(),
    ];
    made.chain(others.into_iter().flatten()).collect()
}

/// The service that keeps pictures.
fn pictures(configuration: &Configuration) -> Option<Service> {
    let storage = &configuration.storage;
    let endpoint = storage.origin()?;
    let data =
        "your photos, the images and their previews, encrypted on the way and where they lie".to_owned();
    let service = |id, name: String, terms: &str| {
        SubprocessorId::new(id).map(|id| Service {
            id,
            name,
            role: ServiceRole::KeepsPictures,
            endpoint: endpoint.clone(),
            terms: terms.to_owned(),
            data,
        })
    };
    if storage.is_r2() {
        return service(
            "cloudflare",
            "Cloudflare R2 (Cloudflare, Inc.)".into(),
            "https://www.cloudflare.com/cloudflare-customer-dpa/",
        );
    }
    let host = endpoint.trim_start_matches("https://").trim_start_matches("http://");
    let local = host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
    // A server on this very machine is no outside service.
    if local { None } else { service("object-storage", format!("the object storage at {host}"), &endpoint) }
}

/// The server that keeps everything but the pictures.
fn data(configuration: &Configuration) -> Option<Service> {
    let endpoint = match configuration.kept_in() {
        Ok(Kind::Postgres) => configuration.database.server()?,
        Ok(Kind::Convex) if !configuration.convex.is_here() => configuration.convex.url.clone()?,
        _ => return None,
    };
    let host = endpoint.split("://").nth(1)?.split(['/', '?']).next()?;
    let (id, name, terms) = if host.ends_with(".convex.cloud") {
        ("convex", "Convex (Convex, Inc., United States)".to_owned(), "https://www.convex.dev/legal/dpa")
    } else {
        ("database", format!("the database server at {host}"), endpoint.split('?').next()?)
    };
    Some(Service {
        id: SubprocessorId::new(id)?,
        name,
        role: ServiceRole::KeepsData,
        terms: terms.to_owned(),
        data: "accounts, consents, credits, wishes and what was done for them; no picture".to_owned(),
        endpoint,
    })
}

/// How people reach it.
fn reach(configuration: &Configuration) -> Reached {
    let web = configuration.web();
    if web.tls || web.public_url.is_some_and(|url| url.starts_with("https://")) {
        Reached::Encrypted
    } else if is_public(configuration) || !configuration.serve.listen.ip().is_loopback() {
        Reached::InTheClear
    } else {
        Reached::OnOneMachine
    }
}

/// Whether people reach it from anywhere.
pub(crate) fn is_public(configuration: &Configuration) -> bool {
    let serve = &configuration.serve;
    let named = configuration.web().public_url.is_some_and(|url| {
        let host = url.split_once("://").map_or(&*url, |(_, rest)| rest);
        let name = host.split(['/', ':']).next().unwrap_or_default();
        name != "localhost" && !name.starts_with("127.") && !host.starts_with("[::1]")
    });
    let global = match serve.listen.ip() {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()),
        IpAddr::V6(ip) => {
            !(ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local())
        }
    };
    named || global
}

/// Refuses a public address that names nobody to turn to.
pub(crate) fn validate(configuration: &Configuration) -> Result<(), String> {
    let contact = configuration.policy.contact.as_deref().unwrap_or_default();
    if !contact.trim().is_empty() || !is_public(configuration) {
        return Ok(());
    }
    Err("policy.contact is missing: who serves people elsewhere has to say where they turn to about their data. Set it in the section [policy], or COVERSHOTS_CONTACT".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(text: &str) -> Configuration {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn on_one_machine_nothing_leaves_it_and_nobody_need_be_named() {
        let alone = configured("");
        let text = document(&alone, Retention::default()).text();
        assert!(text.contains("Nothing of yours leaves the machines of this installation"));
        assert_eq!(validate(&alone), Ok(()));
    }

    #[test]
    fn a_service_that_photos_may_be_sent_to_is_named_with_its_terms_once_it_has_a_key() {
        let text = |configuration: &str| document(&configured(configuration), Retention::default()).text();
        assert!(text("").contains("No photo is sent to any other service"));
        let sent = text("[gemini]\nkey = \"k\"\n[openai]\nkey = \"k\"");
        assert!(sent.contains("**Google Gemini (Google LLC, United States)**, then **OpenAI"), "{sent}");
        assert!(
            sent.contains("https://ai.google.dev/gemini-api/terms") && !sent.contains("No photo is sent")
        );
    }

    #[test]
    fn whoever_keeps_the_data_is_named() {
        let text = |url: &str| {
            let configuration = configured(&format!("[convex]\nurl = \"{url}\""));
            document(&configuration, Retention::default()).text()
        };
        assert!(text("https://happy-animal-123.convex.cloud").contains("Convex, Inc."));
        assert!(text("https://convex.example.org").contains("the database server at convex.example.org"));
        assert!(!text("http://127.0.0.1:3210").contains("the database server"));
    }

    #[test]
    fn an_installation_with_every_vendor_states_point_by_point_what_a_careful_reader_looks_for() {
        let hosted = configured(
            r#"
            [serve]
            public_url = "https://photos.example.org"
            [policy]
            operator = "Example Ltd"
            contact = "privacy@example.org"
            [gemini]
            key = "k"
            [openai]
            key = "k"
            [storage]
            bucket = "pictures"
            r2_account = "0123abcd"
            r2_jurisdiction = "eu"
            [clerk]
            publishable_key = "pk_live_Y2xlcmsuZXhhbXBsZS5vcmck"
            [stripe]
            packs = [{ id = "small", name = "Small", credits = 10, price = "price_1" }]
            [database]
            url = "postgres://ann:hunter2@db.example.org/covershots?sslmode=verify-full"
            "#,
        );
        assert_eq!(validate(&hosted), Ok(()));
        let text = document(&hosted, Retention::default()).text();
        for point in [
            "Responsible for your data is **Example Ltd**",
            "go to **privacy@example.org**",
            "**Photos you upload**, and only with your consent",
            "**Generated images** and the small previews",
            "**Account data**: your address for mail and the name you give, which Clerk",
            "**Payment data**: what you bought and when. Cards and bank accounts are given to Stripe",
            "**Usage data**",
            "asked in this order, each only with your consent to it: **Google Gemini (Google LLC, United States)**, then **OpenAI",
            "ruled by its terms: https://ai.google.dev/gemini-api/terms",
            "**Photos, images and previews are kept** with Cloudflare R2 (Cloudflare, Inc.).",
            "**Accounts and all other data are kept** with the database server at db.example.org.",
            "Between you and us, and between us and every service, everything travels encrypted (TLS)",
            "**Photos** are deleted 30 days after they were uploaded, by us, and should we fail by a rule of Cloudflare R2",
            "**Full-resolution images** are deleted 30 days after",
            "**Previews** stay in your gallery until you delete them",
            "**Account, usage and payment data** are kept while the account is",
            "You may choose a shorter time for photos and images: 1 day, 7 days, 30 days. You may delete anything earlier",
            "is **sold**, rented out or traded",
            "**no advertising**",
            "**Nothing is trained** on your photos or your face",
            "**See everything**",
            "**Delete** one photo, one image, all photos, or the account",
            "**Take a consent back**",
            "**Correct** your name",
            "When something changes that matters, you are asked again",
        ] {
            assert!(text.contains(point), "{point} is not said:\n{text}");
        }
        let services = text.split("## Services in use").nth(1).unwrap().split("## ").next().unwrap();
        assert_eq!(services.lines().filter(|line| line.starts_with("- ")).count(), 6, "{services}");
        assert!(!text.contains("hunter2"));
        for terms in ["cloudflare-customer-dpa", "clerk.com/legal/dpa", "stripe.com/legal/dpa"] {
            assert!(services.contains(terms), "{terms}: {services}");
        }
    }

    #[test]
    fn a_public_address_without_a_contact_is_refused() {
        for public in [
            "[serve]\npublic_url = \"https://photos.example.org\"",
            "[serve]\nlisten = \"203.0.113.7:443\"",
            "[tls]\nacme_domains = [\"photos.example.org\"]",
        ] {
            let error = validate(&configured(public)).unwrap_err();
            assert!(error.contains("policy.contact"), "{public}");
            let named = format!("{public}\n[policy]\ncontact = \"privacy@example.org\"");
            assert_eq!(validate(&configured(&named)), Ok(()), "{public}");
        }
        for private in [
            "[serve]\npublic_url = \"http://localhost:8080\"",
            "[serve]\npublic_url = \"http://[::1]:8080\"",
            "[serve]\nlisten = \"192.168.1.5:8080\"",
        ] {
            assert_eq!(validate(&configured(private)), Ok(()), "{private}");
        }
    }
}
