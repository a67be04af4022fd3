//! What comes back, and whose turn it is: decided from the codes that the vendor documents
//! ([errors](https://platform.openai.com/docs/guides/error-codes)).

use std::borrow::Cow;

use domain::Timestamp;
use domain::attempt::AttemptCost;
use domain::ports::provider::{Outage, ProviderError};
use reqwest::header::HeaderMap;
use serde::Deserialize;

use crate::line::{unavailable, with_cost, words};
use crate::retry_after;
use crate::settings::{Price, Tokens};

/// A picture and what it took.
pub(super) struct Made<'a> {
    /// In base64.
    pub(super) pictures: Vec<Cow<'a, str>>,
    pub(super) cost: AttemptCost,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    data: Option<Vec<Image<'a>>>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Image<'a> {
    #[serde(borrow)]
    b64_json: Option<Text<'a>>,
}

/// A picture's text is as large as the rest together, so it stays where it is.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
    input_tokens_details: Details,
    output_tokens_details: Option<Details>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    text_tokens: u64,
    image_tokens: u64,
}

impl Usage {
    fn tokens(&self) -> Tokens {
        let image_in = self.input_tokens_details.image_tokens.min(self.input_tokens);
        // Without details it is all picture: that is what is dear.
        let text_out = self.output_tokens_details.as_ref().map_or(0, |details| details.text_tokens);
        let text_out = text_out.min(self.output_tokens);
        Tokens {
            text_in: self.input_tokens - image_in,
            image_in,
            text_out,
            image_out: self.output_tokens - text_out,
        }
    }
}

