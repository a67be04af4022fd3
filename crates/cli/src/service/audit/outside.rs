//! Services: that only those are spoken to that the policy names, and that what is said to them is encrypted.

use std::time::Duration;

use domain::policy::{Reached, ServiceRole};
use domain::time::Timestamp;
use reqwest::{Client, Url};

use super::{Evidence, Looked};

/// A client for a look from outside.
pub(super) fn client() -> Option<Client> {
    web::listen::install_crypto_provider();
    Client::builder()
        .timeout(Duration::from_secs(15))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .ok()
}

/// Compares who is wired, and who ever made a picture here, with who is named.
pub(super) async fn named_only(looked: &Looked<'_>, out: &mut Evidence) {
    let named: Vec<_> = looked.facts.services.iter().map(|service| service.id.clone()).collect();
    let app = &looked.service.app;
    for maker in &app.ports().makers {
        match &maker.send_to {
            None => out.shows(format!("{} makes pictures on this machine", maker.model)),
            Some(id) => out.holds(
                named.contains(id),
                format!("{} is wired to send photos to {}", maker.model, id.as_str()),
            ),
        }
    }
    match app.operator().provider_summary(Timestamp::EPOCH, Timestamp::MAX).await {
        Err(error) => out.lacks(format!("who made pictures so far could not be read: {error}")),
        Ok(summary) => {
            for provider in summary {
                out.shows(format!(
                    "{} ({}): {} attempts so far",
                    provider.provider, provider.model, provider.attempts
                ));
            }
        }
    }
    let list: Vec<&str> = looked.facts.services.iter().map(|service| service.name.as_str()).collect();
    let list = if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    out.shows(format!("services that the policy names: {list}"));
}

/// Speaks to every endpoint by TLS, and looks how people reach the installation.
pub(super) async fn encrypted(looked: &Looked<'_>, out: &mut Evidence) {
    match looked.facts.reach {
        Reached::OnOneMachine => out.shows("the service listens on this machine alone"),
        Reached::Encrypted => out.shows("people reach the service by https"),
        Reached::InTheClear => out.breaks("people reach the service through a network in the clear: use TLS"),
    }
    let Some(client) = client() else { return out.lacks("no request can be sent from here") };
    for service in &looked.facts.services {
        let Ok(url) = service.endpoint.parse::<Url>() else {
            out.breaks(format!("{} has no address: {}", service.name, service.endpoint));
            continue;
        };
        if url.scheme() != "https" {
            // A database speaks TLS inside its own protocol; what counts is whether it must.
            let own = service.role == ServiceRole::KeepsData && url.scheme() != "http";
            let must = ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full"];
            match url.query() {
                Some(query) if own && must.contains(&query) => {
                    out.shows(format!("{} is spoken to by TLS or not at all ({query})", service.name));
                }
                _ => out.breaks(format!("{} may be spoken to in the clear", service.name)),
            }
            continue;
        }
        match client.head(url).send().await {
            Ok(answer) => out.shows(format!(
                "{} answers by TLS with a certificate that is trusted here ({})",
                service.name,
                answer.status().as_u16()
            )),
            Err(error) if error.is_connect() && is_certificate(&error) => {
                out.breaks(format!("{} shows a certificate that is not trusted here", service.name));
            }
            Err(_) => out.lacks(format!("{} could not be reached from here", service.name)),
        }
    }
}

/// Whether a connection failed by its certificate.
fn is_certificate(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.to_string().contains("certificate") {
            return true;
        }
        cause = error.source();
    }
    false
}
