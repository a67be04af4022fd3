//! From an empty folder to an account and back: everything that a person does with the service, by a real photo, and then nothing
//! of them is left.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use imaging::{Limits, decode};
use reqwest::Method;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, RANGE};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::*;

/// Webhooks go to this machine, and the log holds as much as it ever does.
const CONFIGURATION: &str = "[webhooks]\nprivate_addresses = true\n[log]\nlevel = \"debug\"\n";

/// Everything that names the person or opens something of theirs: it is to be found nowhere afterwards.
struct Marks(Vec<String>);

impl Marks {
    fn of(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    fn add(&mut self, mark: &str) {
        assert!(mark.len() >= 8, "{mark} is too short to be looked for");
        self.0.push(mark.to_owned());
    }
}

#[tokio::test]
async fn a_person_comes_is_served_and_leaves_no_trace() {
    let house = House::new(CONFIGURATION);
    let mut server = house.serve().await;
    assert_eq!(server.nobody().get("/healthz").await.expect(200).text(), "ok\n");
    server.nobody().get("/readyz").await.expect(200);
    let admin = server.newcomer("Whoever Runs It").await;
    assert_eq!(admin.get("/api/v1/account").await.expect(200).json()["role"], "admin");

    let grace = server.newcomer("Grace Marlowe-Quint").await;
    let mut marks = Marks(vec![grace.name.clone(), grace.email.clone(), grace.id.clone()]);
    let photos = uploads(&grace).await;
    photos.iter().for_each(|photo| marks.add(photo));
    let (program, key) =
        grace.program(&["photos", "generations:write", "images:read", "account:read", "webhooks"]).await;
    marks.add(&key[..16]);

    let mut receiver = Receiver::new(&[]).await;
    let told =
        program.post("/api/v1/webhooks/endpoints", json!({ "url": receiver.url })).await.expect(201).json();
    let secret = told["secret"].as_str().unwrap();
    marks.add(secret);

    let headshots = headshots(&program, &photos).await;
    let message = receiver.next().await;
    is_signed(&message, secret);
    is_about(&message, &headshots);
    let thumbnail = thumbnail(&grace, &photos[0]).await;
    is_about(&receiver.next().await, &thumbnail);
    replays(&program, &mut receiver, &thumbnail).await;
    [&headshots, &thumbnail].into_iter().for_each(|generation| marks.add(generation));

    let images = images(&grace, 3).await;
    archives(&grace, &images).await;
    counts(&grace).await;
    takes_along(&grace).await;

    erases(&grace, &program).await;
    let log = server.process.log();
    is_discreet(&log, &[&grace, &admin], &[&key, secret, &receiver.url]);
    let mut books = Books::open(&house.data()).await;
    assert_eq!(books.places_of(&marks.of()).await, Vec::<String>::new(), "in the tables");
    assert_eq!(books.files_with(&marks.of()), Vec::<String>::new(), "in the files of the running service");
    assert_eq!(books.objects().len(), 0, "nobody else had any picture");
    // The search itself finds what is there.
    assert!(!books.places_of(&[&admin.email]).await.is_empty());
    assert!(!books.files_with(&[&admin.email]).is_empty());
    drop(books);
    server.process.stops().await;
    let books = Books::open(&house.data()).await;
    assert_eq!(books.files_with(&marks.of()), Vec::<String>::new(), "in the files of the stopped service");
}

/// A photo comes in once it is allowed: as it is, and as a form's file.
async fn uploads(person: &Person) -> Vec<String> {
    let refused = person.upload(photo("obama.jpg")).await.problem(403, "consent-missing");
    assert_eq!(refused["purpose"], "keep-photos");
    person.consents().await;
    let taken = person.upload(photo("obama.jpg")).await.expect(201).json();
    assert_ne!(taken["check"]["verdict"], "unusable");
    assert_eq!(taken["size"], json!({ "width": 910, "height": 1137 }));

    let form = [
        b"--edge\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"me.jpg\"\r\n\r\n".as_slice(),
        &photo("biden.jpg"),
        b"\r\n--edge--\r\n",
    ]
    .concat();
    let request = person.request(Method::POST, "/api/v1/photos");
    let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=edge").body(form);
    let second = Answer::to(request).await.expect(201).json();

    let ids = [taken, second].map(|photo| photo["id"].as_str().unwrap().to_owned());
    let kept = person.get(&format!("/api/v1/photos/{}/file", ids[0])).await.expect(200);
    assert!(
        !kept.body.windows(4).any(|bytes| bytes == b"Exif"),
        "the camera and the place are nobody's business"
    );
    let listed = person.get("/api/v1/photos").await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    ids.to_vec()
}

/// Headshots, by a program that sends its request twice and watches.
async fn headshots(program: &Person, photos: &[String]) -> String {
    let mut events = program.watches().await;
    let wish = json!({
        "kind": "headshot", "style": "studio-grey", "photos": photos, "count": 2, "long_side": 512, "seed": 7
    });
    let ask = || {
        program.request(Method::POST, "/api/v1/generations").header("idempotency-key", "grace-1").json(&wish)
    };
    let first = Answer::to(ask()).await.expect(201);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(first.headers[LOCATION], format!("/api/v1/generations/{id}"));
    let again = Answer::to(ask()).await.expect(200);
    assert_eq!(
        (again.json()["id"].as_str().unwrap(), &again.headers["idempotent-replayed"]),
        (id.as_str(), &"true".parse().unwrap())
    );

    let (mut states, mut numbers) = (Vec::new(), Vec::new());
    loop {
        let (name, event) = events.next().await.unwrap();
        assert_eq!((name.as_str(), event["generation"].as_str().unwrap()), ("generation", id.as_str()));
        let state = event["state"].as_str().unwrap().to_owned();
        if states.last() != Some(&state) {
            states.push(state.clone());
        }
        numbers.extend(event["image"].as_u64());
        if state == "succeeded" {
            assert_eq!(event["progress"], 100);
            break;
        }
    }
    assert_eq!(states, ["queued", "running", "succeeded"]);
    assert_eq!(numbers, [1, 2]);
    id
}

/// A thumbnail with words on it, on a background of the person's own.
async fn thumbnail(person: &Person, photo: &str) -> String {
    let request = person.request(Method::POST, "/api/v1/photos?purpose=background");
    let background = Answer::to(request.body(nobody())).await.expect(201).json();
    let styles = person.get("/api/v1/styles?kind=thumbnail").await.expect(200).json();
    let wish = json!({
        "kind": "thumbnail", "style": styles["items"][0]["id"], "photos": [photo], "count": 1, "platform": "youtube",
        "title": "I quit coffee", "background": { "photo": background["id"] },
    });
    let started = person.post("/api/v1/generations", wish).await.expect(201).json();
    let id = started["id"].as_str().unwrap();
    let ended = person.ended(id).await;
    assert_eq!((&ended["state"], &ended["title"]), (&json!("succeeded"), &json!("I quit coffee")), "{ended}");
    assert_eq!(ended["images"][0]["full"]["size"], json!({ "width": 1280, "height": 720 }));
    id.to_owned()
}

/// The signature is that of Standard Webhooks.
fn is_signed(message: &Message, secret: &str) {
    let header = |name: &str| message.headers[name].as_str();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), message.body);
    let signature = header("webhook-signature").strip_prefix("v1,").unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(signed);
    mac.verify_slice(&STANDARD.decode(signature).unwrap()).unwrap();
}

