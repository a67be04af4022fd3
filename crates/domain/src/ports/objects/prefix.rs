//! What a listing or an erasure reaches: a class, an account of a class, or a generation. Whole ids only, so that
//! erasing one account can never touch another whose id begins alike.

use std::fmt;

use crate::ids::{AccountId, GenerationId};
use crate::object_key::{ObjectClass, ObjectKey};

/// Everything under a class, an account or a generation. Written with a final slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectPrefix {
    /// All objects of a class: `results/`.
    Class(ObjectClass),
    /// All objects of a class that belong to an account: `results/{account}/`.
    Account(ObjectClass, AccountId),
    /// All results or previews of a generation: `results/{account}/{generation}/`. No upload lies under one.
    Generation(ObjectClass, AccountId, GenerationId),
}

impl ObjectPrefix {
    /// The class of everything under it.
    pub const fn class(self) -> ObjectClass {
        match self {
            ObjectPrefix::Class(class)
            | ObjectPrefix::Account(class, _)
            | ObjectPrefix::Generation(class, ..) => class,
        }
    }

    /// Whether an object lies under it.
    pub fn contains(self, key: ObjectKey) -> bool {
        let class = key.class() == self.class();
        match (self, key) {
            (ObjectPrefix::Class(_), _) => class,
            (ObjectPrefix::Account(_, account), _) => class && key.account() == account,
            (ObjectPrefix::Generation(_, account, generation), ObjectKey::Result(a, g, _))
            | (ObjectPrefix::Generation(_, account, generation), ObjectKey::Preview(a, g, _)) => {
                class && a == account && g == generation
            }
            (ObjectPrefix::Generation(..), ObjectKey::Upload(..) | ObjectKey::Archive(_)) => false,
        }
    }
}

impl fmt::Display for ObjectPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectPrefix::Class(class) => f.write_str(class.prefix()),
            ObjectPrefix::Account(class, account) => write!(f, "{}{account}/", class.prefix()),
            ObjectPrefix::Generation(class, account, generation) => {
                write!(f, "{}{account}/{generation}/", class.prefix())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::PhotoId;
    use crate::time::Timestamp;

    proptest! {
        #[test]
        fn a_key_lies_under_a_prefix_exactly_when_its_text_does(a in 0u8..3, g in 0u8..3, b in 0u8..3, h in 0u8..3, n: u8) {
            let account = |of| AccountId::new(Timestamp::EPOCH, [of; 10]);
            let generation = |of| GenerationId::new(Timestamp::EPOCH, [of; 10]);
            for class in ObjectClass::ALL {
                let prefixes = [
                    ObjectPrefix::Class(class),
                    ObjectPrefix::Account(class, account(a)),
                    ObjectPrefix::Generation(class, account(a), generation(g)),
                ];
                let keys = [
                    ObjectKey::Upload(account(b), PhotoId::new(Timestamp::EPOCH, [h; 10])),
                    ObjectKey::Result(account(b), generation(h), n),
                    ObjectKey::Preview(account(b), generation(h), n),
                    ObjectKey::Archive(account(b)),
                ];
                for prefix in prefixes {
                    for key in keys {
                        // A photo may have a generation's random bits: it still lies under no generation.
                        let below = key.to_string().starts_with(&prefix.to_string())
                            && !matches!((prefix, key), (ObjectPrefix::Generation(..), ObjectKey::Upload(..)));
                        prop_assert_eq!(prefix.contains(key), below, "{} {}", prefix, key);
                    }
                }
            }
        }
    }
}
