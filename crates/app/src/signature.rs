//! The signature of a webhook, by [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
//! `v1,` and the base64 of the HMAC-SHA256, under the endpoint's secret, of the message's id, the seconds since the
//! epoch and the body, with dots between.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::Timestamp;
use domain::webhook::WebhookSecret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The three headers of a message: `webhook-id`, `webhook-timestamp` and `webhook-signature`. `None` for a secret that is
/// not of the form `whsec_` and base64.
pub fn sign(
    secret: &WebhookSecret,
    id: &str,
    now: Timestamp,
    body: &str,
) -> Option<[(&'static str, String); 3]> {
    let key = STANDARD.decode(secret.expose().strip_prefix("whsec_")?).ok()?;
    let seconds = now.millis() / 1000;
    let signed = format!("{id}.{seconds}.{body}");
    let mac = Hmac::<Sha256>::new_from_slice(&key).ok()?.chain_update(signed);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    Some([
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_specifications_own_libraries() {
        // From the test of the reference implementations (libraries/*/standardwebhooks).
        let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
        let now = Timestamp::from_millis(1_614_265_330_999);
        let body = r#"{"test": 2432232314}"#;
        let [id, timestamp, signature] = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", now, body).unwrap();
        assert_eq!(id, ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek".into()));
        assert_eq!(timestamp, ("webhook-timestamp", "1614265330".into()));
        assert_eq!(
            signature,
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".into())
        );
    }

    #[test]
    fn a_secret_of_another_form_signs_nothing() {
        assert!(sign(&WebhookSecret::new("plain".into()), "a", Timestamp::EPOCH, "b").is_none());
        assert!(sign(&WebhookSecret::new("whsec_???".into()), "a", Timestamp::EPOCH, "b").is_none());
    }
}
