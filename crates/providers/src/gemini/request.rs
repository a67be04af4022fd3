//! What is sent: the words, then the pictures, in the order in which the words speak of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ports::provider::{Background, Options, Picture, Request};
use serde::Serialize;

use super::Safety;
use super::models::Model;

/// Bytes of a whole request: the API takes 20 MB.
const MOST: usize = 19_000_000;

const CATEGORIES: [&str; 4] = [
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    contents: [Content<'a>; 1],
    safety_settings: [SafetySetting; 4],
    generation_config: GenerationConfig<'a>,
}

#[derive(Serialize)]
struct Content<'a> {
    role: &'static str,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Part<'a> {
    Text(&'a str),
    InlineData(Blob),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Blob {
    mime_type: &'static str,
    data: String,
}

#[derive(Serialize)]
struct SafetySetting {
    category: &'static str,
    threshold: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig<'a> {
    candidate_count: u32,
    response_modalities: [&'static str; 1],
    image_config: ImageConfig<'a>,
    seed: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageConfig<'a> {
    aspect_ratio: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_size: Option<&'a str>,
}

/// The pictures that go along: the person's photos, and behind them the background of their own, if it is a picture.
pub(super) fn pictures(request: &Request) -> Vec<Picture> {
    let mut pictures = request.photos.clone();
    if let Some(Background::Picture(background)) = &request.options.background {
        pictures.push(background.clone());
    }
    pictures
}

/// The request's body.
pub(super) fn body(
    prompt: &str,
    pictures: &[Picture],
    model: &Model,
    safety: Safety,
    options: &Options,
) -> Vec<u8> {
    let threshold = match safety {
        Safety::Strict => "BLOCK_LOW_AND_ABOVE",
        Safety::Medium => "BLOCK_MEDIUM_AND_ABOVE",
        Safety::Relaxed => "BLOCK_ONLY_HIGH",
    };
    let mut parts = vec![Part::Text(prompt)];
    let mut bytes = prompt.len();
    for picture in pictures {
        bytes += picture.bytes().len().div_ceil(3) * 4;
        // Photos are of a few hundred kilobytes; should they be too many all the same, the last stay at home.
        if bytes > MOST {
            break;
        }
        let data = STANDARD.encode(picture.bytes());
        parts.push(Part::InlineData(Blob { mime_type: picture.media_type.as_str(), data }));
    }
    let body = Body {
        contents: [Content { role: "user", parts }],
        safety_settings: CATEGORIES.map(|category| SafetySetting { category, threshold }),
        generation_config: GenerationConfig {
            candidate_count: 1,
            response_modalities: ["IMAGE"],
            image_config: ImageConfig {
                aspect_ratio: options.aspect.to_string(),
                image_size: model.size(options.aspect, options.long_side),
            },
            // The API's seed has 31 bits.
            seed: (options.seed & 0x7fff_ffff) as i32,
        },
    };
    // Texts and numbers alone can't fail to be written.
    serde_json::to_vec(&body).unwrap_or_default()
}
