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
    let (clerk, stripe) = (configuration.clerk.named(), configuration.stripe.named());
    made.chain([pictures(configuration), data(configuration), clerk, stripe].into_iter().flatten()).collect()
}

/// The service that keeps all other data. A database of the installation's own is none.
fn data(configuration: &Configuration) -> Option<Service> {
    if configuration.kept_in() != Ok(Kind::Convex) || configuration.convex.is_here() {
        return None;
    }
    let endpoint = configuration.convex.url.clone()?;
    let host =
        endpoint.split_once("://").map_or(&*endpoint, |(_, rest)| rest).trim_end_matches('/').to_owned();
    let (id, name, terms) = if host.ends_with(".convex.cloud") {
        (
            "convex",
            "Convex (Convex, Inc., United States)".to_owned(),
            "https://www.convex.dev/legal/dpa".to_owned(),
        )
    } else {
        ("database", format!("the Convex deployment at {host}"), endpoint.clone())
    };
    Some(Service {
        id: SubprocessorId::new(id)?,
        name,
        role: ServiceRole::KeepsData,
        endpoint,
        terms,
        data: "your name, your address, what you allowed, asked for and paid, and what is known of your pictures, \
               but no picture"
            .to_owned(),
    })
}

/// The service that keeps pictures.
fn pictures(configuration: &Configuration) -> Option<Service> {
    let storage = &configuration.storage;
    let endpoint = storage.origin().ok().flatten()?;
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
        assert!(text("https://convex.example.org").contains("the Convex deployment at convex.example.org"));
        assert!(!text("http://127.0.0.1:3210").contains("Convex"));
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
