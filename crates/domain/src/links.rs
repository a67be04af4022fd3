//! Short-lived signed links: how a browser gets one picture without a look at the session.
//!
//! A link says who may do what with which object until when, and carries an HMAC-SHA256
//! ([RFC 2104](https://www.rfc-editor.org/rfc/rfc2104)) over all of it. Nothing is stored: a link is revoked by its
//! end, which is near, or by the object's going away. Two secrets are known at a time, so that one can be replaced
//! while links signed with the other live out their minutes.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::digest::Digest;
use crate::ids::AccountId;
use crate::object_key::ObjectKey;
use crate::time::Timestamp;

/// How long a link lasts at most; half of it at least.
pub const LINK_VALID_FOR: Duration = Duration::from_secs(10 * 60);

/// Names the format in what is signed, so that no other HMAC under the same secret can pass for a link.
const PURPOSE: &str = "covershots link 1";

/// What a link allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAction {
    /// Reading the object (GET and HEAD).
    Read,
    /// Storing the object (PUT).
    Write,
}

/// Who may do what with which object until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it allows.
    pub action: LinkAction,
    /// With which object.
    pub key: ObjectKey,
    /// For whom it was made.
    pub account: AccountId,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
}

impl Link {
    /// A link from now on for [`LINK_VALID_FOR`], or a little less: ends lie on whole halves of it, so that a page
    /// loaded twice within minutes names the same addresses and the browser's cache holds.
    pub fn new(action: LinkAction, key: ObjectKey, account: AccountId, now: Timestamp) -> Self {
        let step = LINK_VALID_FOR.as_millis() as u64 / 2;
        let expires_at = Timestamp::from_millis((now.millis() / step + 2) * step);
        Link { action, key, account, expires_at }
    }
}

/// Why a link is not honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It was once good.
    #[error("this link has expired: load the page again")]
    Expired,
    /// It never was: forged, changed, for something else, or signed with a secret long replaced.
    #[error("this link is not valid here")]
    Invalid,
}

/// Signs links and verifies them.
#[derive(Clone)]
pub struct LinkSigner {
    current: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
}

/// A secret too short to sign with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret for links has {0} bytes: it needs at least {min}", min = LinkSigner::MIN_SECRET_BYTES)]
pub struct LinkSecretError(usize);

impl LinkSigner {
    /// The fewest bytes of a secret: as many as the hash has.
    pub const MIN_SECRET_BYTES: usize = 32;

    /// Signs with `current`; what `previous` signed is still honoured, until it expires.
    ///
    /// # Errors
    /// A secret is too short.
    pub fn new(current: &[u8], previous: Option<&[u8]>) -> Result<Self, LinkSecretError> {
        Ok(LinkSigner { current: keyed(current)?, previous: previous.map(keyed).transpose()? })
    }

    /// The token to put into the link's query: `{account}.{expires}.{signature}`, fit for a URL as it is. Action and
    /// key are not in it: they are the request's method and path.
    pub fn sign(&self, link: &Link) -> String {
        let signature = Digest::new(over(&self.current, link).finalize().into_bytes().into());
        format!("{}.{}.{signature}", link.account, link.expires_at.millis())
    }

    /// Reads a token presented for an action on an object. The signature is looked at first, in constant time, so
    /// that only whoever once held a good link learns that it expired.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn verify(
        &self,
        action: LinkAction,
        key: ObjectKey,
        token: &str,
        now: Timestamp,
    ) -> Result<Link, LinkError> {
        let (link, signature) = parse(action, key, token).ok_or(LinkError::Invalid)?;
        // Both secrets are tried, so that the time does not tell which one signed.
        let matches = |secret: &Hmac<Sha256>| over(secret, &link).verify_slice(signature.bytes()).is_ok();
        let good = matches(&self.current) | self.previous.as_ref().is_some_and(matches);
        match good {
            false => Err(LinkError::Invalid),
            true if link.expires_at <= now => Err(LinkError::Expired),
            true => Ok(link),
        }
    }
}

impl fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSigner(…)")
    }
}

fn keyed(secret: &[u8]) -> Result<Hmac<Sha256>, LinkSecretError> {
    if secret.len() < LinkSigner::MIN_SECRET_BYTES {
        return Err(LinkSecretError(secret.len()));
    }
    Hmac::new_from_slice(secret).map_err(|_| LinkSecretError(secret.len()))
}

/// No field can hold a line feed, so the lines say one thing only.
fn over(secret: &Hmac<Sha256>, link: &Link) -> Hmac<Sha256> {
    let action = match link.action {
        LinkAction::Read => "read",
        LinkAction::Write => "write",
    };
    let text = format!("{PURPOSE}\n{action}\n{}\n{}\n{}", link.key, link.account, link.expires_at.millis());
    secret.clone().chain_update(text)
}

