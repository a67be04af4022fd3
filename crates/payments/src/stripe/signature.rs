//! Whether Stripe sent a message: HMAC-SHA256 over time and raw body, <https://docs.stripe.com/webhooks#verify-manually>.

use std::time::Duration;

use domain::ports::payments::PaymentError;
use domain::secret::Secret;
use domain::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::config::StripeConfigError;

/// What clocks may differ by, and how late a message may be.
const TOLERANCE: Duration = Duration::from_secs(300);
/// Signatures that are looked at in one message.
const MAX_SIGNATURES: usize = 16;

/// The secrets of the endpoint.
pub(super) struct Secrets(Vec<Hmac<Sha256>>);

impl Secrets {
    /// Takes each secret whole: unlike others' it is no base64.
    pub(super) fn new(secrets: &[Secret]) -> Result<Self, StripeConfigError> {
        let keyed = |secret: &Secret| {
            let text = secret.expose();
            let good = text.starts_with("whsec_") && text.len() > "whsec_".len();
            good.then(|| Hmac::new_from_slice(text.as_bytes()).ok()).flatten()
        };
        let keys = secrets.iter().map(keyed).collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty());
        keys.map(Secrets).ok_or(StripeConfigError::WebhookSecret)
    }

    /// Whether one of the secrets signed this, and not long ago. All of them are tried with every signature, so that the time does
    /// not tell which one did.
    pub(super) fn verify(
        &self,
        headers: &[(&str, &str)],
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), PaymentError> {
        let header = headers.iter().find(|(name, _)| *name == "stripe-signature");
        let parts = header.ok_or(PaymentError::Invalid)?.1.split(',').map(str::trim);
        let mut time = None;
        let mut signatures = Vec::new();
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name {
                "t" if time.is_none() => time = Some(value),
                "v1" if signatures.len() < MAX_SIGNATURES => signatures.push(value),
                _ => {}
            }
        }
        let time = time.ok_or(PaymentError::Invalid)?;
        let seconds: u64 = time.parse().map_err(|_| PaymentError::Invalid)?;
        let sent = Timestamp::from_millis(seconds.saturating_mul(1000));
        let recent = now.since(sent) <= TOLERANCE && sent.since(now) <= TOLERANCE;
        let signed = signatures.iter().filter_map(|text| unhex(text)).fold(false, |good, signature| {
            self.0.iter().fold(good, |good, secret| {
                let over = secret.clone().chain_update(time).chain_update(".").chain_update(body);
                good | over.verify_slice(&signature).is_ok()
            })
        });
        if recent && signed { Ok(()) } else { Err(PaymentError::Invalid) }
    }
}

/// The bytes that 64 hexadecimal digits stand for.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const TIME: u64 = 1_795_468_216;

    fn now() -> Timestamp {
        Timestamp::from_millis(TIME * 1000)
    }

    fn sign(secret: &str, time: u64, body: &[u8]) -> String {
        let key = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let bytes = key.chain_update(format!("{time}.")).chain_update(body).finalize().into_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn verify(secrets: &[&str], header: &str, body: &[u8], now: Timestamp) -> bool {
        let secrets: Vec<_> = secrets.iter().map(|&secret| Secret::new(secret)).collect();
        Secrets::new(&secrets).unwrap().verify(&[("stripe-signature", header)], body, now).is_ok()
    }

    #[test]
    fn the_signature_is_that_of_the_documentation() {
        // Computed apart, with Python's hmac module.
        let known = "441438d2cc3611a7700ab52380d448fec7e7163053d12937b0a9bcdc74eecdeb";
        assert_eq!(sign("whsec_test", TIME, BODY), known);
        assert!(verify(&["whsec_test"], &format!("t={TIME},v1={known}"), BODY, now()));
    }

    #[test]
    fn only_what_a_secret_signed_lately_is_believed() {
        let good = format!("t={TIME},v1={}", sign("whsec_new", TIME, BODY));
        assert!(verify(&["whsec_new"], &good, BODY, now()));
        assert!(verify(&["whsec_old", "whsec_new"], &good, BODY, now()), "during a rotation");
        let both =
            format!("t={TIME},v1={},v1={}", sign("whsec_old", TIME, BODY), sign("whsec_new", TIME, BODY));
        assert!(verify(&["whsec_new"], &both, BODY, now()));
        assert!(verify(&["whsec_new"], &good, BODY, now() + TOLERANCE));
        assert!(verify(&["whsec_new"], &good, BODY, now() - TOLERANCE));
        let late = TOLERANCE + Duration::from_millis(1);
        let zero = "0".repeat(64);
        let other_time = good.replace(&TIME.to_string(), &(TIME + 1).to_string());
        for (why, header, body, at) in [
            ("late", good.as_str(), BODY, now() + late),
            ("early", &good, BODY, now() - late),
            ("another body", &good, br#"{"id":"evt_2"}"#, now()),
            ("another time", &other_time, BODY, now()),
            ("another secret", &format!("t={TIME},v1={}", sign("whsec_old", TIME, BODY)), BODY, now()),
            ("nothing", "", BODY, now()),
            ("no signature", &format!("t={TIME}"), BODY, now()),
            ("zeros", &format!("t={TIME},v1={zero}"), BODY, now()),
            ("the old scheme", &good.replace("v1=", "v0="), BODY, now()),
            ("no time", good.split_once(',').unwrap().1, BODY, now()),
        ] {
            assert!(!verify(&["whsec_new"], header, body, at), "{why}");
        }
    }

    #[test]
    fn a_secret_has_to_be_one() {
        for bad in [vec![], vec![Secret::new("whsec_")], vec![Secret::new("whsec_1"), Secret::new("sk_1")]] {
            assert!(Secrets::new(&bad).is_err());
        }
    }
}