/// Reads an answer of status 200.
pub(super) fn read<'a>(body: &'a [u8], price: &Price) -> Result<Made<'a>, ProviderError> {
    let body: Body<'a> = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let detail =
            format!("its answer can't be read: {:?} at line {line} column {column}", error.classify());
        unavailable(Outage::Down, detail)
    })?;
    let cost = price.of(body.usage.unwrap_or_default().tokens());
    let images = body.data.unwrap_or_default().into_iter();
    let texts = images.filter_map(|image| image.b64_json).map(|text| text.0);
    let pictures: Vec<_> = texts.filter(|text| !text.is_empty()).collect();
    if pictures.is_empty() {
        return Err(with_cost(unavailable(Outage::Empty, "no picture"), cost));
    }
    Ok(Made { pictures, cost })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Failure {
    error: FailureBody,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FailureBody {
    message: Option<String>,
    r#type: Option<String>,
    param: Option<String>,
    code: Option<String>,
}

/// What an answer of another status than 200 means.
pub(super) fn failure(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> ProviderError {
    let error = serde_json::from_slice::<Failure>(body).unwrap_or_default().error;
    let code = error.code.or(error.r#type).unwrap_or_default();
    let said = words(error.message.as_deref().unwrap_or_default());
    let about = error.param.map_or_else(String::new, |param| format!(" ({})", words(&param)));
    // A wrong key is repeated in the message, most of it as stars: nothing of it belongs into a log.
    let said = if status == 401 { String::new() } else { said };
    let detail = format!("{status} {}{about}: {said}", words(&code)).trim_end_matches(": ").to_owned();
    let cause = match (status, code.as_str()) {
        (400, "moderation_blocked" | "content_policy_violation") => return refused(detail),
        (
            400 | 402 | 403 | 429,
            "insufficient_quota" | "billing_hard_limit_reached" | "billing_not_active",
        ) => Outage::Account,
        (401..=404, _) | (400, "invalid_api_key" | "model_not_found") => Outage::Account,
        (400 | 405 | 411 | 413 | 414 | 415 | 422, _) => return ProviderError::Invalid { detail },
        (409 | 429 | 503, _) => Outage::Busy,
        _ => Outage::Down,
    };
    let retry_after = retry_after::from_headers(headers, now);
    ProviderError::Unavailable { cause, retry_after, detail, cost: AttemptCost::default() }
}

fn refused(detail: String) -> ProviderError {
    let reason = "The service that makes the pictures declined for its safety rules. Another photo, style or note may be accepted.";
    ProviderError::Refused { reason: reason.to_owned(), detail, cost: AttemptCost::default() }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;

    const PRICE: Price = Price { text_in: 5.0, image_in: 8.0, text_out: 0.0, image_out: 30.0 };

    fn said(status: u16, kind: &str, code: Option<&str>) -> ProviderError {
        let body = json!({ "error": { "message": "As it is.", "type": kind, "param": null, "code": code } });
        failure(status, &HeaderMap::new(), body.to_string().as_bytes(), Timestamp::EPOCH)
    }

    fn outage(error: &ProviderError) -> Option<Outage> {
        match error {
            ProviderError::Unavailable { cause, .. } => Some(*cause),
            _ => None,
        }
    }

    #[test]
    fn moderation_is_a_refusal_with_words_for_the_person() {
        for code in ["moderation_blocked", "content_policy_violation"] {
            let error = said(400, "image_generation_user_error", Some(code));
            let ProviderError::Refused { reason, detail, .. } = error else { panic!("{error}") };
            assert!(reason.contains("declined") && detail.contains(code));
        }
    }

    #[test]
    fn a_wrong_request_is_ours() {
        for status in [400, 413, 415, 422] {
            let error = said(status, "invalid_request_error", Some("invalid_value"));
            assert!(matches!(error, ProviderError::Invalid { .. }), "{status}");
        }
    }

    #[test]
    fn a_wrong_or_spent_key_is_the_operator_s_and_is_not_repeated() {
        for (status, code) in [
            (401, "invalid_api_key"),
            (403, "unsupported_country_region_territory"),
            (404, "model_not_found"),
            (429, "insufficient_quota"),
            (429, "billing_hard_limit_reached"),
            (400, "billing_hard_limit_reached"),
        ] {
            assert_eq!(outage(&said(status, "x", Some(code))), Some(Outage::Account), "{status} {code}");
        }
        assert_eq!(outage(&said(429, "insufficient_quota", None)), Some(Outage::Account), "by its type");
        let body = json!({ "error": { "message": "Incorrect API key provided: sk-1*****9.", "code": "invalid_api_key" } });
        let error = failure(401, &HeaderMap::new(), body.to_string().as_bytes(), Timestamp::EPOCH);
        assert!(!error.to_string().contains("sk-1"), "{error}");
    }

    #[test]
    fn too_much_and_overload_pass_and_say_when() {
        for (status, code) in [(409, None), (429, Some("rate_limit_exceeded")), (503, None)] {
            assert_eq!(outage(&said(status, "requests", code)), Some(Outage::Busy), "{status}");
        }
        let millis = (HeaderName::from_static("retry-after-ms"), HeaderValue::from_static("1500"));
        let error = failure(429, &HeaderMap::from_iter([millis]), b"", Timestamp::EPOCH);
        let ProviderError::Unavailable { retry_after: Some(span), .. } = error else { panic!("{error}") };
        assert_eq!(span.as_millis(), 1500);
    }

    #[test]
    fn its_own_errors_pass_whatever_the_body_is() {
        for status in [408, 500, 502, 504, 520, 302] {
            assert_eq!(outage(&said(status, "server_error", None)), Some(Outage::Down), "{status}");
            let garbage = failure(status, &HeaderMap::new(), b"\xff<html>", Timestamp::EPOCH);
            assert_eq!(outage(&garbage), Some(Outage::Down), "{status}");
        }
    }

    #[test]
    fn an_answer_is_read_with_its_cost_and_one_without_a_picture_is_empty() {
        let usage = json!({
            "input_tokens": 1500, "input_tokens_details": { "image_tokens": 1000, "text_tokens": 500 },
            "output_tokens": 1568, "output_tokens_details": { "image_tokens": 1568, "text_tokens": 0 }, "total_tokens": 3068,
        });
        let body = json!({ "created": 1, "data": [{ "b64_json": "AAAA" }], "usage": usage });
        let text = body.to_string();
        let made = read(text.as_bytes(), &PRICE).ok().unwrap();
        assert_eq!(made.pictures, ["AAAA"]);
        let cost = AttemptCost { tokens_in: 1500, tokens_out: 1568, micro_dollars: 2500 + 8000 + 47_040 };
        assert_eq!(made.cost, cost);
        for data in
            [json!([]), json!(null), json!([{ "b64_json": "" }]), json!([{ "url": "https://example.com" }])]
        {
            let body = json!({ "created": 1, "data": data, "usage": usage });
            let error = read(body.to_string().as_bytes(), &PRICE).err().unwrap();
            let ProviderError::Unavailable { cause: Outage::Empty, cost: paid, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(paid, cost);
        }
        let garbage = read(b"<html>secret", &PRICE).err().unwrap();
        assert_eq!(outage(&garbage), Some(Outage::Down));
        assert!(!garbage.to_string().contains("secret"));
    }
}
