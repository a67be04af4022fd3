//! Somebody who asks over HTTP, with a session, with an API key, or with nothing.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::WITHIN;

/// What most people in these tests choose.
const PASSWORD: &str = "seven brown kettles hum";

/// Somebody who asks.
#[derive(Clone)]
pub(crate) struct Person {
    client: Client,
    url: String,
    shows: Shows,
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password: String,
}

#[derive(Clone)]
enum Shows {
    Nothing,
    Cookie(String),
    Key(String),
}

/// A client that goes where it is told, and nowhere else.
pub(crate) fn client() -> reqwest::ClientBuilder {
    web::listen::install_crypto_provider();
    Client::builder().no_proxy().redirect(Policy::none()).timeout(WITHIN)
}

impl Person {
    /// Somebody without an account.
    pub(crate) fn nobody(url: &str) -> Person {
        Person::by(client().build().unwrap(), url)
    }

    /// Somebody without an account who asks by a client of their own.
    pub(crate) fn by(client: Client, url: &str) -> Person {
        let (id, email, name, password) = Default::default();
        Person { client, url: url.to_owned(), shows: Shows::Nothing, id, email, name, password }
    }

    /// The same person, who has made an account and is signed in.
    pub(crate) async fn signed_up(mut self, name: &str) -> Person {
        let address: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        self.email = format!("{}@mail.example.org", address.to_lowercase());
        (self.name, self.password) = (name.to_owned(), PASSWORD.to_owned());
        let body = json!({ "email": self.email, "name": self.name, "password": self.password });
        let answer = self.post("/api/v1/account", body).await.expect(201);
        self.shows = Shows::Cookie(answer.cookie());
        self.id = answer.json()["account"]["id"].as_str().unwrap().to_owned();
        self
    }

    /// Allows to keep photos.
    pub(crate) async fn consents(&self) {
        self.allows("keep-photos").await;
    }

    /// Allows something, by the policy in force.
    pub(crate) async fn allows(&self, purpose: &str) {
        let policy = self.get("/api/v1/policy").await.expect(200).json();
        let body = json!({ "policy": policy["policy"] });
        self.put(&format!("/api/v1/consents/{purpose}"), body).await.expect(200);
    }

    /// A program in this person's name, with an API key of these scopes; and the key's secret.
    pub(crate) async fn program(&self, scopes: &[&str]) -> (Person, String) {
        let body = json!({ "name": "a program", "scopes": scopes });
        let issued = self.post("/api/v1/api-keys", body).await.expect(201).json();
        let secret = issued["secret"].as_str().unwrap().to_owned();
        (Person { shows: Shows::Key(secret.clone()), ..self.clone() }, secret)
    }

    /// The session as the browser sends it: `name=token`.
    pub(crate) fn cookie(&self) -> String {
        match &self.shows {
            Shows::Cookie(cookie) => cookie.clone(),
            _ => panic!("there is no session"),
        }
    }

    /// The same person at another address: the service was started again.
    pub(crate) fn at(&self, url: &str) -> Person {
        Person { url: url.to_owned(), ..self.clone() }
    }

    /// Where the service is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A request with what this person shows.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.shows {
            Shows::Nothing => request,
            Shows::Cookie(cookie) => request.header(COOKIE, cookie),
            Shows::Key(key) => request.header(AUTHORIZATION, format!("Bearer {key}")),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::DELETE, path)).await
    }

    /// Sends a file as it is.
    pub(crate) async fn upload(&self, file: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, "/api/v1/photos").header(CONTENT_TYPE, "image/jpeg");
        Answer::to(request.body(file)).await
    }

    /// Sends a photo that is taken, and says its id.
    pub(crate) async fn photo(&self, file: &[u8]) -> String {
        let answer = self.upload(file.to_vec()).await.expect(201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Asks for headshots as small as there are, and says the generation's id.
    pub(crate) async fn headshots(&self, photo: &str, count: u8) -> String {
        let answer = self.post("/api/v1/generations", wish(photo, count)).await.expect(201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn balance(&self) -> i64 {
        self.get("/api/v1/credits").await.expect(200).json()["balance"].as_i64().unwrap()
    }

    /// Waits until a generation has ended, and says how it stands.
    pub(crate) async fn ended(&self, generation: &str) -> Value {
        let path = format!("/api/v1/generations/{generation}");
        let mut seen = Value::Null;
        super::until("the generation ends", async || {
            seen = self.get(&path).await.expect(200).json();
            !seen["ended_at"].is_null()
        })
        .await;
        seen
    }

    /// Opens the stream of events, and waits until nothing is missed any more.
    pub(crate) async fn watches(&self) -> Events {
        let request = self.request(Method::GET, "/api/v1/events").timeout(WITHIN);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        let mut events = Events { response, read: Vec::new() };
        assert_eq!(events.next().await.unwrap().0, "ready");
        events
    }
}

/// A wish for headshots as small as there are.
pub(crate) fn wish(photo: &str, count: u8) -> Value {
    json!({ "kind": "headshot", "style": "studio-grey", "photos": [photo], "count": count, "long_side": 256 })
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn of(response: Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// It is a problem of this kind, complete and in words.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["type"], format!("/docs#problem-{kind}"), "{problem}");
        assert_eq!(problem["status"], status);
        for words in ["title", "detail"] {
            assert!(problem[words].as_str().is_some_and(|text| text.len() > 10), "{problem}");
        }
        problem
    }

    /// The session that it sets, as `name=token`.
    #[track_caller]
    pub(crate) fn cookie(&self) -> String {
        self.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
    }
}

/// A stream of events.
pub(crate) struct Events {
    response: Response,
    read: Vec<u8>,
}

impl Events {
    /// The next event: its name and its data; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            let end = self.read.windows(2).position(|two| two == b"\n\n");
            if let Some(end) = end {
                let block = String::from_utf8(self.read.drain(..end + 2).collect()).unwrap();
                let of = |field: &str| block.lines().find_map(|line| line.strip_prefix(field)).map(str::trim);
                // A comment keeps the connection alive and says nothing.
                let Some(name) = of("event:") else { continue };
                return Some((name.to_owned(), serde_json::from_str(of("data:")?).unwrap()));
            }
            match tokio::time::timeout(Duration::from_secs(60), self.response.chunk()).await.unwrap() {
                Ok(Some(piece)) => self.read.extend_from_slice(&piece),
                Ok(None) => return None,
                Err(error) => panic!("the stream of events broke off: {error}"),
            }
        }
    }
}
