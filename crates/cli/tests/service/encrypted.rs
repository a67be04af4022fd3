//! Over a real socket with a certificate of one's own: TLS, HTTP/2, compression, and cookies that never travel in the clear.

use std::io::Read;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, SET_COOKIE, STRICT_TRANSPORT_SECURITY, VARY};
use reqwest::{Certificate, Method, Version};
use serde_json::json;

use crate::support::*;

/// An installation with a certificate, and a client that knows it by that alone.
fn house() -> (House, reqwest::ClientBuilder) {
    let house = House::new("[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(house.path("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(house.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let certificate = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    (house, client().tls_certs_only([certificate]))
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls_and_http_2_and_its_cookies_are_secure() {
    let (house, client) = house();
    let mut server = house.serve().await;
    assert!(server.url.starts_with("https://"));
    let ada = Person::by(client.build().unwrap(), &server.url);
    let response = ada.request(Method::GET, "/api/v1/policy").send().await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    assert_eq!(response.headers()[STRICT_TRANSPORT_SECURITY], "max-age=31536000");

    let body = json!({ "email": "ada@mail.example.org", "password": "seven brown kettles hum" });
    let answer = ada.post("/api/v1/account", body).await.expect(201);
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-covershots_session="), "{cookie}");
    for part in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.split("; ").any(|found| found == part), "{part} is missing: {cookie}");
    }
    let request = ada.request(Method::GET, "/api/v1/account").header("cookie", answer.cookie());
    Answer::to(request).await.expect(200);

    // Whoever speaks plainly to it is not answered, and harms nobody.
    let plain = Person::nobody(&server.url.replace("https://", "http://"));
    assert!(plain.request(Method::GET, "/healthz").send().await.is_err());
    ada.get("/healthz").await.expect(200);
    server.process.stops().await;
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_and_many_requests_share_a_connection() {
    let (house, _) = house();
    let pem = std::fs::read(house.path("cert.pem")).unwrap();
    let server = house.serve().await;
    let with = |client: reqwest::ClientBuilder| {
        let client = client.tls_certs_only([Certificate::from_pem(&pem).unwrap()]);
        Person::by(client.build().unwrap(), &server.url)
    };
    let old = with(client().http1_only());
    assert_eq!(old.request(Method::GET, "/healthz").send().await.unwrap().version(), Version::HTTP_11);
    let new = with(client());
    let many = (0..200).map(|_| new.get("/api/v1/styles"));
    for answer in futures_util::future::join_all(many).await {
        answer.expect(200);
    }
}

#[tokio::test]
async fn texts_are_compressed_for_those_who_can_read_it_and_pictures_are_not() {
    let house = House::new("");
    let server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let plain = ada.get("/api/openapi.json").await.expect(200);
    assert!(!plain.headers.contains_key(CONTENT_ENCODING));
    let ask = |encoding: &'static str| {
        Answer::to(ada.request(Method::GET, "/api/openapi.json").header(ACCEPT_ENCODING, encoding))
    };
    let squeezed = ask("gzip").await.expect(200);
    assert_eq!(squeezed.headers[CONTENT_ENCODING], "gzip");
    assert_eq!(squeezed.headers[VARY], "accept-encoding");
    assert!(squeezed.body.len() * 4 < plain.body.len());
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&squeezed.body[..]).read_to_end(&mut text).unwrap();
    assert!(text == plain.body);
    assert_eq!(ask("br, gzip").await.expect(200).headers[CONTENT_ENCODING], "br");

    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    let path = format!("/api/v1/photos/{photo}/file");
    let picture = Answer::to(ada.request(Method::GET, &path).header(ACCEPT_ENCODING, "br, gzip")).await;
    assert!(!picture.expect(200).headers.contains_key(CONTENT_ENCODING));
}

#[tokio::test]
async fn a_certificate_that_can_t_be_used_is_named_before_anything_is_served() {
    let (house, _) = house();
    std::fs::write(house.path("key.pem"), "nothing").unwrap();
    let ended = house.command(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(3));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("key.pem"));
}
