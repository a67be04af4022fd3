//! OpenAI as far as image edits go, with the checks and the errors of the real one
//! ([reference](https://platform.openai.com/docs/api-reference/images/createEdit)).

use std::sync::{Arc, Mutex};

use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::Fault;
use crate::picture::{Kind, begins_as, picture};

const MODELS: [&str; 11] = [
    "gpt-image-1-mini",
    "gpt-image-1.5",
    "gpt-image-2",
    "gpt-image-2-2026-04-21",
    "gpt-image-2.5-sunburst",
    "gpt-image-2.5-sunburst-2026-09-08",
    "gpt-image-2.5-flare",
    "gpt-image-2.5-flare-2026-09-08",
    "gpt-image-2.6-sunburst",
    "gpt-image-2.6-flare",
    "chatgpt-image-latest",
];

/// What it was asked for.
#[derive(Clone, Default)]
pub struct Seen {
    /// Each field but the pictures, by its name.
    pub fields: Vec<(String, String)>,
    /// The pictures' files.
    pub pictures: Vec<Vec<u8>>,
}

impl Seen {
    /// A field's text.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The stand-in.
#[derive(Clone)]
pub struct OpenAi {
    key: String,
    small: bool,
    seen: Arc<Mutex<Vec<Seen>>>,
    made: Arc<Mutex<u64>>,
}

impl OpenAi {
    /// One that knows this key.
    pub fn new(key: &str) -> Self {
        OpenAi { key: key.to_owned(), small: false, seen: Arc::default(), made: Arc::default() }
    }

    /// The same with pictures of few pixels, whatever was asked for.
    #[must_use]
    pub fn with_small_pictures(self) -> Self {
        OpenAi { small: true, ..self }
    }

    /// Its routes.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/v1/images/edits", post(edit))
            .route("/v1/models/{model}", get(describe))
            .layer(DefaultBodyLimit::max(200_000_000))
            .with_state(self.clone())
    }

    /// What it was asked for and has answered with a picture, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn check_key(&self, headers: &HeaderMap) -> Result<(), Wrong> {
        let said =
            headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match said.strip_prefix("Bearer ") {
            Some(key) if key == self.key => Ok(()),
            Some(key) => {
                let start: String = key.chars().take(4).collect();
                let message = format!(
                    "Incorrect API key provided: {start}****. You can find your API key at your account."
                );
                Err(Wrong::of(401, &message, None, Some("invalid_api_key")))
            }
            None => Err(Wrong::of(401, "You didn't provide an API key.", None, None)),
        }
    }
}

/// A request that is turned away.
struct Wrong(StatusCode, Value);

impl Wrong {
    fn of(status: u16, message: &str, param: Option<&str>, code: Option<&str>) -> Wrong {
        Wrong(
            StatusCode::from_u16(status).unwrap(),
            error_body(message, "invalid_request_error", param, code),
        )
    }

    fn value(param: &str, message: &str) -> Wrong {
        Wrong::of(400, message, Some(param), Some("invalid_value"))
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, [("x-request-id", "req_standin")], Json(self.1)).into_response()
    }
}

fn error_body(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
}

