//! Whoever vouches and whoever takes money: what it costs to verify a token with the keys at hand, and to hear a message of a payment
//! from its bytes to the books, on SQLite.
//!
//! The goals: a token under 100 µs, a message under 5 ms.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use app::BuyRequest;
use domain::ports::identity::Outside;
use domain::secret::Secret;
use domain::time::Timestamp;
use identity::{Clerk, ClerkConfig};
use payments::{PackConfig, Stripe, StripeConfig};
use standins::{Server, clerk, stripe};

use super::serve::instant;
use crate::Failure;

const TOKENS: usize = 2000;
const MESSAGES: usize = 400;
const HERE: &str = "https://photos.example.org";

/// Prints the figures.
pub(crate) fn run() -> Result<(), Failure> {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Runtime::new()?.block_on(async {
        println!("payments: tokens that are verified, messages that are heard");
        tokens().await?;
        messages().await
    })
}

async fn tokens() -> Result<(), Failure> {
    let instance = clerk::Clerk::new();
    let server = Server::start(instance.routes()).await;
    let config = ClerkConfig {
        publishable_key: clerk::Clerk::publishable_key(&server.address().to_string()),
        secret_key: Some(Secret::new(clerk::SECRET_KEY)),
        webhook_secrets: vec![Secret::new(clerk::WEBHOOK_SECRET)],
        authorized_parties: vec![HERE.into()],
        api_url: Some(server.url()),
        frontend_url: Some(server.url()),
    };
    let clerk = Clerk::new(&config, reqwest::Client::new())?;
    let session = instance.sign_in(&instance.add_user("ann@example.org", true, "Ann"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let token = || instance.sign(&instance.claims(&server.url(), &session, HERE, now));
    let tokens: Vec<String> = (0..TOKENS).map(|_| token()).collect();
    let at = Timestamp::from_millis(now * 1000);
    clerk.verify(&token(), at).await?;
    let mut times = Vec::new();
    for token in &tokens {
        let begin = Instant::now();
        std::hint::black_box(clerk.verify(token, at).await?);
        times.push(begin.elapsed());
    }
    figures("a token, keys at hand", times);
    Ok(())
}

async fn messages() -> Result<(), Failure> {
    let (account, server) = stripe::Stripe::open(reqwest::Client::new()).await;
    account.with(|books| books.add_price("price_small", 1000, "eur", false));
    let config = StripeConfig {
        secret_key: Some(Secret::new(stripe::SECRET_KEY)),
        webhook_secrets: vec![Secret::new(stripe::WEBHOOK_SECRET)],
        packs: vec![PackConfig {
            id: "small".into(),
            name: "50".into(),
            credits: 50,
            price: "price_small".into(),
        }],
        api_url: Some(server.url()),
        ..StripeConfig::default()
    };
    let folder = tempfile::tempdir()?;
    let till = Stripe::new(&config, reqwest::Client::new())?;
    let app = instant::app_that_sells(folder.path(), 1, std::sync::Arc::new(till)).await?;
    let caller = instant::person(&app, 1).await?;
    for number in 0..MESSAGES {
        let wish = BuyRequest {
            offer: "small".into(),
            key: format!("wish-{number}"),
            paid_url: format!("{HERE}/credits/paid?visit={{visit}}"),
            cancelled_url: format!("{HERE}/pricing"),
        };
        let visit = app.buy(&caller, wish).await?.visit;
        account.with(|books| books.pay(&visit, false));
    }
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for times in [&mut first, &mut again] {
        for message in account.messages() {
            let body = message.to_string();
            let now = app.ports().clock.now().millis() / 1000;
            let signature = stripe::signature(stripe::WEBHOOK_SECRET, now, &body);
            let begin = Instant::now();
            app.hear_payment(&[("stripe-signature", &signature)], body.as_bytes()).await?;
            times.push(begin.elapsed());
        }
    }
    figures("a purchase that is heard of", first);
    figures("the same once more", again);
    Ok(())
}

/// The median and the slowest hundredth, in microseconds.
fn figures(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_micros();
    println!("  {what:<28} p50 {:>6} µs, p99 {:>6} µs", at(50), at(99));
}
