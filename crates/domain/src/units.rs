//! Small numbers with a meaning, checked where they are read.
//!
//! Style files are written by people. A value out of range is refused by the type it is parsed into, so that
//! the parser can still say on which line it stood.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An sRGB colour without alpha, written `#rrggbb`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Colour {
    /// Red, sRGB-encoded.
    pub r: u8,
    /// Green, sRGB-encoded.
    pub g: u8,
    /// Blue, sRGB-encoded.
    pub b: u8,
}

impl Colour {
    /// Pure white.
    pub const WHITE: Colour = Colour::new(255, 255, 255);
    /// Pure black.
    pub const BLACK: Colour = Colour::new(0, 0, 0);

    /// A colour from its sRGB-encoded channels.
    pub const fn new(r: u8, g: u8, b: u8) -> Self {
        Colour { r, g, b }
    }

    /// The channels as an array, sRGB-encoded.
    pub const fn to_array(self) -> [u8; 3] {
        [self.r, self.g, self.b]
    }

    /// Relative luminance, 0 (black) to 1 (white), as
    /// [WCAG 2.2](https://www.w3.org/TR/WCAG22/#dfn-relative-luminance) defines it.
    pub fn luminance(self) -> f32 {
        let linear = |v: u8| {
            let v = f32::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.r) + 0.7152 * linear(self.g) + 0.0722 * linear(self.b)
    }

    /// WCAG contrast ratio with another colour, 1 (none) to 21 (black on white).
    pub fn contrast(self, other: Colour) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }
}

/// A colour that is not written `#rrggbb`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a colour: write it as #rrggbb, for example #1f3a5f")]
pub struct ColourError(String);

impl FromStr for Colour {
    type Err = ColourError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ColourError(text.chars().take(40).collect());
        let digits = text.strip_prefix('#').ok_or_else(error)?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(error());
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| error())?;
        let [_, r, g, b] = value.to_be_bytes();
        Ok(Colour { r, g, b })
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident, $low:literal, $high:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(f32);

        impl $name {
            /// The value, or `None` when it is outside the range.
            pub const fn new(value: f32) -> Option<Self> {
                if value >= $low && value <= $high { Some($name(value)) } else { None }
            }

            /// The value, moved to the nearest end of the range when it lies outside.
            pub const fn clamped(value: f32) -> Self {
                if value >= $high { $name($high) } else if value >= $low { $name(value) } else { $name($low) }
            }

            /// The plain number.
            pub const fn get(self) -> f32 {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = f32::deserialize(deserializer)?;
                $name::new(value).ok_or_else(|| {
                    de::Error::custom(format_args!("{value} is out of range: use {} to {}", $low, $high))
                })
            }
        }
    };
}

ranged!(
    /// A share or a strength, 0 to 1.
    Unit, 0.0, 1.0
);
ranged!(
    /// A two-sided strength or position, −1 to 1.
    Signed, -1.0, 1.0
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_reads_back_as_it_is_written() {
        let colour: Colour = "#1F3a5f".parse().unwrap();
        assert_eq!(colour, Colour::new(0x1f, 0x3a, 0x5f));
        assert_eq!(colour.to_string(), "#1f3a5f");
        for bad in ["", "#12345", "#1234567", "red", "#12345g", "#+12345", "#é1234"] {
            assert!(bad.parse::<Colour>().is_err(), "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Colour::WHITE.contrast(Colour::BLACK) - 21.0).abs() < 1e-3);
        assert!((Colour::new(119, 119, 119).contrast(Colour::WHITE) - 4.478).abs() < 0.01);
    }

    #[test]
    fn a_range_keeps_out_what_is_outside_and_nan() {
        assert!(Unit::new(1.01).is_none() && Unit::new(f32::NAN).is_none() && Unit::new(1.0).is_some());
        assert_eq!(Signed::clamped(-3.0).get(), -1.0);
        assert_eq!(Unit::clamped(f32::NAN).get(), 0.0);
    }
}
