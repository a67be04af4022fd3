//! What comes back, and whose turn it is: decided from the codes that the vendor documents
//! ([errors](https://ai.google.dev/gemini-api/docs/troubleshooting),
//! [finish reasons](https://ai.google.dev/api/generate-content#FinishReason)).

use std::borrow::Cow;
use std::time::Duration;

use domain::Timestamp;
use domain::attempt::AttemptCost;
use domain::ports::provider::{Outage, ProviderError};
use reqwest::header::HeaderMap;
use serde::Deserialize;

use crate::line::{unavailable, with_cost, words};
use crate::retry_after;
use crate::settings::{Price, Tokens};

/// A picture and what is known of it.
pub(super) struct Made<'a> {
    /// In base64.
    pub(super) pictures: Vec<Cow<'a, str>>,
    pub(super) model: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) cost: AttemptCost,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Body<'a> {
    #[serde(borrow)]
    candidates: Vec<Candidate<'a>>,
    prompt_feedback: Option<PromptFeedback>,
    usage_metadata: Usage,
    model_version: Option<String>,
    response_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Candidate<'a> {
    #[serde(borrow)]
    content: Option<Content<'a>>,
    finish_reason: Option<String>,
    finish_message: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Content<'a> {
    #[serde(borrow)]
    parts: Vec<Part<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Part<'a> {
    /// A draft on the way to the picture.
    thought: bool,
    text: Option<String>,
    #[serde(borrow)]
    inline_data: Option<Blob<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Blob<'a> {
    /// As large as the rest together, so it stays where it is.
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PromptFeedback {
    block_reason: Option<String>,
    block_reason_message: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Usage {
    prompt_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: u64,
    prompt_tokens_details: Vec<ModalityCount>,
    candidates_tokens_details: Vec<ModalityCount>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ModalityCount {
    modality: String,
    token_count: u64,
}

impl Usage {
    fn tokens(&self) -> Tokens {
        let pictures = |details: &[ModalityCount]| {
            let images = details.iter().filter(|detail| detail.modality == "IMAGE");
            images.map(|detail| detail.token_count).fold(0, u64::saturating_add)
        };
        let image_in = pictures(&self.prompt_tokens_details).min(self.prompt_token_count);
        // Without details it is all picture: that is what is dear.
        let image_out = match &self.candidates_tokens_details[..] {
            [] => self.candidates_token_count,
            details => pictures(details).min(self.candidates_token_count),
        };
        Tokens {
            text_in: self.prompt_token_count - image_in,
            image_in,
            text_out: (self.candidates_token_count - image_out).saturating_add(self.thoughts_token_count),
            image_out,
        }
    }
}

/// Reads an answer of status 200.
pub(super) fn read<'a>(body: &'a [u8], price: &Price) -> Result<Made<'a>, ProviderError> {
    let body: Body<'a> = serde_json::from_slice(body).map_err(|error| {
        unavailable(Outage::Down, format!("its answer can't be read: {}", kind_of(&error)))
    })?;
    let cost = price.of(body.usage_metadata.tokens());
    if let Some(feedback) = body.prompt_feedback.filter(|feedback| feedback.block_reason.is_some()) {
        let code = feedback.block_reason.unwrap_or_default();
        return Err(refused(&code, feedback.block_reason_message.as_deref(), cost));
    }
    let mut pictures = Vec::new();
    let mut said = String::new();
    let mut ending = (String::new(), None);
    for candidate in body.candidates {
        ending = (candidate.finish_reason.unwrap_or_default(), candidate.finish_message);
        for part in candidate.content.unwrap_or_default().parts.into_iter().filter(|part| !part.thought) {
            pictures.extend(part.inline_data.map(|blob| blob.data));
            said.push_str(&part.text.unwrap_or_default());
        }
    }
    let (reason, message) = ending;
    if is_refusal(&reason) {
        return Err(refused(&reason, message.as_deref(), cost));
    }
    if reason == "PUP_LIMITED_DISABLED" {
        return Err(with_cost(unavailable(Outage::Account, reason), cost));
    }
    if pictures.is_empty() {
        let words = words(if said.is_empty() { message.as_deref().unwrap_or_default() } else { &said });
        return Err(with_cost(unavailable(Outage::Empty, format!("{reason}, no picture: {words}")), cost));
    }
    // One was asked for; of several drafts the last is the picture.
    let pictures = pictures.pop().into_iter().collect();
    Ok(Made { pictures, model: body.model_version, reference: body.response_id, cost })
}

/// Reasons to stop that mean the vendor's rules forbid it.
fn is_refusal(reason: &str) -> bool {
    matches!(
        reason,
        "SAFETY"
            | "RECITATION"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION"
            | "ESCALATION"
    )
}

