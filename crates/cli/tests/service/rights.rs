//! What a person may ask for about their data: all of it, corrected, deleted in part or wholly. They do it themselves, or whoever
//! runs the installation does it for them.

use std::io::{Cursor, Read};

use reqwest::Method;
use reqwest::header::RANGE;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::support::*;

const ARCHIVE: &str = "/api/v1/account/archive";

/// Waits until the archive is ready, or there is none.
async fn gathered(person: &Person) -> Value {
    let mut state = Value::Null;
    until("the archive is made", async || {
        state = person.get(ARCHIVE).await.expect(200).json();
        state["state"] != "making"
    })
    .await;
    state
}

#[tokio::test]
async fn everything_is_gathered_in_the_background_and_goes_with_the_first_thing_in_it_that_goes() {
    let house = House::new("");
    let mut server = house.serve().await;
    server.newcomer("Whoever Runs It").await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&photo("obama.jpg")).await;
    let generation = ada.headshots(&photo, 2).await;
    ada.ended(&generation).await;
    assert_eq!(ada.get(ARCHIVE).await.expect(200).json()["state"], "nothing");
    ada.get("/api/v1/account/archive/file").await.problem(404, "not-found");

    ada.post(ARCHIVE, Value::Null).await.expect(202);
    let state = gathered(&ada).await;
    assert_eq!(state["state"], "ready", "{state}");
    let answer = ada.get("/api/v1/account/archive/file").await.expect(200);
    assert_eq!(state["bytes"], answer.body.len());
    let files = unpacked(&answer);
    let of = |folder: &str| files.keys().filter(|name| name.starts_with(folder)).count();
    assert_eq!((of("photos/"), of("images/"), of("previews/")), (1, 2, 2));
    let page = String::from_utf8(files["index.html"].clone()).unwrap();
    for name in files.keys().filter(|name| name.contains('/')) {
        assert!(page.contains(&format!("src=\"{name}\"")), "{name} is not on the page");
    }
    let document: Value = serde_json::from_slice(&files["account.json"]).unwrap();
    assert!(document.to_string().contains(&ada.email));
    let part = ada.request(Method::GET, "/api/v1/account/archive/file").header(RANGE, "bytes=2-9");
    assert_eq!(Answer::to(part).await.expect(206).body, answer.body[2..10]);

    // Nobody else's.
    server.newcomer("Mallory").await.get("/api/v1/account/archive/file").await.problem(404, "not-found");

    // What was deleted does not live on in a copy.
    ada.delete(&format!("/api/v1/images/{generation}/1")).await.expect(204);
    assert_eq!(ada.get(ARCHIVE).await.expect(200).json()["state"], "nothing");
    ada.post(ARCHIVE, Value::Null).await.expect(202);
    assert_eq!(gathered(&ada).await["state"], "ready");
    let erased = ada.post("/api/v1/account/erasure", json!({ "password": ada.password })).await.expect(200);
    assert!(!erased.json()["completed_at"].is_null());
    let books = Books::open(&house.data()).await;
    assert_eq!(books.objects().len(), 0, "the archive went with the account");
    server.process.stops().await;
}

#[tokio::test]
async fn whoever_runs_the_installation_carries_a_person_s_rights_out_for_them() {
    let house = House::new("");
    let mut server = house.serve().await;
    server.newcomer("Whoever Runs It").await;
    let ada = server.person("Ada Winterbourne").await;
    let photos =
        [ada.photo(&small_photo("obama.jpg", 600)).await, ada.photo(&small_photo("biden.jpg", 600)).await];
    let generation = ada.headshots(&photos[0], 2).await;
    ada.ended(&generation).await;
    let account = async |arguments: &[&str]| house.runs(&[&["account"], arguments].concat()).await;

    // Access.
    let file = house.path("ada.zip");
    account(&["export", &ada.email, "-o", file.to_str().unwrap()]).await.ends(0);
    let mut zip = ZipArchive::new(Cursor::new(std::fs::read(&file).unwrap())).unwrap();
    let mut document = String::new();
    zip.by_name("account.json").unwrap().read_to_string(&mut document).unwrap();
    assert!(
        document.contains(&ada.email) && zip.len() == 2 + 2 + 4,
        "{:?}",
        zip.file_names().collect::<Vec<_>>()
    );

    // Correction.
    account(&["correct", &ada.id, "--name", "Ada Lovelace", "--email", "lovelace@mail.example.org"])
        .await
        .ends(0);
    let seen = ada.get("/api/v1/account").await.expect(200).json();
    assert_eq!(
        (&seen["name"], &seen["email"]),
        (&json!("Ada Lovelace"), &json!("lovelace@mail.example.org"))
    );

    // Deletion: one image, one photo, all photos.
    account(&["delete-image", &ada.id, &format!("{generation}/1")]).await.ends(0);
    assert!(
        account(&["delete-image", &ada.id, &format!("{generation}/9")])
            .await
            .ends(2)
            .log
            .contains("no such image")
    );
    account(&["delete-photo", &ada.id, &photos[1]]).await.ends(0);
    ada.get(&format!("/api/v1/photos/{}", photos[1])).await.problem(404, "not-found");
    assert!(account(&["delete-photos", &ada.id]).await.ends(2).log.contains("--yes"), "nobody could answer");
    let deleted = account(&["delete-photos", &ada.id, "--yes", "--json"]).await.ends(0).json();
    assert_eq!((&deleted["photos"], &deleted["left"]), (&json!(1), &json!(0)));
    let mut books = Books::open(&house.data()).await;
    assert_eq!(books.objects().len(), 2, "the other image and its preview");

    // Consent.
    account(&["withdraw", &ada.id, "keep-photos"]).await.ends(0);
    ada.upload(small_photo("obama.jpg", 600)).await.problem(403, "consent-missing");

    // All of it.
    let receipt = account(&["erase", "lovelace@mail.example.org", "--yes", "--json"]).await.ends(0).json();
    assert!(!receipt["completed_at"].is_null(), "{receipt}");
    assert_eq!(receipt["searched"].as_array().unwrap().len(), 4, "{receipt}");
    assert_eq!(receipt["found_in"], json!([]), "{receipt}");
    assert_eq!(books.places_of(&[&ada.id, "lovelace"]).await, Vec::<String>::new());
    assert_eq!(books.objects().len(), 0);
    server.process.stops().await;
}
