//! Bad input: each is answered with a reason and what to do, costs no credit, and leaves nothing behind.

use futures_util::stream;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Method};
use serde_json::json;

use crate::support::*;

/// Two credits, three photos of at most two megabytes.
const CONFIGURATION: &str = "[accounts]\nwelcome_credits = 2\n[uploads]\nmax_photos = 3\nmax_megabytes = 2\n[worker]\nlease_seconds = 3\n";

/// Two megabytes and some more, as a picture begins.
fn too_much(bytes: usize) -> Vec<u8> {
    let mut file = photo("obama.jpg");
    file.resize(bytes, 0);
    file
}

/// A whole PNG of an absurd size in a few bytes.
fn bomb() -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = 60_000u32.to_be_bytes();
    let header = [b"IHDR".as_slice(), &size, &size, &[8, 2, 0, 0, 0]].concat();
    // An empty stream of zlib: the pixels would be far too few, but nobody gets as far as that.
    let pixels = b"IDAT\x78\x9c\x03\0\0\0\0\x01".to_vec();
    for chunk in [header, pixels, b"IEND".to_vec()] {
        let mut sum = flate2::Crc::new();
        sum.update(&chunk);
        file.extend((chunk.len() as u32 - 4).to_be_bytes());
        file.extend(&chunk);
        file.extend(sum.sum().to_be_bytes());
    }
    file
}

#[tokio::test]
async fn a_bad_file_is_refused_with_a_reason_and_leaves_nothing() {
    let house = House::new(CONFIGURATION);
    let server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let as_a = |kind: &'static str, body: Vec<u8>| {
        let request = ada.request(Method::POST, "/api/v1/photos").header(CONTENT_TYPE, kind).body(body);
        Answer::to(request)
    };
    as_a("text/plain", b"hello".to_vec()).await.problem(415, "wrong-media-type");
    as_a("application/json", b"{}".to_vec()).await.problem(415, "wrong-media-type");
    as_a("multipart/form-data", b"{}".to_vec()).await.problem(415, "wrong-media-type");
    as_a("multipart/form-data; boundary=x", b"--x\r\n\r\n".to_vec()).await.problem(400, "upload-broken");
    let text = b"--x\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--x--\r\n".to_vec();
    assert_eq!(as_a("multipart/form-data; boundary=x", text).await.problem(422, "invalid")["field"], "photo");

    let unreadable = async |file: Vec<u8>| {
        as_a("image/jpeg", file).await.problem(422, "photo-unreadable")["detail"].as_str().unwrap().to_owned()
    };
    assert!(unreadable(Vec::new()).await.contains("empty"));
    unreadable(b"%PDF-1.7 and so on".to_vec()).await;
    unreadable(b"GIF89a and so on".to_vec()).await;
    let said = unreadable(bomb()).await;
    assert!(said.contains("60000"), "{said}");
    let whole = photo("obama.jpg");
    unreadable(whole[..whole.len() / 2].to_vec()).await;
    let mut damaged = whole.clone();
    damaged[whole.len() / 4..].fill(0x55);
    unreadable(damaged).await;

    let unusable = async |file: Vec<u8>| {
        let problem = as_a("image/jpeg", file).await.problem(422, "photo-unusable");
        let finding = problem["check"]["findings"][0].clone();
        // The advice is in the words for the person, too.
        assert!(
            problem["detail"].as_str().unwrap().contains(finding["advice"].as_str().unwrap()),
            "{problem}"
        );
        finding["kind"].as_str().unwrap().to_owned()
    };
    assert_eq!(unusable(nobody()).await, "no_face");
    assert_eq!(unusable(two_people()).await, "several_faces");

    // Said beforehand, found out on the way, and in a form; by far, so that nothing hides in a buffer.
    ada.upload(too_much(2_000_001)).await.problem(413, "too-large");
    for _ in 0..3 {
        ada.upload(too_much(30_000_000)).await.problem(413, "too-large");
        let pieces = too_much(30_000_000)
            .chunks(50_000)
            .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
            .collect::<Vec<_>>();
        ada.upload(Body::wrap_stream(stream::iter(pieces))).await.problem(413, "too-large");
        let head = b"--x\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\n".to_vec();
        let form = [head, too_much(30_000_000), b"\r\n--x--\r\n".to_vec()].concat();
        as_a("multipart/form-data; boundary=x", form).await.problem(413, "too-large");
    }

    assert_eq!(ada.get("/api/v1/photos").await.expect(200).json()["items"], json!([]));
    for _ in 0..3 {
        ada.photo(&small_photo("obama.jpg", 600)).await;
    }
    let problem = ada.upload(small_photo("obama.jpg", 600)).await.problem(409, "too-many-photos");
    assert!(problem["detail"].as_str().unwrap().contains("3 photos"));

    assert_eq!(ada.balance().await, 2);
    let mut books = Books::open(&house.data()).await;
    books.agree().await;
    assert_eq!((books.objects().len(), books.unfinished().len()), (3, 0));
    assert_eq!(books.number("SELECT count(*) FROM ledger").await, 1);
}

