//! Typed ids: an account's id can't be passed where a photo's is asked for.
//!
//! An id is a [ULID](https://github.com/ulid/spec): 48 bits of milliseconds, then 80 bits of randomness, written
//! as 26 characters of Crockford's base 32. So ids sort by the time they were made, and a list of the newest
//! first is a walk along the primary key. They are written in lower case, and only that is read back, so that
//! one id has one text and one object key. Time and randomness come from the caller: the rules have neither.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::time::Timestamp;

/// The digits of Crockford's base 32: no i, l, o or u.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of an id as text.
const LENGTH: usize = 26;

/// A text that is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id: an id has 26 lower-case letters and digits, without i, l, o and u")]
pub struct IdError;

fn encode(value: u128) -> [u8; LENGTH] {
    std::array::from_fn(|i| DIGITS[(value >> (5 * (LENGTH - 1 - i)) & 31) as usize])
}

fn decode(text: &str) -> Result<u128, IdError> {
    // 26 digits hold 130 bits: the first may only be 0 to 7.
    if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
        return Err(IdError);
    }
    text.bytes().try_fold(0, |value: u128, byte| {
        let digit = DIGITS.iter().position(|&d| d == byte).ok_or(IdError)?;
        Ok(value << 5 | digit as u128)
    })
}

macro_rules! id {
    ($(#[$doc:meta] $name:ident)*) => { $(
        #[$doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// A new id, made at `now` with 80 bits of the caller's randomness.
            pub const fn new(now: Timestamp, entropy: [u8; 10]) -> Self {
                let [a, b, c, d, e, f, g, h, i, j] = entropy;
                let low = u128::from_be_bytes([0, 0, 0, 0, 0, 0, a, b, c, d, e, f, g, h, i, j]);
                $name((now.millis() as u128) << 80 | low)
            }

            /// When the id was made, by its maker's word.
            pub const fn made_at(self) -> Timestamp {
                Timestamp::from_millis((self.0 >> 80) as u64)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = encode(self.0);
                f.pad(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                decode(text).map($name)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )* };
}

id! {
    /// Names an account.
    AccountId
    /// Names a session; it is not the secret that opens it.
    SessionId
    /// Names an API key; it is not the secret.
    ApiKeyId
    /// Names a consent.
    ConsentId
    /// Names an uploaded photo.
    PhotoId
    /// Names a generation.
    GenerationId
    /// Names one claim of a generation by a worker.
    LeaseId
    /// Names a webhook endpoint.
    EndpointId
    /// Names an erasure and its receipt. It says nothing of the account that is gone.
    ErasureId
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_a_ulid_in_lower_case() {
        // The example of the ULID specification.
        let id: PhotoId = "01arz3ndektsv4rrffq69g5fav".parse().unwrap();
        assert_eq!(id.made_at().to_string(), "2016-07-30T23:54:10.259Z");
        assert_eq!(id.to_string(), "01arz3ndektsv4rrffq69g5fav");
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in
            ["", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "81arz3ndektsv4rrffq69g5fav", "01arz3ndektsv4rrffq69g5fau"]
        {
            assert_eq!(bad.parse::<PhotoId>(), Err(IdError), "{bad}");
        }
        assert_eq!("é1arz3ndektsv4rrffq69g5fa".parse::<PhotoId>(), Err(IdError));
    }

    proptest! {
        #[test]
        fn an_id_reads_back_and_sorts_by_time(a in 0u64..1 << 48, b in 0u64..1 << 48, x: [u8; 10], y: [u8; 10]) {
            let (first, second) =
                (AccountId::new(Timestamp::from_millis(a), x), AccountId::new(Timestamp::from_millis(b), y));
            prop_assert_eq!(first.to_string().parse(), Ok(first));
            prop_assert_eq!(first.made_at().millis(), a);
            prop_assert_eq!((a, x).cmp(&(b, y)), first.to_string().cmp(&second.to_string()));
            prop_assert_eq!(first.cmp(&second), first.to_string().cmp(&second.to_string()));
        }
    }
}
