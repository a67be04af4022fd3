//! The gate where somebody else vouches for people: whose scripts which page lets in, and that nobody else's are.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::ACCEPT;
use domain::secret::Secret;
use identity::{Clerk, ClerkConfig};
use web::WebSettings;

use crate::support::*;

/// Where the service's scripts come from, as its key says.
const THEIRS: &str = "https://clerk.example.com";

async fn house() -> House {
    web::listen::install_crypto_provider();
    let config = ClerkConfig {
        publishable_key: "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k".into(),
        secret_key: Some(Secret::new("sk_live_x")),
        webhook_secrets: vec![Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        authorized_parties: vec!["https://photos.example.org".into()],
        ..ClerkConfig::default()
    };
    let clerk = Clerk::new(&config, reqwest::Client::new()).unwrap();
    House::on(|ports| ports.outside = Some(Arc::new(clerk)), |_| {}, WebSettings::default()).await
}

async fn page(house: &House, path: &str) -> Answer {
    let request = Request::get(path).header(ACCEPT, "text/html").body(Body::empty()).unwrap();
    house.send(request).await
}

fn policy_of(answer: &Answer) -> &str {
    answer.headers["content-security-policy"].to_str().unwrap()
}

#[tokio::test]
async fn only_the_gate_lets_the_service_s_scripts_in() {
    let house = house().await;
    for path in ["/sign-in?next=/photos", "/sign-up"] {
        let answer = page(&house, path).await;
        let (policy, text) = (policy_of(&answer), answer.text());
        assert!(policy.contains(&format!("script-src 'self' {THEIRS} ")), "{path}: {policy}");
        assert!(policy.contains(&format!("connect-src 'self' {THEIRS} ")), "{path}: {policy}");
        assert!(
            !policy.contains("unsafe-eval") && !policy.contains("script-src 'self' 'unsafe"),
            "{path}: {policy}"
        );
        let script = format!(
            "<script src=\"{THEIRS}/npm/@clerk/clerk-js@6/dist/clerk.browser.js\" data-clerk-publishable-key=\"pk_live_"
        );
        assert!(text.contains(&script), "{path}: {text}");
        assert!(
            text.contains("src=\"/outside.js\"")
                && text.contains("data-exchange=\"/api/v1/sessions/outside\"")
        );
        assert!(!text.contains("type=\"password\""), "{path}: there are no passwords here");
    }
    let text = page(&house, "/sign-in?next=/photos").await.text();
    assert!(text.contains("id=\"sign-in\"") && text.contains("data-next=\"/photos\""), "{text}");
    let text = page(&house, "/sign-up").await.text();
    assert!(text.contains("id=\"sign-up\"") && text.contains("data-next=\"/consents?next="), "{text}");
    let text = page(&house, "/sign-in?next=//evil.example").await.text();
    assert!(text.contains("data-next=\"/photos\""), "one goes on within the installation: {text}");
    for path in ["/", "/privacy", "/styles", "/pricing", "/nowhere"] {
        let answer = page(&house, path).await;
        assert!(!policy_of(&answer).contains(THEIRS) && !policy_of(&answer).contains("unsafe"), "{path}");
        assert!(!answer.text().contains(THEIRS), "{path}");
    }
    let script = page(&house, "/outside.js").await;
    assert!(script.status == 200 && script.text().contains("mountSignIn"));
}

#[tokio::test]
async fn a_password_opens_nothing_there() {
    let house = house().await;
    let form = "email=owner@example.org&password=four+plain+words+there";
    for path in ["/sign-in", "/sign-up"] {
        let request = Request::post(path)
            .header(ACCEPT, "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let answer = house.send(request).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        let text = answer.text();
        assert!(!text.contains("type=\"password\"") && text.contains("/outside.js"), "{path}: {text}");
    }
}
