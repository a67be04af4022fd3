//! The switch does what it says, seen from the other end of the line.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use reqwest::{Client, Response};
use standins::{Fault, Mix, Server};

/// A route that counts what it did and answers with ten thousand bytes.
async fn scene() -> (Server, Arc<AtomicU32>) {
    let done = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&done);
    let work = move || async move {
        counter.fetch_add(1, Ordering::Relaxed);
        "x".repeat(10_000)
    };
    (Server::start(Router::new().route("/work", post(work))).await, done)
}

fn client() -> Client {
    // An error says that there is one already.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

async fn sent(server: &Server) -> Result<Response, reqwest::Error> {
    client().post(format!("{}/work", server.url())).body("please").send().await
}

async fn ask(server: &Server) -> Result<(u16, usize), reqwest::Error> {
    let answer = sent(server).await?;
    let status = answer.status().as_u16();
    Ok((status, answer.bytes().await?.len()))
}

#[tokio::test]
async fn each_fault_looks_as_it_should_and_does_what_it_should() {
    let (server, done) = scene().await;
    let did = || done.swap(0, Ordering::Relaxed);
    assert_eq!((ask(&server).await.unwrap(), did()), ((200, 10_000), 1));

    server.faults().once(Fault::status(429, "{}").with("retry-after", "7"));
    assert_eq!((ask(&server).await.unwrap(), did()), ((429, 2), 0));
    server.faults().once(Fault::Slow(Duration::from_millis(1)));
    assert_eq!((ask(&server).await.unwrap(), did()), ((200, 10_000), 1));
    server.faults().once(Fault::Garbage);
    assert_eq!((ask(&server).await.unwrap().0, did()), (200, 0));
    server.faults().once(Fault::Huge(1_000_001));
    assert_eq!((ask(&server).await.unwrap(), did()), ((200, 1_000_001), 0));
    server.faults().once(Fault::Lost);
    assert!(sent(&server).await.is_err(), "not even a head arrives");
    assert_eq!(did(), 1, "it was done, and nobody knows");
    server.faults().once(Fault::Cut);
    let half = sent(&server).await.unwrap();
    assert_eq!(half.status(), 200, "the head arrives");
    assert!(half.bytes().await.is_err());
    assert_eq!(did(), 1);
    server.faults().once(Fault::Hang);
    let waited = tokio::time::timeout(Duration::from_millis(20), ask(&server)).await;
    assert!(waited.is_err());
    assert_eq!(did(), 0);
    assert_eq!((server.asked().len(), server.faults().disturbed()), (8, 7));
    assert_eq!(server.asked()[0].path, "/work");
}

#[tokio::test]
async fn chance_is_as_likely_as_it_was_told_and_the_same_again() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (server, _) = scene().await;
        server.faults().mix(Mix { per_mille: 200, faults: vec![Fault::status(503, "{}")], seed: 11 });
        let client = client();
        let mut failed = Vec::new();
        for n in 0..300 {
            let answer = client.post(format!("{}/work", server.url())).send().await.unwrap();
            if answer.status() == 503 {
                failed.push(n);
            }
        }
        assert!((40..=80).contains(&failed.len()), "{} of 300", failed.len());
        server.faults().clear();
        assert_eq!(client.post(format!("{}/work", server.url())).send().await.unwrap().status(), 200);
        runs.push(failed);
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn a_rule_decides_by_what_is_asked() {
    let (server, done) = scene().await;
    server.faults().by(|method, path| (method == "POST" && path == "/work").then(|| Fault::status(500, "")));
    assert_eq!(ask(&server).await.unwrap().0, 500);
    server.faults().next([None]);
    assert_eq!(ask(&server).await.unwrap().0, 200, "one is let pass");
    assert_eq!(done.load(Ordering::Relaxed), 1);
}
