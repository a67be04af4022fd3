//! Certificates and keys as far as content credentials need them: read from PEM, told by name, and the public key of one
//! ([RFC 5280](https://www.rfc-editor.org/rfc/rfc5280)). Who vouches for a certificate is not decided here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{self, VerificationAlgorithm};

/// Every block of a kind in a PEM file, in order.
pub(super) fn from_pem(text: &str, kind: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (format!("-----BEGIN {kind}-----"), format!("-----END {kind}-----"));
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&begin) {
        let (body, after) = after.split_once(&end)?;
        let body: String = body.split_whitespace().collect();
        found.push(STANDARD.decode(body).ok()?);
        rest = after;
    }
    (!found.is_empty()).then_some(found)
}

/// How signatures of a certificate's key are checked.
pub(super) struct PublicKey<'a> {
    pub(super) algorithm: &'static dyn VerificationAlgorithm,
    pub(super) key: &'a [u8],
}

/// The way a key stands in a certificate: what comes before it, its length, and how its signatures are checked.
type Known = (&'static [u8], usize, &'static dyn VerificationAlgorithm);

const KNOWN: [Known; 3] = [
    (
        b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00",
        65,
        &signature::ECDSA_P256_SHA256_FIXED,
    ),
    (
        b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00",
        97,
        &signature::ECDSA_P384_SHA384_FIXED,
    ),
    (b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 32, &signature::ED25519),
];

/// The public key of a certificate; `None` for one of a kind that is not known here.
pub(super) fn public_key(certificate: &[u8]) -> Option<PublicKey<'_>> {
    KNOWN.iter().find_map(|&(before, length, algorithm)| {
        let at = memchr::memmem::find(certificate, before)? + before.len();
        Some(PublicKey { algorithm, key: certificate.get(at..at + length)? })
    })
}

/// The name of whom a certificate is for: its common name, or else its organisation.
pub(super) fn subject(certificate: &[u8]) -> Option<String> {
    const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
    const ORGANISATION: &[u8] = b"\x06\x03\x55\x04\x0a";
    let (_, body, _) = element(certificate)?;
    let (_, mut rest, _) = element(body)?;
    let (tag, _, after) = element(rest)?;
    // Where there is no version, it begins with the serial number.
    if tag == 0xa0 {
        rest = after;
    }
    // Serial number, algorithm, issuer, validity.
    for _ in 0..4 {
        rest = element(rest)?.2;
    }
    let (_, subject, _) = element(rest)?;
    let named = |id: &[u8]| {
        let at = memchr::memmem::find(subject, id)? + id.len();
        let (_, text, _) = element(subject.get(at..)?)?;
        let text = String::from_utf8_lossy(text);
        Some(text.chars().filter(|c| !c.is_control()).take(100).collect::<String>())
    };
    named(COMMON_NAME).or_else(|| named(ORGANISATION))
}

/// Tag, content, and what follows, of an element in DER.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
