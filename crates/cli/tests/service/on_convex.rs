//! The service with its data in Convex, played by its real functions: a person is served though answers get lost and the deployment
//! stumbles, and an installation moves there and back.

use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};
use standins::{ConvexDeployment, ConvexFault};

use crate::support::*;

async fn deployment() -> ConvexDeployment {
    ConvexDeployment::start(client().build().unwrap()).await
}

/// A configuration that knows the deployment, and keeps everything in `kind`.
fn configuration(deployment: &ConvexDeployment, kind: &str) -> String {
    let (url, key) = (&deployment.url, &deployment.key);
    format!("[database]\nkind = \"{kind}\"\n[convex]\nurl = \"{url}\"\nkey = \"{key}\"\n")
}

#[tokio::test]
async fn a_person_is_served_whatever_gets_lost_on_the_way() {
    let deployment = deployment().await;
    let house = House::new(&configuration(&deployment, "convex"));
    let mut server = house.serve().await;
    assert!(!house.data().join("covershots.db").exists(), "nothing is kept in a file");
    deployment.fail(ConvexFault::Unavailable, 2, None).await;
    let ada = server.person("Ada Winterbourne").await;
    deployment.fail(ConvexFault::Dropped, 2, Some("photos:add")).await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;

    let lost = ["generations:start", "work:claim", "work:beginAttempt", "work:addImage", "work:finish"];
    for function in lost {
        deployment.fail(ConvexFault::Dropped, 1, Some(function)).await;
    }
    let mut events = ada.watches().await;
    let generation = ada.headshots(&photo, 2).await;
    let (mut states, mut numbers) = (Vec::new(), Vec::new());
    while states.last().is_none_or(|state| state != "succeeded") {
        let (_, event) = events.next().await.unwrap();
        assert_eq!(event["generation"], generation);
        let state = event["state"].as_str().unwrap().to_owned();
        if states.last() != Some(&state) {
            states.push(state);
        }
        numbers.extend(event["image"].as_u64());
    }
    assert_eq!((states.join(" "), numbers), ("queued running succeeded".into(), vec![1, 2]), "told live");
    assert_eq!(ada.balance().await, 18, "paid for once");
    let calls = deployment.calls().await;
    for function in lost {
        assert!(calls[function] >= 2, "{function} was asked again: {calls:?}");
    }
    let gallery = ada.get("/api/v1/images").await.expect(200).json();
    assert_eq!(gallery["items"].as_array().unwrap().len(), 2);
    let file = format!("/api/v1/images/{generation}/1/file");
    assert!(!ada.get(&file).await.expect(200).body.is_empty());

    // A deployment that stays away is the operator's turn, and the caller may come again.
    deployment.fail(ConvexFault::Unavailable, 40, Some("credits:get")).await;
    let busy = Answer::to(ada.request(Method::GET, "/api/v1/credits")).await;
    assert_eq!(busy.status, 503, "{}", busy.text());

    let body = json!({ "password": ada.password });
    let receipt = ada.post("/api/v1/account/erasure", body).await.expect(200).json();
    assert!(!receipt["completed_at"].is_null(), "{receipt}");
    assert_eq!((&receipt["deleted"]["photos"], &receipt["deleted"]["images"]), (&json!(1), &json!(2)));
    ada.get("/api/v1/account").await.problem(401, "not-signed-in");
    server.process.stops().await;
    assert!(!server.process.log().contains(&deployment.key));
}

#[tokio::test]
async fn functions_of_another_version_are_named_and_nothing_is_begun() {
    let deployment = deployment().await;
    let house = House::new(&configuration(&deployment, "convex"));
    deployment.pretend_version(1).await;
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["worker"]] {
        let ended = house.command(arguments).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(3), "{said}");
        assert!(said.contains("npx convex deploy") && !said.contains(&deployment.key), "{said}");
    }
}

/// Moves everything, and says how many records there were of some tables.
fn migrate(house: &House, from: &str, to: &str) -> Value {
    let mut command = house.command(&["migrate", "--from", from, "--to", to, "--json"]);
    let ended = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    serde_json::from_slice(&ended.stdout).unwrap()
}