fn is_about(message: &Message, generation: &str) {
    let body: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!(body["type"], "generation.succeeded");
    assert_eq!(body["data"]["generation"], generation);
    assert_eq!(message.headers["webhook-id"], format!("ended-{generation}"));
    assert_eq!(message.headers["content-type"], "application/json");
}

/// The log of deliveries tells of both, and posts one again.
async fn replays(program: &Person, receiver: &mut Receiver, generation: &str) {
    let newest =
        async || program.get("/api/v1/webhooks/deliveries").await.expect(200).json()["items"][0].clone();
    until("the delivery is noted", async || newest().await["state"] == "delivered").await;
    let delivery = newest().await;
    assert_eq!((&delivery["status"], &delivery["tries"]), (&json!(204), &json!(1)));
    let endpoint = delivery["endpoint"].as_str().unwrap();
    let path = format!("/api/v1/webhooks/deliveries/{endpoint}/ended-{generation}/replay");
    program.post(&path, Value::Null).await.expect(200);
    is_about(&receiver.next().await, generation);
}

/// The gallery: each image as it is, in part, as a preview, and for a platform. Their bytes, by the path of each.
async fn images(person: &Person, count: usize) -> BTreeMap<String, Vec<u8>> {
    let listed = person.get("/api/v1/images").await.expect(200).json();
    let listed = listed["items"].as_array().unwrap();
    assert_eq!(listed.len(), count);
    let mut images = BTreeMap::new();
    for image in listed {
        let name = format!("{}/{}", image["generation"].as_str().unwrap(), image["number"]);
        let path = format!("/api/v1/images/{name}");
        let file = person.get(&format!("{path}/file")).await.expect(200);
        assert_eq!(image["full"]["digest"], hexadecimal(&Sha256::digest(&file.body)));
        assert_eq!(image["full"]["bytes"], file.body.len());
        assert_eq!(file.headers[CONTENT_TYPE], image["full"]["media_type"].as_str().unwrap());
        assert_eq!(size(&file.body), image["full"]["size"]);
        let known =
            person.request(Method::GET, &format!("{path}/file")).header(IF_NONE_MATCH, &file.headers[ETAG]);
        assert!(Answer::to(known).await.expect(304).body.is_empty());
        let part = person.request(Method::GET, &format!("{path}/file")).header(RANGE, "bytes=10-19");
        let part = Answer::to(part).await.expect(206);
        assert_eq!(part.body, file.body[10..20]);
        assert_eq!(part.headers[CONTENT_RANGE], format!("bytes 10-19/{}", file.body.len()));
        let preview = person.get(&format!("{path}/preview")).await.expect(200);
        assert_eq!(size(&preview.body), image["preview"]["size"]);
        let fitted = person.get(&format!("{path}/file?platform=linkedin")).await.expect(200);
        assert_eq!(size(&fitted.body), json!({ "width": 800, "height": 800 }));
        images.insert(name, file.body);
    }
    images
}

