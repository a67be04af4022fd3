//! The whole program with vendors that are played: Gemini makes the pictures, OpenAI when Gemini is down, and this machine when both
//! are, without the person doing anything but waiting.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod credentials;
mod house;
mod pictures;

use imaging::provenance::Source;
use reqwest::Method;
use standins::{Server, gemini, openai};

use crate::house::{House, KEY};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gemini_makes_the_pictures_openai_when_it_is_down_and_this_machine_when_both_are() {
    let (played_gemini, played_openai) = (gemini::Gemini::new(KEY), openai::OpenAi::new(KEY));
    let gemini_server = Server::start(played_gemini.routes()).await;
    let openai_server = Server::start(played_openai.routes()).await;
    let house = House::open(&gemini_server, &openai_server).await;
    house.consent("keep-photos").await;
    let photo = house.upload().await;
    let policy = house.ask(Method::GET, "/policy", None).await.to_string();
    assert!(
        policy.contains("Google Gemini") && policy.contains("OpenAI"),
        "the policy names who is configured"
    );

    let (attempts, marks) = house.headshots(&photo).await;
    assert_eq!(attempts, ["engine succeeded"], "nothing is sent anywhere before the person consents");
    assert_eq!(marks, [Some(Source::Composite); 2]);
    assert_eq!((gemini_server.asked().len(), openai_server.asked().len()), (0, 0));

    house.consent("send-to:gemini").await;
    house.consent("send-to:openai").await;
    let (attempts, marks) = house.headshots(&photo).await;
    assert_eq!(attempts, ["gemini succeeded"; 2]);
    assert_eq!(marks, [Some(Source::TrainedAlgorithmicMedia); 2]);
    assert_eq!(house.stand().await, ("closed".to_owned(), false));
    let seen = &played_gemini.seen()[0];
    assert!(seen.prompt.contains("<wish>\"no tie\"</wish>") && seen.pictures.len() == 1);

    gemini_server.faults().always(gemini::error(403, "PERMISSION_DENIED", "Suspended.", &[]));
    let (attempts, marks) = house.headshots(&photo).await;
    assert_eq!(attempts[2..], ["openai succeeded", "openai succeeded"], "{attempts:?}");
    assert!(attempts[..2].iter().all(|one| one == "gemini unavailable"), "{attempts:?}");
    assert_eq!(marks, [Some(Source::TrainedAlgorithmicMedia); 2]);

    assert_eq!(house.stand().await, ("open".to_owned(), true), "the operator is told");

    openai_server.faults().always(openai::spent());
    let (attempts, marks) = house.headshots(&photo).await;
    assert_eq!(attempts.last().unwrap(), "engine succeeded", "{attempts:?}");
    assert!(!attempts.iter().any(|one| one.starts_with("gemini")), "it rests: {attempts:?}");
    assert_eq!(marks, [Some(Source::Composite); 2]);
}