#[tokio::test]
async fn an_installation_moves_there_and_back_and_nobody_signs_in_again() {
    let deployment = deployment().await;
    let house = House::new(&configuration(&deployment, "sqlite"));
    let mut server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    let first = ada.headshots(&photo, 2).await;
    ada.ended(&first).await;
    server.process.stops().await;

    let moved = migrate(&house, "sqlite", "convex");
    let sums = |moved: &Value| {
        let mut sums = String::new();
        for (table, name) in [("ledger", "change"), ("images", "bytes"), ("photos", "bytes")] {
            let of = &moved["tables"][table];
            write!(sums, "{table} {} {} ", of["records"], of["sums"][name]).unwrap();
        }
        sums
    };
    assert!(sums(&moved).contains("ledger 3 \"18\" images 2 "), "{moved}");
    std::fs::write(house.path("covershots.toml"), configuration(&deployment, "convex")).unwrap();
    let mut server = house.serve().await;
    let ada = ada.at(&server.url);
    assert_eq!(ada.balance().await, 18);
    let second = ada.headshots(&photo, 1).await;
    assert_eq!(ada.ended(&second).await["state"], "succeeded");
    ada.get(&format!("/api/v1/images/{first}/2/file")).await.expect(200);
    server.process.stops().await;

    // What has been there since the first move is not written over.
    let mut again = house.command(&["migrate", "--from", "convex", "--to", "sqlite"]);
    let taken = again.stderr(Stdio::piped()).output().unwrap();
    assert_eq!(taken.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&taken.stderr).contains("not empty"));
    std::fs::rename(house.data().join("covershots.db"), house.path("before.db")).unwrap();
    let back = migrate(&house, "convex", "sqlite");
    assert!(sums(&back).contains("ledger 5 \"17\" images 3 "), "{back}");
    std::fs::write(house.path("covershots.toml"), configuration(&deployment, "sqlite")).unwrap();
    let server = house.serve().await;
    let ada = ada.at(&server.url);
    assert_eq!(ada.balance().await, 17);
    ada.get(&format!("/api/v1/images/{second}/1/file")).await.expect(200);
    let third = ada.headshots(&photo, 1).await;
    assert_eq!(ada.ended(&third).await["state"], "succeeded");
    let mut books = Books::open(&house.data()).await;
    books.balance().await;
    books.agree().await;
}

/// Calls of a generation, as the guide tells them.
fn told() -> u64 {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/convex.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let line = guide.lines().find(|line| line.starts_with("| **in all**")).unwrap();
    line.split("**").nth(3).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_generation_takes_as_many_calls_as_the_guide_says() {
    let deployment = deployment().await;
    let house = House::new(&configuration(&deployment, "convex"));
    let server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let before = deployment.calls().await;
    let mut photos = Vec::new();
    for name in ["obama.jpg", "biden.jpg", "obama.jpg"] {
        photos.push(ada.photo(&small_photo(name, 600)).await);
    }
    let mut events = ada.watches().await;
    let wish =
        json!({ "kind": "headshot", "style": "studio-grey", "photos": photos, "count": 4, "long_side": 256 });
    let started = ada.post("/api/v1/generations", wish).await.expect(201).json();
    let generation = started["id"].as_str().unwrap();
    let page = format!("/generations/{generation}");
    // The page reads itself anew whenever something happens.
    loop {
        ada.get(&page).await.expect(200);
        if events.next().await.unwrap().1["state"] == "succeeded" {
            break;
        }
    }
    ada.get(&page).await.expect(200);
    for number in 1..=4 {
        let image = format!("/api/v1/images/{generation}/{number}");
        ada.get(&format!("{image}/preview")).await.expect(200);
        ada.get(&format!("{image}/file")).await.expect(200);
    }
    ada.get("/generations").await.expect(200);

    let calls = deployment.calls().await;
    let new = calls.iter().map(|(name, count)| (name, count - before.get(name).unwrap_or(&0)));
    let new: Vec<_> = new.filter(|(_, count)| *count > 0).collect();
    let sum: u64 = new.iter().map(|(_, count)| count).sum();
    println!("{sum} calls: {new:?}");
    let told = told();
    assert!(sum <= told && 10 * sum >= 8 * told, "{told} are told, and it takes {sum}: {new:?}");
}