fn size(file: &[u8]) -> Value {
    let size = decode(file, &Limits::default()).unwrap().size();
    json!({ "width": size.width, "height": size.height })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All at once, only those that are marked, and all for a platform.
async fn archives(person: &Person, images: &BTreeMap<String, Vec<u8>>) {
    let name = |path: &str| path.replace('/', "-");
    let whole = unpacked(&person.get("/api/v1/images/archive").await.expect(200));
    let expected: BTreeMap<String, Vec<u8>> =
        images.iter().map(|(path, bytes)| (format!("{}.jpg", name(path)), bytes.clone())).collect();
    assert_eq!(whole.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(whole == expected, "the files are those that are served one by one");

    person.get("/api/v1/images/archive?favourites=true").await.problem(404, "not-found");
    let favourite = images.keys().next().unwrap();
    let mark = json!({ "favourite": true });
    person.put(&format!("/api/v1/images/{favourite}/favourite"), mark).await.expect(200);
    let marked = unpacked(&person.get("/api/v1/images/archive?favourites=true").await.expect(200));
    assert_eq!(marked.into_keys().collect::<Vec<_>>(), [format!("{}.jpg", name(favourite))]);

    let fitted = unpacked(&person.get("/api/v1/images/archive?platform=github").await.expect(200));
    assert_eq!(fitted.len(), images.len());
    for (file, bytes) in fitted {
        let size = size(&bytes);
        assert_eq!(size["width"], size["height"], "{file}");
        assert!(file.contains("-github."), "{file}");
    }
}

/// Three images of one credit each, of the twenty that there were.
async fn counts(person: &Person) {
    assert_eq!(person.balance().await, 17);
    let ledger = person.get("/api/v1/credits/entries").await.expect(200).json();
    let lines: Vec<(&str, i64)> = ledger["items"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|line| (line["kind"].as_str().unwrap(), line["change"].as_i64().unwrap()))
        .collect();
    assert_eq!(lines, [("grant", 20), ("reserve", -2), ("settle", 0), ("reserve", -1), ("settle", 0)]);
}

/// The archive of everything.
async fn takes_along(person: &Person) {
    let files = unpacked(&person.get("/api/v1/account/export").await.expect(200));
    let document: Value = serde_json::from_slice(&files["account.json"]).unwrap();
    assert!(document.to_string().contains(&person.email));
    let of = |folder: &str| files.keys().filter(|name| name.starts_with(folder)).count();
    assert_eq!((of("photos/"), of("images/"), of("previews/")), (3, 3, 3));
}

/// Not by a wrong password and not by a key; then wholly.
async fn erases(person: &Person, program: &Person) {
    let path = "/api/v1/account/erasure";
    person.post(path, json!({ "password": "seven brown kettles" })).await.problem(403, "wrong-sign-in");
    program.post(path, json!({ "password": person.password })).await.problem(403, "session-needed");
    let receipt = person.post(path, json!({ "password": person.password })).await.expect(200);
    assert!(receipt.cookie().ends_with('='), "the session is taken back");
    let receipt = receipt.json();
    let deleted = &receipt["deleted"];
    assert_eq!(
        (&deleted["photos"], &deleted["images"], &deleted["objects"]),
        (&json!(3), &json!(3), &json!(9))
    );
    assert!(!receipt["completed_at"].is_null(), "{receipt}");

    person.get("/api/v1/account").await.problem(401, "not-signed-in");
    program.get("/api/v1/images").await.problem(401, "not-signed-in");
    let again = json!({ "email": person.email, "password": person.password });
    person.post("/api/v1/sessions", again).await.problem(403, "wrong-sign-in");
    let path = format!("/api/v1/erasures/{}", receipt["id"].as_str().unwrap());
    assert_eq!(person.get(&path).await.expect(200).json(), receipt);
}

/// Logs name nobody and open nothing.
fn is_discreet(log: &str, people: &[&Person], secrets: &[&str]) {
    assert!(log.lines().count() > 30, "much was logged: {log}");
    assert!(log.contains("\"route\":\"/api/v1/generations\"") && log.contains("a generation ended"), "{log}");
    for person in people {
        let session = person.cookie();
        let session = session.split('=').nth(1).unwrap();
        for mark in [&person.email, &person.name, &person.password, session] {
            assert!(!log.contains(mark), "the log holds {mark}");
        }
    }
    for secret in secrets {
        assert!(!log.contains(secret), "the log holds {secret}");
    }
}
