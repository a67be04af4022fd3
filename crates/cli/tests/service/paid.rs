//! A process that is killed while it is told of payments, again and again, at moments that nobody chose: whatever was not acknowledged
//! is told again, as the payment service does, and in the end the ledger equals the payment service's.

use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Client;
use serde_json::{Value, json};
use standins::{Server as StandIn, stripe};
use tokio::net::TcpListener;

use crate::support::*;

/// Kills that have to hit a message on its way.
const HITS: usize = 25;
/// How late after a message was sent the process may be killed: about as long as it takes to hear it.
const SPAN: u64 = 12_000;
/// What an account begins with.
const WELCOME: i64 = 20;

/// A port that is free: the service has to come back to it.
async fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
}

/// Two packs and a plan.
fn configuration(port: u16, till: &StandIn) -> String {
    format!(
        "[serve]\npublic_url = \"http://localhost:{port}\"\n[accounts]\nwelcome_credits = {WELCOME}\n\
         [rates]\nrequests_per_minute = 100000\n\
         {}plan = {{ name = \"200 a month\", credits = 200, price = \"price_plan\" }}\n\
         [[stripe.packs]]\nid = \"small\"\nname = \"50 credits\"\ncredits = 50\nprice = \"price_small\"\n\
         [[stripe.packs]]\nid = \"large\"\nname = \"120 credits\"\ncredits = 120\nprice = \"price_large\"\n",
        stripe::section(till),
    )
}

async fn till() -> (stripe::Stripe, StandIn) {
    let (account, server) = stripe::Stripe::open(client().build().unwrap()).await;
    account.with(|books| {
        books.add_price("price_small", 1000, "eur", false);
        books.add_price("price_large", 2000, "eur", false);
        books.add_price("price_plan", 3000, "eur", true);
    });
    (account, server)
}

async fn visit(person: &Person, offer: &str) -> String {
    let till = person.post("/api/v1/tills", json!({ "offer": offer })).await.expect(201).json();
    till["visit"].as_str().unwrap().to_owned()
}

/// Packs that are paid back in part, taken back by a bank for a while, paid for late; a plan that is renewed. What is left of it.
async fn story(account: &stripe::Stripe, ann: &Person, ben: &Person) -> [i64; 2] {
    let (small, large) = (visit(ann, "small").await, visit(ann, "large").await);
    let (late, month) = (visit(ben, "small").await, visit(ben, "monthly").await);
    account.with(|books| {
        let (small, large) = (books.pay(&small, false), books.pay(&large, false));
        books.pay(&late, true);
        books.refund(&small, Some(333));
        let won = books.dispute(&large);
        let month = books.pay(&month, false);
        books.settle(&late, true);
        books.refund(&small, Some(300));
        books.close_dispute(&won, true);
        let lost = books.dispute(&month);
        books.close_dispute(&lost, false);
        books.refund(&large, Some(500));
        let subscription = books.list("subscription").remove(0)["id"].as_str().unwrap().to_owned();
        books.renew(&subscription);
    });
    [WELCOME + 50 - 31 + 120 - 30, WELCOME + 50 + 200]
}

/// Sends a message as the payment service does; the status, or nothing when the connection broke.
async fn post(http: Client, url: String, message: Value) -> Option<u16> {
    let body = message.to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let signature = stripe::signature(stripe::WEBHOOK_SECRET, now, &body);
    let sent =
        http.post(url).header("stripe-signature", signature).header("content-type", "application/json");
    Some(sent.body(body).send().await.ok()?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_the_ledger_equals_the_payment_service_s() {
    let (account, till) = till().await;
    let port = free_port().await;
    let house = House::new(&configuration(port, &till));
    let address = format!("127.0.0.1:{port}");
    let arguments = ["--listen", address.as_str(), "--no-worker"];
    let mut server = house.serve_with(&arguments).await;
    let (ann, ben) = (server.person("Ann Payer").await, server.person("Ben Payer").await);
    let kept = story(&account, &ann, &ben).await;
    let (http, hook) = (client().build().unwrap(), format!("{}/api/v1/hooks/payments", server.url));

    let mut lot = crate::killed::Lot::drawn();
    let (mut hits, mut heard) = (0, 0);
    // Each is told in a new order every time, though it was heard before.
    for _ in 0..40 {
        if hits >= HITS {
            break;
        }
        let mut left = account.messages();
        while !left.is_empty() {
            let message = left.swap_remove(lot.below(left.len() as u64) as usize);
            let mut sending = tokio::spawn(post(http.clone(), hook.clone(), message));
            let moment = Duration::from_micros(lot.below(SPAN));
            match tokio::time::timeout(moment, &mut sending).await {
                Ok(status) => {
                    assert_eq!(status.unwrap(), Some(204));
                    heard += 1;
                }
                Err(_) => {
                    server.process.kill();
                    hits += usize::from(sending.await.unwrap().is_none());
                    server = house.serve_with(&arguments).await;
                }
            }
        }
    }
    println!("{hits} messages were cut off, {heard} were heard in time");
    assert!(hits >= HITS, "that was too gentle: {hits}");
    for message in account.messages() {
        assert_eq!(post(http.clone(), hook.clone(), message).await, Some(204));
    }
    assert_eq!([ann.balance().await, ben.balance().await], kept);
    let mut reconcile = house.command(&["payments", "reconcile", "--json"]);
    let said = reconcile.stdout(Stdio::piped()).output().unwrap();
    let found: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!((said.status.code(), &found["differences"]), (Some(0), &json!([])), "{found}");
    assert_eq!((&found["compared"], &found["unbalanced"]), (&json!(5), &json!([])));
    let mut books = Books::open(&house.data()).await;
    books.balance().await;
    // Nothing of the card that the payment service speaks of in its messages is kept, and no log says it.
    assert_eq!(books.places_of(&["4242", "payer@example.org"]).await, Vec::<String>::new());
    assert!(!server.process.log().contains("4242"));
    server.process.stops().await;
}
