//! Random tokens: sessions, API keys, reset links, and what is derived from them.
//!
//! A token has at least 256 bits of the operating system's randomness after a prefix that says what it is. Only the
//! SHA-256 of the whole text is kept. An API key ends in a checksum, as
//! [GitHub's tokens](https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/)
//! do: a scanner that finds `cs_live_` and 49 letters and digits knows a leaked key from a chance likeness, and a
//! mistyped key is told from an unknown one without a look at the database.
//!
//! ```text
//! cs_sess_  43 characters of base64url
//! cs_reset_ 43 characters of base64url
//! cs_live_  43 characters of base 62, then the CRC-32 of all before it in 6
//! ```

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::account::Email;
use domain::digest::{Digest, SecretDigest};
use domain::guessing::{CountedBy, Limit, network};
use domain::ports::identity::{Issued, RandomnessError, TokenKind, Tokens};
use domain::secret::Secret;
use domain::throttle::ThrottleKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const SESSION_PREFIX: &str = "cs_sess_";
const RESET_PREFIX: &str = "cs_reset_";
const API_KEY_PREFIX: &str = "cs_live_";
/// Characters after the prefix, checksum not counted: 256 bits in base64url, and in base 62.
const RANDOM_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;
/// Random characters of an API key that its hint shows.
const HINT_CHARS: usize = 4;
const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Names the use of the session's token as an HMAC key.
const CSRF_PURPOSE: &[u8] = b"covershots csrf 1";
const THROTTLE_PURPOSE: &[u8] = b"covershots throttle 1";
const CSRF_BYTES: usize = 32;

/// Makes and recognises tokens.
#[derive(Clone)]
pub struct RandomTokens {
    throttle: Hmac<Sha256>,
}

impl RandomTokens {
    /// With the installation's secret, under which throttle counters are named. If it changes, only counts are lost.
    pub fn new(secret: &[u8; 32]) -> Self {
        RandomTokens { throttle: keyed(secret) }
    }
}

impl Tokens for RandomTokens {
    fn issue(&self, kind: TokenKind) -> Result<Issued, RandomnessError> {
        let token = match kind {
            TokenKind::Session => with_base64url(SESSION_PREFIX)?,
            TokenKind::Reset => with_base64url(RESET_PREFIX)?,
            TokenKind::ApiKey => api_key()?,
        };
        let hint = match kind {
            TokenKind::ApiKey => token.chars().take(API_KEY_PREFIX.len() + HINT_CHARS).collect(),
            TokenKind::Session | TokenKind::Reset => String::new(),
        };
        Ok(Issued { digest: digest(&token), hint, token: Secret::new(token.as_str()) })
    }

    fn recognise(&self, kind: TokenKind, presented: &str) -> Option<SecretDigest> {
        let well_formed = match kind {
            TokenKind::Session => is_base64url(presented.strip_prefix(SESSION_PREFIX)?),
            TokenKind::Reset => is_base64url(presented.strip_prefix(RESET_PREFIX)?),
            TokenKind::ApiKey => is_api_key(presented),
        };
        well_formed.then(|| digest(presented))
    }

    fn csrf(&self, session: &Secret) -> Result<Secret, RandomnessError> {
        let mut bytes = Zeroizing::new([0; 2 * CSRF_BYTES]);
        let (mask, masked) = bytes.split_at_mut(CSRF_BYTES);
        getrandom::fill(mask).map_err(|_| RandomnessError)?;
        let mac = csrf_mac(session).finalize().into_bytes();
        for ((masked, mask), mac) in masked.iter_mut().zip(&*mask).zip(mac) {
            *masked = mask ^ mac;
        }
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
    }

    fn csrf_matches(&self, session: &Secret, presented: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(presented) else { return false };
        let Some((mask, masked)) = bytes.split_at_checked(CSRF_BYTES) else { return false };
        let mac: Vec<u8> = mask.iter().zip(masked).map(|(mask, masked)| mask ^ masked).collect();
        // In constant time; a length that is not the HMAC's does not match.
        masked.len() == CSRF_BYTES && csrf_mac(session).verify_slice(&mac).is_ok()
    }

    fn throttle_key(&self, limit: &Limit, email: &Email, client: IpAddr) -> ThrottleKey {
        let (address, network) = (email.as_str(), network(client).to_string());
        let (by, address, network) = match limit.by {
            CountedBy::AddressAndNetwork => ("both", address, network.as_str()),
            CountedBy::Network => ("network", "", network.as_str()),
            CountedBy::Address => ("address", address, ""),
        };
        // An address has no line feed, so the lines say one thing only.
        let text = format!("{}\n{by}\n{}\n{address}\n{network}", limit.what, limit.rule.window.as_millis());
        let mac = self.throttle.clone().chain_update(THROTTLE_PURPOSE).chain_update(text);
        ThrottleKey(Digest::new(mac.finalize().into_bytes().into()))
    }
}

