//! The stand-ins are believed because the vendors' own SDKs accept them: google-genai and openai, as they are on PyPI, are driven
//! through good requests, wrong ones and faults, and have to understand each as they would the real thing.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use standins::{Fault, Server, gemini, openai, sdks};
use tokio::sync::OnceCell;

const KEY: &str = "a-key-of-the-test";

/// A Python with the SDKs, made once and kept in the target folder.
async fn python() -> &'static Path {
    static PYTHON: OnceCell<PathBuf> = OnceCell::const_new();
    let made = PYTHON.get_or_init(|| async {
        tokio::task::spawn_blocking(|| sdks::python(Path::new(env!("CARGO_TARGET_TMPDIR")))).await.unwrap()
    });
    made.await
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdks")
}

/// What a script prints that drives the stand-in with a photo.
async fn drive(script: &str, server: &Server) -> Value {
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos/obama.jpg");
    let mut command = Command::new(python().await);
    command.arg(folder().join(script)).args([&server.url(), KEY]).arg(photo);
    command.env_remove("HTTP_PROXY").env_remove("http_proxy");
    let said = tokio::task::spawn_blocking(move || sdks::run(&mut command)).await.unwrap();
    serde_json::from_slice(&said).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn google_genai_accepts_the_stand_in_of_gemini() {
    let standin = gemini::Gemini::new(KEY).with_small_pictures();
    let server = Server::start(standin.routes()).await;
    server.faults().next([
        None,
        None,
        None,
        None,
        None,
        Some(gemini::too_many(7)),
        Some(gemini::overloaded()),
        Some(gemini::blocked("PROHIBITED_CONTENT")),
        Some(gemini::finished("IMAGE_SAFETY", None)),
        Some(gemini::finished("STOP", Some("I can only describe it."))),
        Some(Fault::Garbage),
        Some(Fault::Cut),
    ]);
    let said = drive("drive_gemini.py", &server).await;
    let good = &said["good"];
    assert_eq!(good["finish"], json!(["STOP"]), "{good}");
    assert_eq!(
        (good["pictures"].as_array().unwrap().len(), &good["pictures"][0][0]),
        (1, &json!("image/png"))
    );
    assert_eq!((&good["tokens"][1], &good["model"]), (&json!(1120), &json!("gemini-3.1-flash-image")));
    let error = |code: u16, status: &str, kind: &str| json!({ "code": code, "status": status, "kind": kind });
    assert_eq!(said["wrong_key"], error(400, "INVALID_ARGUMENT", "ClientError"));
    assert_eq!(said["wrong_model"], error(404, "NOT_FOUND", "ClientError"));
    assert_eq!(said["wrong_ratio"], error(400, "INVALID_ARGUMENT", "ClientError"));
    assert_eq!(said["described"], json!(["models/gemini-3.1-flash-image", true]));
    assert_eq!(said["too_many"], error(429, "RESOURCE_EXHAUSTED", "ClientError"));
    assert_eq!(said["overloaded"], error(503, "UNAVAILABLE", "ServerError"));
    assert_eq!(said["blocked"]["block"], "PROHIBITED_CONTENT");
    assert_eq!(
        (&said["refused"]["finish"], &said["refused"]["pictures"]),
        (&json!(["IMAGE_SAFETY"]), &json!([]))
    );
    assert_eq!(said["words_only"]["pictures"], json!([]));
    // Of an answer that breaks off this SDK says nothing but that nothing is in it.
    for broken in ["garbage", "cut"] {
        let said = &said[broken];
        assert!(said["kind"].is_string() || said["pictures"] == json!([]), "{broken}: {said}");
    }
    let seen = &standin.seen()[0];
    assert_eq!((seen.prompt.as_str(), seen.aspect.as_deref()), ("A portrait in an office.", Some("4:5")));
    assert_eq!((seen.pictures.len(), seen.size.as_deref()), (1, Some("1K")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openai_accepts_the_stand_in_of_openai() {
    let standin = openai::OpenAi::new(KEY).with_small_pictures();
    let server = Server::start(standin.routes()).await;
    server.faults().next([
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        Some(openai::too_many(7)),
        Some(openai::spent()),
        Some(openai::overloaded()),
        Some(openai::blocked()),
        Some(Fault::Garbage),
        Some(Fault::Cut),
    ]);
    let said = drive("drive_openai.py", &server).await;
    let good = &said["good"];
    assert_eq!((good["pictures"].as_array().unwrap().len(), &good["size"]), (2, &json!("1024x1280")));
    assert_ne!(good["pictures"][0], good["pictures"][1]);
    assert_eq!((&good["tokens"][1], &good["image_tokens"]), (&json!(3136), &json!(1620)));
    assert_eq!(said["with_fidelity"]["size"], "1024x1536");
    let error = |status: u16, code: Option<&str>, kind: &str, after: Option<&str>| json!({ "status": status, "code": code, "kind": kind, "after": after });
    assert_eq!(said["wrong_key"], error(401, Some("invalid_api_key"), "AuthenticationError", None));
    assert_eq!(said["wrong_model"], error(404, Some("model_not_found"), "NotFoundError", None));
    assert_eq!(said["wrong_size"], error(400, Some("invalid_value"), "BadRequestError", None));
    assert_eq!(said["wrong_fidelity"]["code"], "invalid_input_fidelity_model");
    assert_eq!(said["described"], "gpt-image-2.5-sunburst");
    assert_eq!(said["too_many"], error(429, Some("rate_limit_exceeded"), "RateLimitError", Some("7")));
    assert_eq!(said["spent"], error(429, Some("insufficient_quota"), "RateLimitError", None));
    assert_eq!(said["overloaded"]["kind"], "InternalServerError");
    assert_eq!(said["blocked"], error(400, Some("moderation_blocked"), "BadRequestError", None));
    for broken in ["garbage", "cut"] {
        assert!(said[broken]["kind"].is_string(), "{broken}: {}", said[broken]);
    }
    let seen = &standin.seen()[0];
    assert_eq!((seen.field("prompt"), seen.pictures.len()), (Some("A portrait in an office."), 2));
}
