//! Stripe's stand-in: Checkout with a page to pay on, customers, prices, refunds, disputes, subscriptions with their invoices, the
//! portal, and signed messages about all of it.
//!
//! It is as strict as Stripe documents: it wants the key, the version, known parameters, and the same request for the same
//! idempotency key. Wire format: <https://docs.stripe.com/api> at `2026-10-28.endive`.

mod books;
mod page;
mod routes;

use std::sync::{Arc, Mutex};

use axum::Router;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use tokio::net::TcpListener;

use books::Books;

use crate::Server;

/// The API's key.
pub const SECRET_KEY: &str = "sk_test_stand_in";
/// The webhook endpoint's secret.
pub const WEBHOOK_SECRET: &str = "whsec_stand_in";
/// The version that is spoken.
pub const VERSION: &str = "2026-10-28.endive";

/// The stand-in. Clones are the same one.
#[derive(Clone)]
pub struct Stripe {
    books: Arc<Mutex<Books>>,
    webhook: Arc<Mutex<Option<String>>>,
    http: reqwest::Client,
}

impl Stripe {
    /// An account without customers that sells nothing. Messages are sent by `http`.
    pub fn new(http: reqwest::Client) -> Stripe {
        Stripe { books: Arc::default(), webhook: Arc::default(), http }
    }

    /// The same, with a server at a port that is free.
    ///
    /// # Panics
    /// When no port is.
    pub async fn open(http: reqwest::Client) -> (Stripe, Server) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let account = Stripe::new(http);
        let server = Server::on(listener, account.routes(&url));
        (account, server)
    }

    /// Everything it answers to. `url` is where it is reached by browsers.
    pub fn routes(&self, url: &str) -> Router {
        self.with(|books| books.url = url.to_owned());
        routes::routes(self.clone())
    }

    /// Does something to the books.
    pub fn with<T>(&self, change: impl FnOnce(&mut Books) -> T) -> T {
        change(&mut self.books.lock().unwrap())
    }

    /// Posts every message from now on to this address.
    pub fn send_to(&self, url: &str) {
        *self.webhook.lock().unwrap() = Some(url.to_owned());
    }

    /// Every message so far, in the order in which things happened.
    pub fn messages(&self) -> Vec<Value> {
        self.with(|books| books.messages.clone())
    }

    /// Posts the messages that were not posted yet; the statuses that were answered.
    pub async fn deliver(&self) -> Vec<u16> {
        let Some(url) = self.webhook.lock().unwrap().clone() else { return Vec::new() };
        let waiting = self.with(|books| {
            let from = std::mem::replace(&mut books.delivered, books.messages.len());
            books.messages[from..].to_vec()
        });
        let mut statuses = Vec::new();
        for message in waiting {
            let body = message.to_string();
            let signed = signature(WEBHOOK_SECRET, books::seconds(), &body);
            let post = self.http.post(&url).header("Stripe-Signature", signed);
            let post = post.header("Content-Type", "application/json; charset=utf-8").body(body);
            statuses.push(post.send().await.map_or(0, |answer| answer.status().as_u16()));
        }
        statuses
    }
}

/// The section of the program's configuration that leads it to a server of this stand-in.
pub fn section(server: &Server) -> String {
    let url = server.url();
    format!(
        "[stripe]\nsecret_key = \"{SECRET_KEY}\"\nwebhook_secrets = [\"{WEBHOOK_SECRET}\"]\napi_url = \"{url}\"\n"
    )
}

/// The `Stripe-Signature` of a message sent at `time`, in seconds.
pub fn signature(secret: &str, time: u64, body: &str) -> String {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let bytes = mac.chain_update(format!("{time}.{body}")).finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hex}")
}
