//! An account: one person, or one program that speaks for a person.
//!
//! An address is compared in one normal form, so that `Ann@Example.org` does not get a second account
//! beside `ann@example.org`. Address and name have no Debug output: logs know accounts by id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::ids::AccountId;
use crate::retention::Period;
use crate::time::Timestamp;

/// A normalised email address: trimmed, in lower case, one `@`, at most 254 bytes (RFC 5321, 4.5.3.1.3).
///
/// Case in the local part is dropped: the standard allows it to matter, and no mail service that people use does.
/// Nothing else is folded: dots and `+tags` are the person's own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// A text that is not an address. It does not repeat the text: errors end up in logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an email address: write it like name@example.org")]
pub struct EmailError;

impl Email {
    /// The address in its normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        if text.len() > 1024 {
            return Err(EmailError);
        }
        let address = text.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@').ok_or(EmailError)?;
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@<>()[],;:\\\"".contains(c);
        let labels = || domain.split('.');
        let good = address.len() <= 254
            && (1..=64).contains(&local.len())
            && address.chars().filter(|&c| c == '@').count() == 1
            && local.chars().all(plain)
            && domain.chars().all(plain)
            && labels().count() >= 2
            && labels().all(|l| (1..=63).contains(&l.len()) && !l.starts_with('-') && !l.ends_with('-'));
        if good { Ok(Email(address)) } else { Err(EmailError) }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Runs the installation. The first account is one.
    Admin,
    /// Makes pictures of their own.
    Member,
}

/// The slow hash of a password, in the PHC string format with its salt and parameters. It prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash that was computed elsewhere.
    pub const fn new(phc: String) -> Self {
        PasswordHash(phc)
    }

    /// The hash, to store or to verify against.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// One person's place in the installation.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Names it everywhere.
    pub id: AccountId,
    /// Unique among accounts.
    pub email: Email,
    /// What the person wants to be called; may be empty.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// A shorter life for pictures than the installation's, when the person chose one.
    pub retention: Option<Period>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Account {
    /// The longest name, in characters.
    pub const NAME_LIMIT: usize = 200;
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_normal_form() {
        for text in ["ann@example.org", " Ann@Example.ORG ", "ANN@EXAMPLE.ORG\n"] {
            assert_eq!(text.parse::<Email>().unwrap().as_str(), "ann@example.org");
        }
        assert_eq!("a.b+c@x.example".parse::<Email>().unwrap().as_str(), "a.b+c@x.example");
        assert_eq!("zoë@exämple.org".parse::<Email>().unwrap().as_str(), "zoë@exämple.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        let huge = format!("a@{}org", "a.".repeat(200));
        for bad in [
            "",
            "ann",
            "@example.org",
            "ann@",
            "ann@example",
            "a@b@c.org",
            "a b@c.org",
            "a@c..org",
            &long,
            &huge,
        ] {
            assert_eq!(bad.parse::<Email>(), Err(EmailError), "{bad}");
        }
        assert_eq!("Ann <ann@example.org>".parse::<Email>(), Err(EmailError));
        assert_eq!("ann@-example.org".parse::<Email>(), Err(EmailError));
        assert_eq!("ann\0@example.org".parse::<Email>(), Err(EmailError));
    }

    #[test]
    fn nothing_personal_is_printed() {
        let account = Account {
            id: AccountId::new(Timestamp::EPOCH, [0; 10]),
            email: "ann@example.org".parse().unwrap(),
            name: "Ann".into(),
            role: Role::Member,
            retention: None,
            created_at: Timestamp::EPOCH,
        };
        let printed =
            format!("{account:?} {:?} {:?}", account.email, PasswordHash::new("$argon2id$x".into()));
        assert!(
            !printed.contains("ann") && !printed.contains("Ann\"") && !printed.contains("argon"),
            "{printed}"
        );
    }
}
