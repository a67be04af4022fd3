//! The stand-in is believed because Stripe's own SDK accepts it, as it is on PyPI: its calls, its refusals and its signatures. And what
//! the SDK signs, we read.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::account::Email;
use domain::ids::AccountId;
use domain::ports::payments::{Order, PaymentError, Payments};
use domain::secret::Secret;
use domain::time::Timestamp;
use payments::{PackConfig, PlanConfig, Stripe, StripeConfig};
use serde_json::{Value, json};
use standins::{Fault, Server, sdks, stripe};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk"))
}

/// What the script says, which is told of these messages at its standard input.
fn drive(url: &str, messages: &str) -> Value {
    let python = sdks::python(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let mut script = Command::new(python)
        .arg(folder().join("drive_stripe.py"))
        .args([url, stripe::SECRET_KEY, stripe::WEBHOOK_SECRET, "price_small"])
        .env_remove("HTTP_PROXY")
        .env_remove("http_proxy")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    script.stdin.take().unwrap().write_all(messages.as_bytes()).unwrap();
    let done = script.wait_with_output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// A stand-in that sells a pack and a plan, and our own client of it.
async fn shop() -> (stripe::Stripe, Server, Stripe) {
    tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
    let (account, server) = stripe::Stripe::open(reqwest::Client::new()).await;
    account.with(|books| {
        books.add_price("price_small", 1000, "eur", false);
        books.add_price("price_plan", 3000, "eur", true);
    });
    let pack = PackConfig { id: "small".into(), name: "50".into(), credits: 50, price: "price_small".into() };
    let plan = PlanConfig { name: "200 a month".into(), credits: 200, price: "price_plan".into() };
    let config = StripeConfig {
        secret_key: Some(Secret::new(stripe::SECRET_KEY)),
        webhook_secrets: vec![Secret::new(stripe::WEBHOOK_SECRET)],
        packs: vec![pack],
        plan: Some(plan),
        api_url: Some(server.url()),
        ..StripeConfig::default()
    };
    let ours = Stripe::new(&config, reqwest::Client::new()).unwrap();
    (account, server, ours)
}

/// Every kind of message that we read, signed by the stand-in at this moment.
async fn messages() -> String {
    let (account, _server, ours) = shop().await;
    let email: Email = "ann@example.org".parse().unwrap();
    let order = |key, offer| Order {
        key,
        account: AccountId::new(Timestamp::EPOCH, [1; 10]),
        email: &email,
        customer: None,
        offer,
        paid_url: "https://photos.example.org/credits/paid?visit={visit}",
        cancelled_url: "https://photos.example.org/credits",
    };
    let mut visits = Vec::new();
    for key in ["1", "2", "3"] {
        visits.push(ours.till(order(key, "small")).await.unwrap().visit);
    }
    let plan = ours.till(order("4", "monthly")).await.unwrap();
    account.with(|books| {
        let payment = books.pay(&visits[0], false);
        books.refund(&payment, Some(400));
        for (visit, good) in [(&visits[1], true), (&visits[2], false)] {
            books.pay(visit, true);
            books.settle(visit, good);
        }
        let month = books.pay(&plan.visit, false);
        let dispute = books.dispute(&month);
        books.close_dispute(&dispute, true);
        let subscription = books.list("subscription").remove(0)["id"].as_str().unwrap().to_owned();
        books.renew(&subscription);
    });
    ours.forget(&plan.customer).await.unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let signed = account.messages().into_iter().map(|message| {
        let body = message.to_string();
        json!({ "signature": stripe::signature(stripe::WEBHOOK_SECRET, now, &body), "body": body })
    });
    Value::from(signed.collect::<Vec<_>>()).to_string()
}

/// The price can't be had at first: too many at once, then something is broken.
fn price_fails_twice(server: &Server) {
    let too_many = r#"{"error":{"type":"invalid_request_error","code":"rate_limit","message":"slowly"}}"#;
    let broken = r#"{"error":{"type":"api_error","message":"ours"}}"#;
    let asked = AtomicUsize::new(0);
    server.faults().by(move |_, path| {
        let number = (path == "/v1/prices/price_small").then(|| asked.fetch_add(1, Ordering::Relaxed))?;
        [Fault::status(429, too_many), Fault::status(500, broken)].into_iter().nth(number)
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripe_s_own_sdk_and_we_accept_each_other() {
    let (_account, server, ours) = shop().await;
    price_fails_twice(&server);
    let (url, messages) = (server.url(), messages().await);
    let said = tokio::task::spawn_blocking(move || drive(&url, &messages)).await.unwrap();

    assert_eq!(said["version"], stripe::VERSION, "the SDK speaks the version that is pinned");
    let customer = said["customer"].as_array().unwrap();
    assert_eq!(
        (&customer[0], &customer[2], &customer[3]),
        (&json!("Customer"), &json!("ann@example.org"), &json!("a"))
    );
    assert_eq!(said["session"], json!(["checkout.session", "open", "unpaid", 1000, "eur"]));
    assert_eq!(said["same"], true);
    let refused = |kind: &str, status: u16, code: Option<&str>, param: Option<&str>| json!({ "kind": kind, "status": status, "code": code, "param": param });
    assert_eq!(said["other_with_the_same_key"]["kind"], "IdempotencyError");
    assert_eq!(
        said["no_such_price"],
        refused("InvalidRequestError", 400, Some("resource_missing"), Some("line_items[0][price]"))
    );
    assert_eq!(
        (&said["wrong_key"]["kind"], &said["wrong_key"]["status"]),
        (&json!("AuthenticationError"), &json!(401))
    );
    assert_eq!(said["no_such_session"]["code"], "resource_missing");
    assert_eq!(said["page"], 303, "the page leads back");
    assert_eq!(said["paid"], json!(["complete", "paid", "50"]));
    assert_eq!(said["intent"], json!(["succeeded", 1000, true]));
    assert_eq!(said["refund"], json!(["refund", 400, "succeeded"]));
    assert_eq!((&said["charges"], &said["sessions"]), (&json!([[1000, 400, false]]), &json!(1)));
    assert_eq!((&said["portal"], &said["gone"]), (&json!(true), &json!([true, "resource_missing"])));
    assert_eq!(
        (&said["too_many"]["kind"], &said["broken"]["kind"]),
        (&json!("RateLimitError"), &json!("APIError"))
    );

    let read = said["read"].as_array().unwrap();
    for kind in [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "invoice.paid",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.closed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.deleted",
    ] {
        assert!(read.iter().any(|read| read[0] == kind && read[1] == stripe::VERSION), "{kind}: {read:?}");
    }
    assert_eq!(said["forged"], "SignatureVerificationError");
    we_read(&ours, &said["signed"]).await;
}

/// What the SDK signed is taken, and nothing else in its name.
async fn we_read(ours: &Stripe, signed: &Value) {
    let (body, header) = (signed["body"].as_str().unwrap(), signed["header"].as_str().unwrap());
    let now = Timestamp::from_millis(signed["at"].as_u64().unwrap() * 1000);
    let (id, news) = ours.read_event(&[("stripe-signature", header)], body.as_bytes(), now).await.unwrap();
    assert_eq!((id.as_str(), news.len()), ("evt_sdk", 0));
    let changed = body.replace("ch_1", "ch_2");
    let read = ours.read_event(&[("stripe-signature", header)], changed.as_bytes(), now).await;
    assert!(matches!(read, Err(PaymentError::Invalid)));
}