#[tokio::test]
async fn a_bad_wish_is_refused_with_a_reason_and_costs_nothing() {
    let house = House::new(CONFIGURATION);
    let server = house.serve().await;
    let (ada, eve) = (server.person("Ada Winterbourne").await, server.person("Eve Listener").await);
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    let ask = async |person: &Person, changes: serde_json::Value| {
        let mut wish = json!({ "kind": "headshot", "style": "studio-grey", "photos": [photo], "count": 1, "long_side": 256 });
        wish.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        person.post("/api/v1/generations", wish).await
    };
    let styles = ada.get("/api/v1/styles?kind=thumbnail").await.expect(200).json();
    let cover = |changes: serde_json::Value| {
        let mut wish = json!({ "kind": "thumbnail", "style": styles["items"][0]["id"], "aspect": "16:9" });
        wish.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        wish
    };
    for title in ["a".repeat(10_000), "👩🏽‍💻".repeat(1_000), "\u{202e}".repeat(10_000)] {
        let problem = ask(&ada, cover(json!({ "title": title }))).await.problem(422, "invalid-options");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("title") && detail.len() < 300, "{detail}");
    }
    ask(&ada, cover(json!({ "title": "a".repeat(70_000) }))).await.problem(413, "too-large");
    ask(&ada, json!({ "title": "hello" })).await.problem(422, "invalid");
    ask(&ada, json!({ "note": "a".repeat(10_000) })).await.problem(422, "invalid-options");
    for count in [0, 17] {
        ask(&ada, json!({ "count": count })).await.problem(422, "invalid-options");
    }
    assert_eq!(ask(&ada, json!({ "count": 256 })).await.problem(422, "invalid")["field"], "count");
    let unknown = ask(&ada, json!({ "cuont": 1 })).await.problem(422, "invalid");
    assert!(unknown["detail"].as_str().unwrap().contains("cuont"), "{unknown}");
    ask(&ada, json!({ "long_side": 100_000 })).await.problem(422, "invalid-options");
    ask(&ada, json!({ "style": "studio-gray" })).await.problem(422, "unknown-style");
    ask(&ada, json!({ "photos": [] })).await.problem(422, "photo-count");
    ask(&ada, json!({ "photos": [photo, photo] })).await.problem(422, "photo-count");
    let text = ada.request(Method::POST, "/api/v1/generations").header(CONTENT_TYPE, "application/json");
    Answer::to(text.body("{\"kind\": ")).await.problem(400, "malformed-json");

    // What is another's is not there, whether it is or not.
    ask(&eve, json!({})).await.problem(404, "not-found");
    ask(&eve, json!({ "photos": ["01kav9m3fq8r6v5t2x7y1z0w4c"] })).await.problem(404, "not-found");
    ask(&eve, json!({ "photos": ["../../etc/passwd"] })).await.problem(422, "invalid");
    eve.get(&format!("/api/v1/photos/{photo}/file")).await.problem(404, "not-found");
    eve.delete(&format!("/api/v1/photos/{photo}")).await.problem(404, "not-found");

    let spent = ask(&ada, json!({ "count": 3 })).await.problem(402, "insufficient-credits");
    assert_eq!((&spent["balance"], &spent["needed"]), (&json!(2), &json!(3)));
    assert_eq!((ada.balance().await, eve.balance().await), (2, 2), "nothing that was refused cost anything");
    let generation = ada.headshots(&photo, 2).await;
    assert_eq!(ada.ended(&generation).await["state"], "succeeded");
    let spent = ask(&ada, json!({})).await.problem(402, "insufficient-credits");
    assert_eq!((&spent["balance"], &spent["needed"]), (&json!(0), &json!(1)));
    eve.get(&format!("/api/v1/images/{generation}/1/file")).await.problem(404, "not-found");
    eve.get(&format!("/api/v1/generations/{generation}/archive")).await.problem(404, "not-found");

    let mut books = Books::open(&house.data()).await;
    books.agree().await;
    books.balance().await;
}

#[tokio::test]
async fn a_photo_that_rots_on_the_disk_fails_its_generation_and_the_credit_returns() {
    let house = House::new(CONFIGURATION);
    let server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    let file = house.data().join(format!("objects/objects/uploads/{}/{photo}", ada.id));
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 100].fill(0);
    std::fs::write(&file, bytes).unwrap();
    let ended = ada.ended(&ada.headshots(&photo, 2).await).await;
    assert_eq!(ended["state"], "failed");
    assert!(ended["reason"].as_str().unwrap().contains("costs nothing"), "{ended}");
    assert_eq!(ada.balance().await, 2);
}