fn parse(action: LinkAction, key: ObjectKey, token: &str) -> Option<(Link, Digest)> {
    let (account, rest) = token.split_once('.')?;
    let (millis, signature) = rest.split_once('.')?;
    let expires_at = Timestamp::from_millis(millis.parse().ok()?);
    // One link, one text: "+5", "05" and what lies past the end of time are refused.
    if expires_at.millis().to_string() != millis {
        return None;
    }
    Some((Link { action, key, account: account.parse().ok()?, expires_at }, signature.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{GenerationId, PhotoId};

    const NOW: Timestamp = Timestamp::from_millis(1_795_468_216_789);

    fn account(of: u8) -> AccountId {
        AccountId::new(Timestamp::EPOCH, [of; 10])
    }

    fn photo() -> ObjectKey {
        ObjectKey::Upload(account(1), PhotoId::new(Timestamp::EPOCH, [2; 10]))
    }

    fn signer() -> LinkSigner {
        LinkSigner::new(&[7; 32], None).unwrap()
    }

    fn link() -> Link {
        Link::new(LinkAction::Read, photo(), account(1), NOW)
    }

    #[test]
    fn a_link_opens_what_it_was_signed_for_until_it_ends() {
        let (signer, link) = (signer(), link());
        let token = signer.sign(&link);
        let verify = |now| signer.verify(LinkAction::Read, photo(), &token, now);
        let last = Timestamp::from_millis(link.expires_at.millis() - 1);
        assert_eq!(verify(NOW), Ok(link));
        assert_eq!(verify(last), Ok(link));
        assert_eq!(verify(link.expires_at), Err(LinkError::Expired));
    }

    #[test]
    fn a_link_is_good_for_nothing_else() {
        let (signer, token) = (signer(), signer().sign(&link()));
        let number = |n| ObjectKey::Result(account(1), GenerationId::new(Timestamp::EPOCH, [2; 10]), n);
        let other = ObjectKey::Upload(account(2), PhotoId::new(Timestamp::EPOCH, [2; 10]));
        assert_eq!(signer.verify(LinkAction::Write, photo(), &token, NOW), Err(LinkError::Invalid));
        for key in [other, number(0)] {
            assert_eq!(signer.verify(LinkAction::Read, key, &token, NOW), Err(LinkError::Invalid));
        }
        let first = signer.sign(&Link { key: number(1), ..link() });
        assert_eq!(signer.verify(LinkAction::Read, number(11), &first, NOW), Err(LinkError::Invalid));
    }

    #[test]
    fn a_forged_link_is_never_told_that_it_expired() {
        let link = Link { expires_at: NOW - LINK_VALID_FOR, ..link() };
        let forged = LinkSigner::new(&[8; 32], None).unwrap().sign(&link);
        assert_eq!(signer().verify(LinkAction::Read, photo(), &forged, NOW), Err(LinkError::Invalid));
    }

    #[test]
    fn no_character_of_a_link_can_be_changed() {
        let (signer, token) = (signer(), signer().sign(&link()));
        for at in 0..token.len() {
            for replacement in "0179aAfFgz.+- %é".chars() {
                let mut changed: Vec<char> = token.chars().collect();
                if changed[at] == replacement {
                    continue;
                }
                changed[at] = replacement;
                let changed: String = changed.into_iter().collect();
                let verdict = signer.verify(LinkAction::Read, photo(), &changed, NOW);
                assert_eq!(verdict, Err(LinkError::Invalid), "{changed}");
            }
        }
        for changed in [format!("{token}0"), format!("{token}."), token[1..].into(), String::new()] {
            assert_eq!(signer.verify(LinkAction::Read, photo(), &changed, NOW), Err(LinkError::Invalid));
        }
    }

    #[test]
    fn a_secret_is_replaced_without_breaking_links_under_way() {
        let token = signer().sign(&link());
        let rotated = LinkSigner::new(&[9; 32], Some(&[7; 32])).unwrap();
        assert_eq!(rotated.verify(LinkAction::Read, photo(), &token, NOW), Ok(link()));
        assert_ne!(rotated.sign(&link()), token);
        let over = LinkSigner::new(&[9; 32], None).unwrap();
        assert_eq!(over.verify(LinkAction::Read, photo(), &token, NOW), Err(LinkError::Invalid));
    }

    #[test]
    fn a_short_secret_is_refused_and_none_is_printed() {
        assert!(LinkSigner::new(&[7; 31], None).is_err());
        assert!(LinkSigner::new(&[7; 32], Some(b"short")).is_err());
        assert_eq!(format!("{:?}", signer()), "LinkSigner(…)");
    }

    #[test]
    fn the_signature_is_the_hmac_of_the_lines() {
        // Computed apart, with Python's hmac module.
        let link = Link { expires_at: Timestamp::from_millis(1_000), ..link() };
        let token = signer().sign(&link);
        assert_eq!(
            token.rsplit('.').next(),
            Some("a7655d3a988cb01d421ab358fa8daf6ee74a32fa74ed3ea7b1442a7033fad455")
        );
    }

    proptest! {
        #[test]
        fn a_link_lasts_half_its_time_at_least_and_its_time_at_most(millis in 0u64..1 << 47) {
            let now = Timestamp::from_millis(millis);
            let left = Link::new(LinkAction::Read, photo(), account(1), now).expires_at.since(now);
            prop_assert!(left > LINK_VALID_FOR / 2 && left <= LINK_VALID_FOR);
        }
    }
}
