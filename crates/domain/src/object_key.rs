//! Where an object lies in the storage. A key carries ids only, and follows from them: a retry overwrites its own
//! object, a prefix gathers all that belongs to an account, and retention is a rule on the first part.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ids::{AccountId, GenerationId, PhotoId};

/// What kind of object it is; each has a prefix and a retention rule of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectClass {
    /// A photo as it was uploaded, without its metadata.
    Upload,
    /// A full-resolution result.
    Result,
    /// The low-resolution picture of a result.
    Preview,
    /// Everything about a person in one file, made because they asked for it.
    Archive,
}

impl ObjectClass {
    /// Every class.
    pub const ALL: [ObjectClass; 4] =
        [ObjectClass::Upload, ObjectClass::Result, ObjectClass::Preview, ObjectClass::Archive];

    /// What its keys begin with, slash included.
    pub const fn prefix(self) -> &'static str {
        match self {
            ObjectClass::Upload => "uploads/",
            ObjectClass::Result => "results/",
            ObjectClass::Preview => "previews/",
            ObjectClass::Archive => "archives/",
        }
    }

    /// What the keys of one account begin with, slash included.
    pub fn account_prefix(self, account: AccountId) -> String {
        format!("{}{account}/", self.prefix())
    }
}

/// The name of one object in the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKey {
    /// `uploads/{account}/{photo}`.
    Upload(AccountId, PhotoId),
    /// `results/{account}/{generation}/{number}`.
    Result(AccountId, GenerationId, u8),
    /// `previews/{account}/{generation}/{number}`.
    Preview(AccountId, GenerationId, u8),
    /// `archives/{account}/everything`. There is one an account.
    Archive(AccountId),
}

/// The last part of an archive's key.
const EVERYTHING: &str = "everything";

impl ObjectKey {
    /// The class, and with it the retention rule.
    pub const fn class(&self) -> ObjectClass {
        match self {
            ObjectKey::Upload(..) => ObjectClass::Upload,
            ObjectKey::Result(..) => ObjectClass::Result,
            ObjectKey::Preview(..) => ObjectClass::Preview,
            ObjectKey::Archive(_) => ObjectClass::Archive,
        }
    }

    /// Whose object it is.
    pub const fn account(&self) -> AccountId {
        match *self {
            ObjectKey::Upload(account, _)
            | ObjectKey::Result(account, ..)
            | ObjectKey::Preview(account, ..)
            | ObjectKey::Archive(account) => account,
        }
    }
}

/// A text that names no object of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the key of an upload, a result, a preview or an archive")]
pub struct ObjectKeyError;

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.class().prefix())?;
        match self {
            ObjectKey::Upload(account, photo) => write!(f, "{account}/{photo}"),
            ObjectKey::Result(account, generation, number)
            | ObjectKey::Preview(account, generation, number) => {
                write!(f, "{account}/{generation}/{number}")
            }
            ObjectKey::Archive(account) => write!(f, "{account}/{EVERYTHING}"),
        }
    }
}

impl FromStr for ObjectKey {
    type Err = ObjectKeyError;

    fn from_str(text: &str) -> Result<Self, ObjectKeyError> {
        let bad = |_| ObjectKeyError;
        let (class, rest) = ObjectClass::ALL
            .into_iter()
            .find_map(|class| Some((class, text.strip_prefix(class.prefix())?)))
            .ok_or(ObjectKeyError)?;
        let (account, rest) = rest.split_once('/').ok_or(ObjectKeyError)?;
        let account = account.parse().map_err(bad)?;
        match class {
            ObjectClass::Upload => return Ok(ObjectKey::Upload(account, rest.parse().map_err(bad)?)),
            ObjectClass::Archive if rest == EVERYTHING => return Ok(ObjectKey::Archive(account)),
            ObjectClass::Archive => return Err(ObjectKeyError),
            ObjectClass::Result | ObjectClass::Preview => {}
        }
        let (generation, digits) = rest.split_once('/').ok_or(ObjectKeyError)?;
        let generation = generation.parse().map_err(bad)?;
        let number: u8 = digits.parse().map_err(|_| ObjectKeyError)?;
        let key = match class {
            ObjectClass::Preview => ObjectKey::Preview(account, generation, number),
            _ => ObjectKey::Result(account, generation, number),
        };
        // One object has one key: "+1" and "01" are not other names of "1".
        if digits == number.to_string() { Ok(key) } else { Err(ObjectKeyError) }
    }
}

impl Serialize for ObjectKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn a_key_reads_back_and_stays_inside_its_account() {
        let account = AccountId::new(Timestamp::EPOCH, [1; 10]);
        let generation = GenerationId::new(Timestamp::EPOCH, [2; 10]);
        for key in [
            ObjectKey::Upload(account, PhotoId::new(Timestamp::EPOCH, [3; 10])),
            ObjectKey::Result(account, generation, 1),
            ObjectKey::Preview(account, generation, 12),
            ObjectKey::Archive(account),
        ] {
            assert_eq!(key.to_string().parse(), Ok(key));
            assert!(key.to_string().starts_with(&key.class().account_prefix(account)));
            assert_eq!(key.account(), account);
        }
        for bad in ["", "uploads/", "results/a/b/1", "other/x", "uploads/../x"] {
            assert_eq!(bad.parse::<ObjectKey>(), Err(ObjectKeyError), "{bad}");
        }
        assert_eq!(format!("archives/{account}/else").parse::<ObjectKey>(), Err(ObjectKeyError));
        assert_eq!(format!("results/{account}/{generation}/+1").parse::<ObjectKey>(), Err(ObjectKeyError));
        assert_eq!(format!("results/{account}/{generation}/1/2").parse::<ObjectKey>(), Err(ObjectKeyError));
    }
}
