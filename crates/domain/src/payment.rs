//! Money: how much, of which currency, and which way it went. Nothing of a card is ever known here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A currency by its ISO 4217 code, three upper-case letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that is not a currency code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a currency: write three letters, such as EUR")]
pub struct CurrencyError;

impl FromStr for Currency {
    type Err = CurrencyError;

    /// Reads the code in any case.
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if letters.iter().all(u8::is_ascii_alphabetic) {
            Ok(Currency(letters.map(|b| b.to_ascii_uppercase())))
        } else {
            Err(CurrencyError)
        }
    }
}

/// Currencies without a smaller unit, and those with thousandths of them, by [ISO 4217](https://www.iso.org/iso-4217-currency-codes.html).
const WHOLE: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
];
const THOUSANDTHS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

impl Currency {
    /// How many digits of an amount in its smallest unit stand after the point.
    pub fn decimals(self) -> u32 {
        let code = self.to_string();
        match code.as_str() {
            code if WHOLE.contains(&code) => 0,
            code if THOUSANDTHS.contains(&code) => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&letter| write!(f, "{}", char::from(letter)))
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An amount of money in the currency's smallest unit (cents), never negative: a payment's kind says which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Money {
    /// Cents, or what the currency has in their place.
    pub minor: u64,
    /// Of which currency.
    pub currency: Currency,
}

/// Which way the money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// The person paid.
    Purchase,
    /// The person was paid back.
    Refund,
    /// The bank took the money back.
    Chargeback,
    /// The bank gave back what it had taken: the dispute was won.
    Return,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_every_currency_has_hundredths() {
        let decimals = |code: &str| code.parse::<Currency>().unwrap().decimals();
        assert_eq!(["EUR", "JPY", "kwd", "USD"].map(decimals), [2, 0, 3, 2]);
    }

    #[test]
    fn a_currency_is_three_letters() {
        assert_eq!("eur".parse::<Currency>().unwrap().to_string(), "EUR");
        for bad in ["", "EU", "EURO", "E1R", "é1"] {
            assert_eq!(bad.parse::<Currency>(), Err(CurrencyError), "{bad}");
        }
    }
}
