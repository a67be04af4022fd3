//! A running program with vendors that are played, and a person who has signed up.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use imaging::provenance::{self, Source};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use standins::Server;
use tempfile::TempDir;

pub const KEY: &str = "a-key-of-the-test";

/// A running program and a person who has signed up.
pub struct House {
    program: Child,
    client: Client,
    url: String,
    _folder: TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl House {
    pub async fn open(gemini: &Server, openai: &Server) -> House {
        House::open_with(gemini, openai, tempfile::tempdir().unwrap(), "").await
    }

    /// The same in a folder that may hold more, with more lines in its configuration.
    pub async fn open_with(gemini: &Server, openai: &Server, folder: TempDir, more: &str) -> House {
        let configuration = format!(
            "[gemini]\nkey = \"{KEY}\"\nbase_url = \"{}\"\n[openai]\nkey = \"{KEY}\"\nbase_url = \"{}\"\n\
             [serve]\nlisten = \"127.0.0.1:0\"\n{more}",
            gemini.url(),
            openai.url()
        );
        std::fs::write(folder.path().join("covershots.toml"), configuration).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_covershots"));
        command
            .arg("serve")
            .current_dir(folder.path())
            .env_remove("GEMINI_API_KEY")
            .env_remove("OPENAI_API_KEY");
        let mut program = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(program.stderr.take().unwrap()).lines();
        let listening = lines.find_map(|line| {
            let line = line.unwrap();
            Some(line.split_once("(listening on ")?.1.split_once(')')?.0.to_owned())
        });
        let url = format!("http://{}/api/v1", listening.unwrap());
        // What it says further on is read, so that it never waits for somebody to.
        std::thread::spawn(move || lines.for_each(drop));
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().cookie_store(true).build().unwrap();
        let house = House { program, client, url, _folder: folder };
        let person =
            json!({ "email": "ann@example.org", "name": "Ann", "password": "four plain words here" });
        house.ask(Method::POST, "/account", Some(person)).await;
        house
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// What the admin and what Prometheus are told of Gemini: whether it is asked, and whether the operator's account is at fault.
    pub async fn stand(&self) -> (String, bool) {
        let makers = self.ask(Method::GET, "/admin/makers", None).await;
        let told = &makers["items"][0];
        assert_eq!(told["provider"], "gemini");
        let circuit = told["circuit"].as_str().unwrap().to_owned();
        let alarm = !told["alarm"].is_null();
        let address = self.url.replace("/api/v1", "/metrics");
        let figures = self.client.get(address).send().await.unwrap().text().await.unwrap();
        for state in ["closed", "open", "half_open"] {
            let line = format!(
                "covershots_provider_circuit{{provider=\"gemini\",state=\"{state}\"}} {}",
                u8::from(state == circuit)
            );
            assert!(figures.lines().any(|told| told == line), "{line} is not in {figures}");
        }
        let line = format!("covershots_provider_alarm{{provider=\"gemini\"}} {}", u8::from(alarm));
        assert!(figures.lines().any(|told| told == line), "{line} is not in {figures}");
        (circuit, alarm)
    }

    pub async fn consent(&self, purpose: &str) {
        let state = self.ask(Method::GET, "/consents", None).await;
        let body = json!({ "policy": { "version": state["policy"]["version"], "digest": state["policy"]["digest"] } });
        self.ask(Method::PUT, &format!("/consents/{purpose}"), Some(body)).await;
    }

    pub async fn upload(&self) -> Value {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos/obama.jpg");
        let request = self.client.post(format!("{}/photos", self.url)).header("content-type", "image/jpeg");
        let answer = request.body(std::fs::read(file).unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        answer.json::<Value>().await.unwrap()["id"].clone()
    }

    /// What became of a wish, when it has ended.
    pub async fn made(&self, wish: Value) -> Value {
        let mut events = self.client.get(format!("{}/events", self.url)).send().await.unwrap();
        let id = self.ask(Method::POST, "/generations", Some(wish)).await["id"].as_str().unwrap().to_owned();
        loop {
            let known = self.ask(Method::GET, &format!("/generations/{id}"), None).await;
            if !["queued", "running"].contains(&known["state"].as_str().unwrap()) {
                return known;
            }
            // Whatever is told, it is looked at again.
            events.chunk().await.unwrap();
        }
    }

    /// Who tried a generation and how that went, in the order of the tries.
    pub async fn tries(&self, id: &str) -> Vec<String> {
        let account = self.ask(Method::GET, "/account", None).await["id"].as_str().unwrap().to_owned();
        let path = format!("/admin/accounts/{account}/generations/{id}/attempts");
        let attempts = self.ask(Method::GET, &path, None).await;
        let told = |attempt: &Value| {
            let word = |name: &str| attempt[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", word("provider"), word("outcome"))
        };
        attempts["items"].as_array().unwrap().iter().map(told).collect()
    }

    /// The file of an image.
    pub async fn file(&self, id: &str, number: u8, query: &str) -> Vec<u8> {
        let address = format!("{}/images/{id}/{number}/file{query}", self.url);
        let answer = self.client.get(address).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap().to_vec()
    }

    /// Two headshots of a photo: who made them, in the order of the tries, and how their files are marked.
    pub async fn headshots(&self, photo: &Value) -> (Vec<String>, Vec<Option<Source>>) {
        let wish = json!({ "kind": "headshot", "style": "corporate", "photos": [photo], "count": 2, "long_side": 640, "note": "no tie" });
        let ended = self.made(wish).await;
        assert_eq!(
            (&ended["state"], ended["images"].as_array().unwrap().len()),
            (&json!("succeeded"), 2),
            "{ended}"
        );
        let id = ended["id"].as_str().unwrap();
        let mut marks = Vec::new();
        for number in 1..=2 {
            marks.push(provenance::read(&self.file(id, number, "").await));
        }
        (self.tries(id).await, marks)
    }
}