async fn describe(
    State(standin): State<OpenAi>,
    Path(model): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Wrong> {
    standin.check_key(&headers)?;
    check_model(&model)?;
    Ok(Json(json!({ "id": model, "object": "model", "created": 1_780_000_000, "owned_by": "system" })))
}

fn check_model(model: &str) -> Result<(), Wrong> {
    if MODELS.contains(&model) {
        return Ok(());
    }
    let message = format!("The model '{model}' does not exist or you do not have access to it.");
    Err(Wrong::of(404, &message, Some("model"), Some("model_not_found")))
}

async fn edit(
    State(standin): State<OpenAi>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<([(&'static str, String); 1], Json<Value>), Wrong> {
    standin.check_key(&headers)?;
    let seen = read(form).await?;
    check(&seen)?;
    Ok(standin.answer(seen))
}

async fn read(mut form: Multipart) -> Result<Seen, Wrong> {
    const FIELDS: [&str; 13] = [
        "prompt",
        "model",
        "n",
        "size",
        "quality",
        "background",
        "output_format",
        "output_compression",
        "input_fidelity",
        "safety_identifier",
        "user",
        "stream",
        "partial_images",
    ];
    let broken = |_| Wrong::of(400, "Could not parse multipart form", None, None);
    let mut seen = Seen::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "image" || name == "image[]" {
            if field.file_name().is_none() {
                return Err(Wrong::value("image", "Invalid file: expected a file."));
            }
            let kind = field.content_type().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(broken)?;
            if bytes.len() >= 50_000_000 {
                return Err(Wrong::of(400, "Image too large.", Some("image"), Some("image_too_large")));
            }
            if !begins_as(&bytes, &kind) {
                let message = format!("Invalid file 'image': unsupported mimetype ('{kind}').");
                return Err(Wrong::of(400, &message, Some("image"), Some("unsupported_file_mimetype")));
            }
            seen.pictures.push(bytes.to_vec());
        } else if FIELDS.contains(&name.as_str()) {
            if seen.field(&name).is_some() {
                return Err(Wrong::of(
                    400,
                    &format!("Duplicate parameter: '{name}'."),
                    Some(&name),
                    Some("duplicate_parameter"),
                ));
            }
            let text = field.text().await.map_err(broken)?;
            seen.fields.push((name, text));
        } else {
            return Err(Wrong::of(
                400,
                &format!("Unknown parameter: '{name}'."),
                Some(&name),
                Some("unknown_parameter"),
            ));
        }
    }
    Ok(seen)
}

fn check(seen: &Seen) -> Result<(), Wrong> {
    let required = |name: &str| {
        Wrong::of(
            400,
            &format!("Missing required parameter: '{name}'."),
            Some(name),
            Some("missing_required_parameter"),
        )
    };
    if seen.pictures.is_empty() {
        return Err(required("image"));
    }
    if seen.pictures.len() > 16 {
        return Err(Wrong::value(
            "image",
            "Invalid 'image': array too long. Expected an array with maximum length 16.",
        ));
    }
    let prompt = seen.field("prompt").ok_or_else(|| required("prompt"))?;
    if prompt.trim().is_empty() || prompt.chars().count() > 32_000 {
        return Err(Wrong::value("prompt", "Invalid 'prompt': expected a string of 1 to 32000 characters."));
    }
    let model = seen.field("model").unwrap_or("gpt-image-2.5-sunburst");
    check_model(model)?;
    let number = |name: &str, low: u32, high: u32| match seen.field(name).map(str::parse::<u32>) {
        None => Ok(()),
        Some(Ok(n)) if (low..=high).contains(&n) => Ok(()),
        Some(_) => {
            Err(Wrong::value(name, &format!("Invalid '{name}': expected an integer from {low} to {high}.")))
        }
    };
    number("n", 1, 10)?;
    number("output_compression", 0, 100)?;
    number("partial_images", 0, 3)?;
    one_of(seen, "background", &["transparent", "opaque", "auto"])?;
    one_of(seen, "output_format", &["png", "webp", "jpeg"])?;
    let newest = model.starts_with("gpt-image-2.5");
    let qualities: &[&str] = if newest {
        &["low", "medium", "high", "xhigh", "max", "auto"]
    } else {
        &["low", "medium", "high", "auto"]
    };
    one_of(seen, "quality", qualities)?;
    let format = seen.field("output_format").unwrap_or("png");
    if seen.field("output_compression").is_some() && format == "png" {
        return Err(Wrong::value(
            "output_compression",
            "Compression less than 100 is not supported for PNG output format.",
        ));
    }
    if seen.field("background") == Some("transparent") && format == "jpeg" {
        return Err(Wrong::value(
            "background",
            "Transparent background is not supported for JPEG output format.",
        ));
    }
    match (seen.field("input_fidelity"), model) {
        (None, _) | (Some("high" | "low"), "gpt-image-1.5") | (Some("low"), "gpt-image-1-mini") => {}
        _ => {
            let message = format!("The model '{model}' does not support the 'input_fidelity' parameter.");
            return Err(Wrong::of(
                400,
                &message,
                Some("input_fidelity"),
                Some("invalid_input_fidelity_model"),
            ));
        }
    }
    check_size(seen.field("size").unwrap_or("auto"), model)
}

fn one_of(seen: &Seen, name: &str, values: &[&str]) -> Result<(), Wrong> {
    match seen.field(name) {
        Some(value) if !values.contains(&value) => {
            let message = format!("Invalid value: '{value}'. Supported values are: {}.", values.join(", "));
            Err(Wrong::value(name, &message))
        }
        _ => Ok(()),
    }
}

fn sides(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

fn check_size(size: &str, model: &str) -> Result<(), Wrong> {
    let wrong = || Wrong::value("size", &format!("Invalid size '{size}' for this model."));
    if ["auto", "1024x1024", "1536x1024", "1024x1536"].contains(&size) {
        return Ok(());
    }
    let (width, height) = sides(size).ok_or_else(wrong)?;
    let free =
        model.starts_with("gpt-image-2.5") || model == "gpt-image-2" || model.starts_with("gpt-image-2-");
    let shape = width <= 3 * height && height <= 3 * width;
    let large = width.max(height) <= 3840 && u64::from(width) * u64::from(height) <= 3840 * 2160;
    let enough = u64::from(width) * u64::from(height) >= 655_360;
    if free && width % 16 == 0 && height % 16 == 0 && shape && large && enough {
        Ok(())
    } else {
        Err(wrong())
    }
}

impl OpenAi {
    fn answer(&self, seen: Seen) -> ([(&'static str, String); 1], Json<Value>) {
        let size = seen.field("size").filter(|size| *size != "auto").unwrap_or("1024x1024").to_owned();
        let (width, height) = sides(&size).unwrap();
        let by = if self.small { 8 } else { 1 };
        let (width, height) = ((width / by) as u16, (height / by) as u16);
        let count: u64 = seen.field("n").map_or(1, |n| n.parse().unwrap());
        let format = seen.field("output_format").unwrap_or("png").to_owned();
        let kind = if format == "jpeg" { Kind::Jpeg } else { Kind::Png };
        let (images, words) =
            (seen.pictures.len() as u64 * 810, seen.field("prompt").unwrap_or_default().len() as u64 / 4);
        let quality =
            seen.field("quality").filter(|quality| *quality != "auto").unwrap_or("medium").to_owned();
        let first = {
            let mut made = self.made.lock().unwrap();
            *made += count;
            *made - count
        };
        self.seen.lock().unwrap().push(seen);
        let data: Vec<_> = (first..first + count)
            .map(|number| json!({ "b64_json": STANDARD.encode(picture(kind, width, height, number)) }))
            .collect();
        let made = count * 1568;
        let body = json!({
            "created": 1_795_600_800,
            "background": "opaque",
            "data": data,
            "output_format": format,
            "quality": quality,
            "size": size,
            "usage": {
                "input_tokens": images + words,
                "input_tokens_details": { "image_tokens": images, "text_tokens": words },
                "output_tokens": made,
                "output_tokens_details": { "image_tokens": made, "text_tokens": 0 },
                "total_tokens": images + words + made,
            },
        });
        ([("x-request-id", format!("req_standin_{first}"))], Json(body))
    }
}

/// An error as the vendor writes it.
pub fn error(status: u16, message: &str, kind: &str, code: Option<&str>) -> Fault {
    Fault::status(status, error_body(message, kind, None, code).to_string())
        .with("x-request-id", "req_standin")
}

/// It is overloaded.
pub fn overloaded() -> Fault {
    error(503, "The engine is currently overloaded, please try again later.", "server_error", None)
}

/// Too many calls in a minute; come back after so many seconds.
pub fn too_many(seconds: u32) -> Fault {
    error(429, "Rate limit reached for images per minute.", "requests", Some("rate_limit_exceeded"))
        .with("retry-after", &seconds.to_string())
}

/// What was paid for is spent.
pub fn spent() -> Fault {
    let message = "You exceeded your current quota, please check your plan and billing details.";
    error(429, message, "insufficient_quota", Some("insufficient_quota"))
}

/// The safety system says no.
pub fn blocked() -> Fault {
    let message = "Your request was rejected by the safety system.";
    error(400, message, "image_generation_user_error", Some("moderation_blocked"))
}