impl fmt::Debug for RandomTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RandomTokens(…)")
    }
}

fn digest(token: &str) -> SecretDigest {
    SecretDigest::new(Digest::new(Sha256::digest(token).into()))
}

fn keyed(secret: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC fills a key up with zeros to the hash's block (RFC 2104, 2).
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..secret.len()].copy_from_slice(secret);
    Hmac::new(&block)
}

/// The session's token is hashed to a key, so that a form's token says nothing about it.
fn csrf_mac(session: &Secret) -> Hmac<Sha256> {
    keyed(&Sha256::digest(session.expose()).into()).chain_update(CSRF_PURPOSE)
}

fn with_base64url(prefix: &str) -> Result<Zeroizing<String>, RandomnessError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|_| RandomnessError)?;
    let mut token = Zeroizing::new(String::with_capacity(prefix.len() + RANDOM_CHARS));
    token.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(bytes.as_slice(), &mut token);
    Ok(token)
}

fn is_base64url(random: &str) -> bool {
    random.len() == RANDOM_CHARS
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn api_key() -> Result<Zeroizing<String>, RandomnessError> {
    let length = API_KEY_PREFIX.len() + RANDOM_CHARS;
    let mut token = Zeroizing::new(String::with_capacity(length + CHECKSUM_CHARS));
    token.push_str(API_KEY_PREFIX);
    let mut bytes = Zeroizing::new([0; 64]);
    while token.len() < length {
        getrandom::fill(&mut *bytes).map_err(|_| RandomnessError)?;
        // Of 256 values 248 are four rounds of the alphabet; the rest are thrown away, or its beginning would come
        // more often than its end.
        let even = bytes.iter().filter(|byte| **byte < 248);
        let left = length - token.len();
        token.extend(even.take(left).map(|byte| char::from(BASE_62[usize::from(byte % 62)])));
    }
    let checksum = checksum(&token);
    token.push_str(&checksum);
    Ok(token)
}

fn is_api_key(presented: &str) -> bool {
    presented.len() == API_KEY_PREFIX.len() + RANDOM_CHARS + CHECKSUM_CHARS
        && presented.is_ascii()
        && presented.starts_with(API_KEY_PREFIX)
        && presented[API_KEY_PREFIX.len()..].bytes().all(|byte| byte.is_ascii_alphanumeric())
        && presented.ends_with(&checksum(&presented[..presented.len() - CHECKSUM_CHARS]))
}

/// The CRC-32 of a text in six characters of base 62.
fn checksum(text: &str) -> String {
    let crc = crc32fast::hash(text.as_bytes());
    (0..CHECKSUM_CHARS as u32)
        .rev()
        .map(|at| char::from(BASE_62[(crc / 62u32.pow(at) % 62) as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::guessing::{SIGN_IN, SIGN_UP};
    use proptest::prelude::*;

    use super::*;

    const KINDS: [TokenKind; 3] = [TokenKind::Session, TokenKind::ApiKey, TokenKind::Reset];

    fn tokens() -> RandomTokens {
        RandomTokens::new(&[7; 32])
    }

    #[test]
    fn a_token_is_recognised_as_what_it_is_and_nothing_else() {
        for kind in KINDS {
            let issued = tokens().issue(kind).unwrap();
            for other in KINDS {
                let recognised = tokens().recognise(other, issued.token.expose());
                assert_eq!(recognised, (other == kind).then_some(issued.digest), "{kind:?} as {other:?}");
            }
            assert_eq!(format!("{issued:?}").matches('…').count(), 1, "the digest");
            assert!(!format!("{issued:?}").contains(&issued.token.expose()[12..]));
        }
    }

    #[test]
    fn an_api_key_looks_as_scanners_are_told_and_its_hint_gives_little_away() {
        let issued = tokens().issue(TokenKind::ApiKey).unwrap();
        let key = issued.token.expose();
        assert_eq!(key.len(), 57);
        assert!(key.starts_with("cs_live_") && key[8..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(issued.hint, key[..12]);
    }

    #[test]
    fn the_checksum_is_the_crc_32_of_zip_and_png() {
        // The check value of CRC-32/ISO-HDLC: 0xcbf43926 for "123456789".
        let value = checksum("123456789").bytes().fold(0u64, |value, byte| {
            value * 62 + BASE_62.iter().position(|digit| *digit == byte).unwrap() as u64
        });
        assert_eq!(value, 0xcbf4_3926);
        assert_eq!(u32::MAX / 62u32.pow(5), 4, "six characters are enough");
    }

    #[test]
    fn a_mistyped_key_is_known_for_one_whatever_character_it_is() {
        let issued = tokens().issue(TokenKind::ApiKey).unwrap();
        let key = issued.token.expose();
        for at in 0..key.len() {
            for replacement in BASE_62 {
                let mut changed = key.as_bytes().to_vec();
                changed[at] = *replacement;
                let changed = String::from_utf8(changed).unwrap();
                let recognised = tokens().recognise(TokenKind::ApiKey, &changed);
                assert_eq!(recognised.is_some(), changed == key, "{at}");
            }
        }
        for swapped in 8..key.len() - 1 {
            let mut changed = key.as_bytes().to_vec();
            changed.swap(swapped, swapped + 1);
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(tokens().recognise(TokenKind::ApiKey, &changed).is_some(), changed == key);
        }
    }

    #[test]
    fn no_two_tokens_are_alike_and_every_character_comes_up() {
        let keys: Vec<_> = (0..2_000).map(|_| tokens().issue(TokenKind::ApiKey).unwrap()).collect();
        let different: HashSet<&str> = keys.iter().map(|key| key.token.expose()).collect();
        assert_eq!(different.len(), keys.len());
        // 86,000 draws from 62: each is expected 1387 times, with a deviation of 37. Seven deviations do not happen.
        for digit in BASE_62 {
            let random = keys.iter().flat_map(|key| key.token.expose().as_bytes()[8..51].iter());
            let count = random.filter(|byte| *byte == digit).count();
            assert!((1_128..1_646).contains(&count), "{} came {count} times", char::from(*digit));
        }
    }

    #[test]
    fn a_form_is_bound_to_its_session_and_looks_different_each_time() {
        let tokens = tokens();
        let session = tokens.issue(TokenKind::Session).unwrap().token;
        let other = tokens.issue(TokenKind::Session).unwrap().token;
        let (one, two) = (tokens.csrf(&session).unwrap(), tokens.csrf(&session).unwrap());
        assert_ne!(one.expose(), two.expose());
        assert!(tokens.csrf_matches(&session, one.expose()) && tokens.csrf_matches(&session, two.expose()));
        assert!(!tokens.csrf_matches(&other, one.expose()));
        // The halves of two tokens do not make a third.
        let mixed = format!("{}{}", &one.expose()[..43], &two.expose()[43..]);
        assert!(!tokens.csrf_matches(&session, &mixed));
        for bad in [
            "",
            "AAAA",
            &one.expose()[..85],
            &format!("{}AAAA", one.expose()),
            &"A".repeat(86),
            session.expose(),
        ] {
            assert!(!tokens.csrf_matches(&session, bad), "{bad}");
        }
    }

    #[test]
    fn what_is_counted_apart_has_keys_apart_and_none_shows_what_it_is_for() {
        let email = |text: &str| text.parse::<Email>().unwrap();
        let client = |text: &str| text.parse::<IpAddr>().unwrap();
        let (ann, ben) = (email("ann@photos.example"), email("ben@photos.example"));
        let (here, there) = (client("192.0.2.1"), client("192.0.2.2"));
        let mut keys = HashSet::new();
        for limit in SIGN_IN.iter().chain(&SIGN_UP) {
            let key = |email, client| tokens().throttle_key(limit, email, client);
            let by_address = !matches!(limit.by, CountedBy::Network);
            let by_network = !matches!(limit.by, CountedBy::Address);
            assert_eq!(key(&ann, here) != key(&ben, here), by_address);
            assert_eq!(key(&ann, here) != key(&ann, there), by_network);
            assert!(keys.insert(key(&ann, here)), "two limits share a counter");
            let elsewhere = RandomTokens::new(&[8; 32]).throttle_key(limit, &ann, here);
            assert_ne!(key(&ann, here), elsewhere, "another installation counts under other keys");
        }
        let (inside, also) = (client("2001:db8:1:2:aaaa::1"), client("2001:db8:1:2:bbbb::9"));
        assert_eq!(
            tokens().throttle_key(&SIGN_IN[3], &ann, inside),
            tokens().throttle_key(&SIGN_IN[3], &ann, also)
        );
    }

    #[test]
    fn the_hmac_is_that_of_the_standard() {
        // RFC 4231, test case 2 has a short key; ours are 32 bytes, so: Python's hmac over 32 bytes of 7 and "abc".
        let mac = keyed(&[7; 32]).chain_update(b"abc").finalize().into_bytes();
        assert_eq!(
            Digest::new(mac.into()).to_string(),
            "127da4ced6a839b8f6118bc244684d2663e70cb5ff0adeefca89d7e74d5a0525"
        );
    }

    proptest! {
        #[test]
        fn no_text_is_taken_for_a_token_by_chance(text in "(cs_live_|cs_sess_|cs_reset_|)[0-9A-Za-zé_-]{0,60}") {
            prop_assert_eq!(tokens().recognise(TokenKind::ApiKey, &text), None);
            let long_enough = text.starts_with("cs_sess_") && text.len() == 51 && text.is_ascii();
            prop_assert_eq!(tokens().recognise(TokenKind::Session, &text).is_some(), long_enough);
        }
    }
}