fn refused(code: &str, message: Option<&str>, cost: AttemptCost) -> ProviderError {
    let reason = match code {
        "RECITATION" | "IMAGE_RECITATION" => {
            "The service that makes the pictures declined, since the result would have been too close to a known picture. Try another \
             style."
        }
        "LANGUAGE" => {
            "The service that makes the pictures does not know the language of your note. Write it in English."
        }
        "SPII" => {
            "The service that makes the pictures declined, since it saw something like an address or a number of a card. Use a photo \
             without writing."
        }
        _ => {
            "The service that makes the pictures declined for its safety rules. Another photo, style or note may be accepted."
        }
    };
    let detail = match message {
        Some(message) => format!("{code}: {}", words(message)),
        None => code.to_owned(),
    };
    ProviderError::Refused { reason: reason.to_owned(), detail, cost }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Failure {
    error: FailureBody,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FailureBody {
    message: String,
    status: String,
    details: Vec<Detail>,
}

/// One of several kinds of detail; each has some of these.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Detail {
    reason: String,
    retry_delay: Option<String>,
    violations: Vec<Violation>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Violation {
    quota_id: String,
}

/// What an answer of another status than 200 means.
pub(super) fn failure(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> ProviderError {
    let FailureBody { message, status: code, details } =
        serde_json::from_slice::<Failure>(body).unwrap_or_default().error;
    let detail = format!("{status} {code}: {}", words(&message));
    let has = |reason: &str| details.iter().any(|detail| detail.reason == reason);
    let a_day = |violation: &Violation| violation.quota_id.contains("PerDay");
    let spent = details.iter().flat_map(|detail| &detail.violations).any(a_day);
    let cause = match status {
        400 if has("API_KEY_INVALID") || has("API_KEY_SERVICE_BLOCKED") || code == "FAILED_PRECONDITION" => {
            Outage::Account
        }
        400 | 405 | 411 | 413 | 414 | 415 | 422 => return ProviderError::Invalid { detail },
        401..=404 => Outage::Account,
        429 if spent => Outage::Account,
        429 | 503 => Outage::Busy,
        _ => Outage::Down,
    };
    let delay = details.iter().find_map(|detail| retry_after::from_protobuf(detail.retry_delay.as_deref()?));
    let retry_after: Option<Duration> = delay.or_else(|| retry_after::from_headers(headers, now));
    ProviderError::Unavailable { cause, retry_after, detail, cost: AttemptCost::default() }
}

/// What is wrong with a text that is no JSON of the kind, without a word of what stands in it.
fn kind_of(error: &serde_json::Error) -> String {
    format!("{:?} at line {} column {}", error.classify(), error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderValue, RETRY_AFTER};
    use serde_json::{Value, json};

    use super::*;

    const PRICE: Price = Price { text_in: 0.5, image_in: 0.5, text_out: 3.0, image_out: 60.0 };

    fn said(status: u16, code: &str, details: Value) -> ProviderError {
        let body = json!({ "error": { "code": status, "message": "As it is.", "status": code, "details": details } });
        failure(status, &HeaderMap::new(), body.to_string().as_bytes(), Timestamp::EPOCH)
    }

    fn outage(error: &ProviderError) -> Option<Outage> {
        match error {
            ProviderError::Unavailable { cause, .. } => Some(*cause),
            _ => None,
        }
    }

    fn answered(body: Value) -> Result<Made<'static>, ProviderError> {
        read(body.to_string().leak().as_bytes(), &PRICE)
    }

    fn finished(reason: &str) -> ProviderError {
        let usage = json!({ "promptTokenCount": 1000, "candidatesTokenCount": 10,
            "candidatesTokensDetails": [{ "modality": "TEXT", "tokenCount": 10 }] });
        let candidate = json!({ "finishReason": reason, "content": { "parts": [{ "text": "I can't." }] } });
        answered(json!({ "candidates": [candidate], "usageMetadata": usage })).err().unwrap()
    }

    #[test]
    fn a_wrong_request_is_ours() {
        for status in [400, 413, 415] {
            assert!(
                matches!(said(status, "INVALID_ARGUMENT", json!([])), ProviderError::Invalid { .. }),
                "{status}"
            );
        }
    }

    #[test]
    fn a_wrong_or_spent_key_is_the_operator_s() {
        let invalid =
            json!([{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID" }]);
        assert_eq!(outage(&said(400, "INVALID_ARGUMENT", invalid)), Some(Outage::Account));
        assert_eq!(
            outage(&said(400, "FAILED_PRECONDITION", json!([]))),
            Some(Outage::Account),
            "no paid tier"
        );
        for (status, code) in
            [(401, "UNAUTHENTICATED"), (402, ""), (403, "PERMISSION_DENIED"), (404, "NOT_FOUND")]
        {
            assert_eq!(outage(&said(status, code, json!([]))), Some(Outage::Account), "{status}");
        }
        let a_day = json!([{ "violations": [{ "quotaId": "GenerateRequestsPerDayPerProjectPerModel" }] }]);
        assert_eq!(outage(&said(429, "RESOURCE_EXHAUSTED", a_day)), Some(Outage::Account));
        assert_eq!(outage(&finished("PUP_LIMITED_DISABLED")), Some(Outage::Account));
    }

    #[test]
    fn too_much_and_overload_pass_and_say_when() {
        let details = json!([{ "violations": [{ "quotaId": "GenerateRequestsPerMinute" }] }, { "retryDelay": "12.5s" }]);
        let busy = said(429, "RESOURCE_EXHAUSTED", details);
        let ProviderError::Unavailable { cause: Outage::Busy, retry_after, .. } = busy else {
            panic!("{busy}")
        };
        assert_eq!(retry_after, Some(Duration::from_millis(12_500)));
        assert_eq!(outage(&said(503, "UNAVAILABLE", json!([]))), Some(Outage::Busy));
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("3"))]);
        let error = failure(503, &headers, b"<html>", Timestamp::EPOCH);
        assert!(
            matches!(error, ProviderError::Unavailable { retry_after: Some(span), .. } if span.as_secs() == 3)
        );
    }

    #[test]
    fn its_own_errors_pass_whatever_the_body_is() {
        for status in [408, 500, 502, 504, 520, 301] {
            assert_eq!(outage(&said(status, "INTERNAL", json!([]))), Some(Outage::Down), "{status}");
            let garbage = failure(status, &HeaderMap::new(), b"\xff<html>", Timestamp::EPOCH);
            assert_eq!(outage(&garbage), Some(Outage::Down), "{status}");
        }
    }

    #[test]
    fn each_reason_of_safety_is_a_refusal_with_words_for_the_person() {
        let reasons = [
            "SAFETY",
            "RECITATION",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
            "ESCALATION",
        ];
        for reason in reasons {
            let ProviderError::Refused { reason: words, detail, cost } = finished(reason) else {
                panic!("{reason}")
            };
            assert!(words.contains("declined") && !words.contains(reason), "{words}");
            assert!(detail.starts_with(reason));
            assert_eq!(cost.micro_dollars, 500 + 30, "what it read and said is paid for");
        }
        for block in ["SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "OTHER", "LANGUAGE"] {
            let body = json!({ "promptFeedback": { "blockReason": block }, "usageMetadata": { "promptTokenCount": 4 } });
            assert!(matches!(answered(body), Err(ProviderError::Refused { .. })), "{block}");
        }
    }

    #[test]
    fn an_answer_without_a_picture_is_empty_and_paid_for() {
        for reason in ["STOP", "NO_IMAGE", "IMAGE_OTHER", "OTHER", "MAX_TOKENS", "MALFORMED_RESPONSE", ""] {
            let error = finished(reason);
            let ProviderError::Unavailable { cause: Outage::Empty, detail, cost, .. } = &error else {
                panic!("{reason}: {error}")
            };
            assert!(detail.contains("I can't."));
            assert_eq!(cost.tokens_in, 1000);
        }
        assert_eq!(answered(json!({})).err().as_ref().and_then(outage), Some(Outage::Empty));
        let drafts = json!({ "candidates": [{ "finishReason": "STOP", "content": { "parts": [
            { "thought": true, "inlineData": { "mimeType": "image/png", "data": "AAAA" } }] } }] });
        assert_eq!(
            answered(drafts).err().as_ref().and_then(outage),
            Some(Outage::Empty),
            "a draft is no picture"
        );
    }

    #[test]
    fn garbage_is_a_failure_of_theirs_and_nothing_of_it_is_repeated() {
        for body in [&b"<html>secret"[..], b"", b"[1,2]", b"{\"candidates\": 4}"] {
            let error = read(body, &PRICE).err().unwrap();
            assert_eq!(outage(&error), Some(Outage::Down));
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn the_picture_is_the_last_one_that_is_no_draft_and_its_cost_is_by_kind_of_token() {
        let blob = |data: &str| json!({ "inlineData": { "mimeType": "image/png", "data": data } });
        let made = answered(json!({
            "candidates": [{ "finishReason": "STOP", "content": { "parts": [
                { "text": "Here it is.", "thought": true }, blob("AAAA"), blob("BBBB")] } }],
            "usageMetadata": {
                "promptTokenCount": 1000, "candidatesTokenCount": 1120, "thoughtsTokenCount": 100,
                "promptTokensDetails": [{ "modality": "IMAGE", "tokenCount": 600 }],
                "candidatesTokensDetails": [{ "modality": "IMAGE", "tokenCount": 1120 }],
            },
            "modelVersion": "gemini-3.1-flash-image-001", "responseId": "abc",
        }))
        .ok()
        .unwrap();
        assert_eq!(made.pictures, ["BBBB"]);
        assert_eq!(
            (made.model.as_deref(), made.reference.as_deref()),
            (Some("gemini-3.1-flash-image-001"), Some("abc"))
        );
        assert_eq!(
            made.cost,
            AttemptCost { tokens_in: 1000, tokens_out: 1220, micro_dollars: 500 + 300 + 67_200 }
        );
    }
}
