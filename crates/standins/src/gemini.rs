//! Google's Gemini as far as pictures go: `generateContent` and the description of a model, with the checks and the errors of the
//! real one ([reference](https://ai.google.dev/api/generate-content)).
//!
//! It makes no difference between a good and a bad prompt: what it refuses is told by [`blocked`] and [`finished`].

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Fault;
use crate::picture::{Kind, begins_as, picture};

/// Bytes of a whole request that it takes.
const MOST: usize = 20_000_000;
const MODELS: [&str; 4] =
    ["gemini-3-pro-image", "gemini-3.1-flash-image", "gemini-3.1-flash-lite-image", "gemini-2.5-flash-image"];
const RATIOS: [&str; 10] = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"];

/// What it was asked for.
#[derive(Clone)]
pub struct Seen {
    /// The model.
    pub model: String,
    /// The words.
    pub prompt: String,
    /// The pictures' files.
    pub pictures: Vec<Vec<u8>>,
    /// The shape, such as `4:5`.
    pub aspect: Option<String>,
    /// The size, such as `1K`.
    pub size: Option<String>,
}

/// A picture that it is told to show: a media type and a file.
pub type Shown = (&'static str, Vec<u8>);

/// The stand-in.
#[derive(Clone)]
pub struct Gemini {
    key: String,
    /// Whether pictures are small whatever was asked for, so that a thousand cost nothing.
    small: bool,
    seen: Arc<Mutex<Vec<Seen>>>,
    made: Arc<Mutex<u64>>,
    shows: Arc<Mutex<VecDeque<Shown>>>,
}

impl Gemini {
    /// One that knows this key.
    pub fn new(key: &str) -> Self {
        Gemini {
            key: key.to_owned(),
            small: false,
            seen: Arc::default(),
            made: Arc::default(),
            shows: Arc::default(),
        }
    }

    /// The same with pictures of few pixels, whatever was asked for.
    #[must_use]
    pub fn with_small_pictures(self) -> Self {
        Gemini { small: true, ..self }
    }

    /// The next answers show these pictures instead of its own: a media type and a file each.
    pub fn show(&self, pictures: impl IntoIterator<Item = Shown>) {
        self.shows.lock().unwrap().extend(pictures);
    }

    /// Its routes.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/v1beta/models/{model}", get(describe).merge(post(generate)))
            // The same in the version that the SDK asks when it is not told another.
            .route("/v1/models/{model}", get(describe).merge(post(generate)))
            .layer(DefaultBodyLimit::max(MOST + 1))
            .with_state(self.clone())
    }

    /// What it was asked for and has answered with a picture, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

// As [JSON of protobuf](https://protobuf.dev/programming-guides/json/) is read: names in either spelling, bytes in either alphabet.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    contents: Vec<Content>,
    #[serde(default, alias = "safety_settings")]
    safety_settings: Vec<SafetySetting>,
    #[serde(default, alias = "generation_config")]
    generation_config: GenerationConfig,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(default)]
    role: Option<String>,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Part {
    text: Option<String>,
    #[serde(alias = "inline_data")]
    inline_data: Option<Blob>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Blob {
    #[serde(alias = "mime_type")]
    mime_type: String,
    data: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SafetySetting {
    category: String,
    threshold: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct GenerationConfig {
    #[serde(alias = "candidate_count")]
    candidate_count: Option<u32>,
    #[serde(alias = "response_modalities")]
    response_modalities: Vec<String>,
    #[serde(alias = "image_config")]
    image_config: ImageConfig,
    seed: Option<i32>,
    temperature: Option<f32>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct ImageConfig {
    #[serde(alias = "aspect_ratio")]
    aspect_ratio: Option<String>,
    #[serde(alias = "image_size")]
    image_size: Option<String>,
    #[serde(alias = "person_generation")]
    person_generation: Option<String>,
}

/// A request that is turned away.
struct Wrong(StatusCode, Value);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

fn invalid(message: &str) -> Wrong {
    Wrong(StatusCode::BAD_REQUEST, error_body(400, "INVALID_ARGUMENT", message, &[]))
}

async fn describe(
    State(standin): State<Gemini>,
    Path(model): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Wrong> {
    standin.check_key(&headers, query.as_deref())?;
    check_model(&model)?;
    Ok(Json(json!({
        "name": format!("models/{model}"),
        "version": "001",
        "displayName": model,
        "inputTokenLimit": 65_536,
        "outputTokenLimit": 32_768,
        "supportedGenerationMethods": ["generateContent", "countTokens", "batchGenerateContent"],
    })))
}

async fn generate(
    State(standin): State<Gemini>,
    Path(action): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    bytes: Bytes,
) -> Result<Json<Value>, Wrong> {
    let Some((model, "generateContent")) = action.split_once(':') else {
        return Err(Wrong(StatusCode::NOT_FOUND, error_body(404, "NOT_FOUND", "Method not found.", &[])));
    };
    standin.check_key(&headers, query.as_deref())?;
    check_model(model)?;
    if bytes.len() > MOST {
        return Err(invalid("Request payload size exceeds the limit: 20971520 bytes."));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(invalid("Invalid content type."));
    }
    let body: Body = serde_json::from_slice(&bytes)
        .map_err(|error| invalid(&format!("Invalid JSON payload received. {error}")))?;
    let seen = check(model, body)?;
    Ok(Json(standin.answer(seen)))
}

impl Gemini {
    fn check_key(&self, headers: &HeaderMap, query: Option<&str>) -> Result<(), Wrong> {
        let in_query = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("key=")));
        let in_header = headers.get("x-goog-api-key").and_then(|key| key.to_str().ok());
        match in_header.or(in_query) {
            Some(key) if key == self.key => Ok(()),
            Some(_) => {
                let info = json!({
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "API_KEY_INVALID",
                    "domain": "googleapis.com",
                    "metadata": { "service": "generativelanguage.googleapis.com" },
                });
                let message = "API key not valid. Please pass a valid API key.";
                Err(Wrong(StatusCode::BAD_REQUEST, error_body(400, "INVALID_ARGUMENT", message, &[info])))
            }
            None => {
                let message =
                    "Method doesn't allow unregistered callers (callers without established identity).";
                Err(Wrong(StatusCode::FORBIDDEN, error_body(403, "PERMISSION_DENIED", message, &[])))
            }
        }
    }

    fn answer(&self, seen: Seen) -> Value {
        let size = seen.size.clone().unwrap_or_else(|| "1K".to_owned());
        let size = size.as_str();
        let (width, height) =
            if self.small { small(seen.aspect.as_deref()) } else { pixels(seen.aspect.as_deref(), size) };
        let (pictures, words) = (seen.pictures.len() as u64, seen.prompt.len() as u64 / 4);
        let model = seen.model.clone();
        let number = {
            let mut made = self.made.lock().unwrap();
            *made += 1;
            *made
        };
        self.seen.lock().unwrap().push(seen);
        let shown = self.shows.lock().unwrap().pop_front();
        let (kind, file) = shown.map_or_else(
            || ("image/png", picture(Kind::Png, width, height, number)),
            |(kind, file)| (kind, file.into()),
        );
        let tokens = match size {
            "512" => 747,
            "2K" => 1680,
            "4K" => 2520,
            _ => 1120,
        };
        json!({
            "candidates": [{
                "content": {
                    "parts": [{ "inlineData": { "mimeType": kind, "data": STANDARD.encode(file) } }],
                    "role": "model",
                },
                "finishReason": "STOP",
                "index": 0,
            }],
            "usageMetadata": {
                "promptTokenCount": words + 258 * pictures,
                "candidatesTokenCount": tokens,
                "totalTokenCount": words + 258 * pictures + tokens,
                "promptTokensDetails": [
                    { "modality": "TEXT", "tokenCount": words },
                    { "modality": "IMAGE", "tokenCount": 258 * pictures },
                ],
                "candidatesTokensDetails": [{ "modality": "IMAGE", "tokenCount": tokens }],
            },
            "modelVersion": model,
            "responseId": format!("standin-{number}"),
        })
    }
}

fn check_model(model: &str) -> Result<(), Wrong> {
    if MODELS.contains(&model) {
        return Ok(());
    }
    let message = format!(
        "models/{model} is not found for API version v1beta, or is not supported for generateContent."
    );
    Err(Wrong(StatusCode::NOT_FOUND, error_body(404, "NOT_FOUND", &message, &[])))
}

fn check(model: &str, body: Body) -> Result<Seen, Wrong> {
    let Body { contents, safety_settings, generation_config } = body;
    let mut seen =
        Seen { model: model.to_owned(), prompt: String::new(), pictures: vec![], aspect: None, size: None };
    if contents.is_empty() {
        return Err(invalid("* GenerateContentRequest.contents: contents is not specified"));
    }
    for content in contents {
        if content.role.is_some_and(|role| role != "user" && role != "model") {
            return Err(invalid("Please use a valid role: user, model."));
        }
        for part in content.parts {
            match part {
                Part { text: Some(text), inline_data: None } => seen.prompt.push_str(&text),
                Part { text: None, inline_data: Some(blob) } => seen.pictures.push(read_blob(&blob)?),
                _ => {
                    return Err(invalid("contents.parts must not be empty, and hold one kind of data each."));
                }
            }
        }
    }
    if seen.prompt.trim().is_empty() {
        return Err(invalid("contents.parts.text must not be empty."));
    }
    check_safety(&safety_settings)?;
    let GenerationConfig { candidate_count, response_modalities, image_config, seed: _, temperature } =
        generation_config;
    if candidate_count.is_some_and(|count| count != 1) {
        return Err(invalid("Multiple candidates is not enabled for this model"));
    }
    if temperature.is_some_and(|t| !(0.0..=2.0).contains(&t)) {
        return Err(invalid("temperature must be in the range [0.0, 2.0]."));
    }
    let modalities: Vec<_> = response_modalities.iter().map(|modality| modality.to_uppercase()).collect();
    if modalities.iter().any(|modality| modality != "TEXT" && modality != "IMAGE") {
        return Err(invalid("Model does not support the requested response modalities."));
    }
    if !modalities.is_empty() && !modalities.contains(&"IMAGE".to_owned()) {
        return Err(invalid("This stand-in makes pictures."));
    }
    check_image(model, &image_config)?;
    (seen.aspect, seen.size) = (image_config.aspect_ratio, image_config.image_size);
    Ok(seen)
}

fn read_blob(blob: &Blob) -> Result<Vec<u8>, Wrong> {
    let plain = blob.data.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes =
        STANDARD_NO_PAD.decode(plain).map_err(|_| invalid("Base64 decoding failed for \"inline_data\"."))?;
    if !begins_as(&bytes, &blob.mime_type) {
        return Err(invalid(&format!("Unable to process input image: not {}.", blob.mime_type)));
    }
    Ok(bytes)
}

fn check_safety(settings: &[SafetySetting]) -> Result<(), Wrong> {
    const CATEGORIES: [&str; 5] = [
        "HARM_CATEGORY_HARASSMENT",
        "HARM_CATEGORY_HATE_SPEECH",
        "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_DANGEROUS_CONTENT",
        "HARM_CATEGORY_CIVIC_INTEGRITY",
    ];
    const THRESHOLDS: [&str; 5] =
        ["BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"];
    let mut known = Vec::new();
    for SafetySetting { category, threshold } in settings {
        if !CATEGORIES.contains(&category.as_str()) || !THRESHOLDS.contains(&threshold.as_str()) {
            return Err(invalid("Invalid value at 'safety_settings'."));
        }
        if known.contains(&category) {
            return Err(invalid("Only one safety setting may be set per category."));
        }
        known.push(category);
    }
    Ok(())
}

fn check_image(model: &str, config: &ImageConfig) -> Result<(), Wrong> {
    let ImageConfig { aspect_ratio, image_size, person_generation } = config;
    if aspect_ratio.as_deref().is_some_and(|ratio| !RATIOS.contains(&ratio)) {
        return Err(invalid(
            "aspect_ratio must be one of '1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'.",
        ));
    }
    let sizes: &[&str] = match model {
        "gemini-2.5-flash-image" => &[],
        "gemini-3-pro-image" => &["1K", "2K", "4K"],
        _ => &["512", "1K", "2K", "4K"],
    };
    if image_size.as_deref().is_some_and(|size| !sizes.contains(&size)) {
        return Err(invalid("image_size is not supported by this model or not one of '1K', '2K', '4K'."));
    }
    if person_generation
        .as_deref()
        .is_some_and(|word| !["ALLOW_ALL", "ALLOW_ADULT", "ALLOW_NONE"].contains(&word))
    {
        return Err(invalid("Invalid value at 'generation_config.image_config.person_generation'."));
    }
    Ok(())
}

fn pixels(aspect: Option<&str>, size: &str) -> (u16, u16) {
    let (width, height) = match aspect.unwrap_or("1:1") {
        "2:3" => (848, 1264),
        "3:2" => (1264, 848),
        "3:4" => (896, 1200),
        "4:3" => (1200, 896),
        "4:5" => (928, 1152),
        "5:4" => (1152, 928),
        "9:16" => (768, 1376),
        "16:9" => (1376, 768),
        "21:9" => (1584, 672),
        _ => (1024, 1024),
    };
    match size {
        "512" => (width / 2, height / 2),
        "2K" => (width * 2, height * 2),
        "4K" => (width * 4, height * 4),
        _ => (width, height),
    }
}

fn small(aspect: Option<&str>) -> (u16, u16) {
    let (width, height) = pixels(aspect, "1K");
    (width / 8, height / 8)
}

fn error_body(code: u16, status: &str, message: &str, details: &[Value]) -> Value {
    let mut error = json!({ "code": code, "message": message, "status": status });
    if !details.is_empty() {
        error["details"] = details.into();
    }
    json!({ "error": error })
}

/// An error as the vendor writes it.
pub fn error(code: u16, status: &str, message: &str, details: &[Value]) -> Fault {
    Fault::status(code, error_body(code, status, message, details).to_string())
}

/// It is overloaded.
pub fn overloaded() -> Fault {
    error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.", &[])
}

/// Too many calls in a minute; come back after so many seconds.
pub fn too_many(seconds: u32) -> Fault {
    let retry =
        json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}s") });
    error(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota.",
        &[quota("GenerateRequestsPerMinutePerProjectPerModel"), retry],
    )
}

/// What was paid for today is spent.
pub fn spent() -> Fault {
    error(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota.",
        &[quota("GenerateRequestsPerDayPerProjectPerModel")],
    )
}

fn quota(id: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{ "quotaMetric": "generativelanguage.googleapis.com/generate_requests", "quotaId": id }],
    })
}

/// The prompt was not let through.
pub fn blocked(reason: &str) -> Fault {
    let usage = json!({ "promptTokenCount": 100, "totalTokenCount": 100 });
    Fault::status(
        200,
        json!({ "promptFeedback": { "blockReason": reason }, "usageMetadata": usage }).to_string(),
    )
}

/// It stopped for this reason, without a picture and with these words.
pub fn finished(reason: &str, text: Option<&str>) -> Fault {
    let mut candidate = json!({ "finishReason": reason, "index": 0 });
    if let Some(text) = text {
        candidate["content"] = json!({ "parts": [{ "text": text }], "role": "model" });
    }
    let usage = json!({ "promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 120,
        "candidatesTokensDetails": [{ "modality": "TEXT", "tokenCount": 20 }] });
    let body = json!({ "candidates": [candidate], "usageMetadata": usage, "modelVersion": "standin", "responseId": "standin" });
    Fault::status(200, body.to_string())
}
