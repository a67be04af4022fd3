//! What every vendor's settings have: the way there, and what it costs.

use std::time::Duration;

use domain::attempt::AttemptCost;

/// The way to a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSettings {
    /// Where the API is, such as `https://api.example.com`. Only https, except on this machine.
    pub base_url: String,
    /// How long until a connection stands.
    pub connect_timeout: Duration,
    /// How long until the whole answer is there.
    pub timeout: Duration,
    /// Bytes of an answer, at most.
    pub max_answer_bytes: usize,
    /// Pixels of the longer side of a photo that is sent.
    pub photo_side: u32,
}

impl LineSettings {
    /// The usual: five seconds to connect, two minutes to answer, 64 MB, photos of 1,536 pixels.
    pub fn new(base_url: impl Into<String>) -> Self {
        LineSettings {
            base_url: base_url.into(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(120),
            max_answer_bytes: 64_000_000,
            photo_side: 1536,
        }
    }
}

/// What a model's tokens cost, in dollars a million, which is millionths of a dollar each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// A word that is read.
    pub text_in: f64,
    /// A part of a picture that is read.
    pub image_in: f64,
    /// A word that is written.
    pub text_out: f64,
    /// A part of a picture that is made.
    pub image_out: f64,
}

/// Tokens by kind, as a vendor counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) text_in: u64,
    pub(crate) image_in: u64,
    pub(crate) text_out: u64,
    pub(crate) image_out: u64,
}

impl Price {
    /// What so many tokens cost.
    pub(crate) fn of(&self, tokens: Tokens) -> AttemptCost {
        let parts = [
            (self.text_in, tokens.text_in),
            (self.image_in, tokens.image_in),
            (self.text_out, tokens.text_out),
            (self.image_out, tokens.image_out),
        ];
        let dollars: f64 = parts.iter().map(|(price, count)| price * *count as f64).sum();
        AttemptCost {
            tokens_in: tokens.text_in.saturating_add(tokens.image_in),
            tokens_out: tokens.text_out.saturating_add(tokens.image_out),
            micro_dollars: dollars.round().max(0.0) as u64,
        }
    }
}

/// A setting that can't work. The operator's turn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{provider}.{name} can't be {value}: {must}")]
pub struct SettingsError {
    /// Of which provider.
    pub provider: &'static str,
    /// Which one.
    pub name: &'static str,
    /// What it is.
    pub value: String,
    /// What it must be.
    pub must: String,
}

impl SettingsError {
    pub(crate) fn new(
        provider: &'static str,
        name: &'static str,
        value: impl ToString,
        must: impl Into<String>,
    ) -> Self {
        SettingsError { provider, name, value: value.to_string(), must: must.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_dollars_a_million_and_so_millionths_each() {
        let price = Price { text_in: 0.5, image_in: 0.5, text_out: 3.0, image_out: 60.0 };
        let tokens = Tokens { text_in: 300, image_in: 560, text_out: 10, image_out: 1120 };
        let cost = price.of(tokens);
        assert_eq!((cost.tokens_in, cost.tokens_out), (860, 1130));
        assert_eq!(cost.micro_dollars, 430 + 30 + 67_200);
    }
}
