//! What each model can and costs. Prices are those of the [list](https://platform.openai.com/docs/pricing) of November 2026.

use domain::{AspectRatio, Size};

use super::ID;
use crate::settings::{Price, SettingsError};

/// The model that is asked when none is configured.
pub const DEFAULT: &str = "gpt-image-2.5-sunburst";
/// Photos that are sent. The API takes 16; a few good ones say more of a person than many.
pub(super) const MAX_PHOTOS: usize = 4;

/// One model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// What its tokens cost.
    pub price: Price,
    /// Whether it can be asked to keep to the face (`input_fidelity`). Later models do so by themselves, and refuse the word.
    pub fidelity: bool,
    /// Whether it makes any size, or one of three.
    pub free_sizes: bool,
    /// The most work that it can put into a picture.
    pub best: Quality,
}

/// How much work goes into a picture; more costs more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Quick.
    Low,
    /// The usual.
    #[default]
    Medium,
    /// Fine.
    High,
    /// Finer.
    XHigh,
    /// The finest.
    Max,
}

impl Quality {
    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Quality::Low => "low",
            Quality::Medium => "medium",
            Quality::High => "high",
            Quality::XHigh => "xhigh",
            Quality::Max => "max",
        }
    }
}

const USUAL: Price = Price { text_in: 5.0, image_in: 8.0, text_out: 0.0, image_out: 30.0 };
const EARLIER: Price = Price { text_in: 5.0, image_in: 8.0, text_out: 10.0, image_out: 32.0 };
const SMALL: Price = Price { text_in: 2.0, image_in: 2.5, text_out: 0.0, image_out: 8.0 };

/// Name, price, fidelity, free sizes, the best quality.
const TABLE: [(&str, Price, bool, bool, Quality); 8] = [
    (DEFAULT, USUAL, false, true, Quality::Max),
    ("gpt-image-2.5-flare", USUAL, false, true, Quality::Max),
    ("gpt-image-2.6-sunburst", USUAL, false, false, Quality::High),
    ("gpt-image-2.6-flare", USUAL, false, false, Quality::High),
    ("gpt-image-2", USUAL, false, true, Quality::High),
    ("gpt-image-1.5", EARLIER, true, false, Quality::High),
    ("gpt-image-1-mini", SMALL, false, false, Quality::High),
    ("chatgpt-image-latest", EARLIER, false, false, Quality::High),
];

impl Model {
    /// The model of a name, or of a dated snapshot of it. One that is not in the table gets what every model takes, and needs a price.
    pub(super) fn find(name: &str, price: Option<Price>) -> Result<Model, SettingsError> {
        let plain = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
        if !plain {
            return Err(SettingsError::new(ID, "model", name, "write the model's name, such as gpt-image-2"));
        }
        let known = TABLE.iter().find(|(known, ..)| {
            name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with("-20"))
        });
        let Some(price) = price.or(known.map(|(_, price, ..)| *price)) else {
            let must = "its price is not known here: set openai.price too, or use another model";
            return Err(SettingsError::new(ID, "model", name, must));
        };
        let (fidelity, free_sizes, best) = known
            .map_or((false, false, Quality::High), |(_, _, fidelity, sizes, best)| {
                (*fidelity, *sizes, *best)
            });
        Ok(Model { name: name.to_owned(), price, fidelity, free_sizes, best })
    }

    pub(super) fn check_quality(&self, quality: Quality) -> Result<(), SettingsError> {
        if quality <= self.best {
            return Ok(());
        }
        let must = format!("{} goes up to {}", self.name, self.best.as_str());
        Err(SettingsError::new(ID, "quality", quality.as_str(), must))
    }

    /// The size to ask for. Of free sizes the one of the same shape, of three the nearest.
    pub(super) fn size(&self, aspect: AspectRatio, long_side: u32) -> Size {
        if self.free_sizes { free_size(aspect, long_side) } else { nearest_size(aspect) }
    }
}

/// Pixels that a model of free sizes makes at least, and those from which on it is experimental.
const PIXELS: (u64, u64) = (655_360, 2560 * 1440);

/// A size of the shape whose sides are divisible by 16, no smaller than was asked for where that is possible.
fn free_size(aspect: AspectRatio, long_side: u32) -> Size {
    let up = |side: u32| side.div_ceil(16) * 16;
    let of = |long: u32| {
        let size = aspect.size(long);
        Size::new(up(size.width), up(size.height))
    };
    let mut long = up(long_side.clamp(512, 3840));
    while of(long).pixels() < PIXELS.0 {
        long += 16;
    }
    while of(long).pixels() > PIXELS.1 {
        long -= 16;
    }
    of(long)
}

fn nearest_size(aspect: AspectRatio) -> Size {
    match aspect {
        AspectRatio::Square => Size::new(1024, 1024),
        AspectRatio::Landscape3x2 | AspectRatio::Wide => Size::new(1536, 1024),
        _ => Size::new(1024, 1536),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_size_is_one_that_the_api_takes() {
        let model = Model::find(DEFAULT, None).unwrap();
        for aspect in AspectRatio::ALL {
            for long_side in [256, 512, 1000, 1024, 1280, 1920, 2048, 2560, 4096] {
                let size = model.size(aspect, long_side);
                assert_eq!((size.width % 16, size.height % 16), (0, 0), "{aspect} {long_side}");
                assert!((PIXELS.0..=PIXELS.1).contains(&size.pixels()), "{aspect} {long_side}: {size}");
                assert!((1.0 / 3.0..=3.0).contains(&size.ratio()));
                let asked = aspect.size(long_side).ratio();
                assert!((size.ratio() / asked - 1.0).abs() < 0.03, "{aspect} {long_side}: {size}");
            }
        }
        assert_eq!(model.size(AspectRatio::Square, 1024), Size::new(1024, 1024));
        assert_eq!(
            Model::find("gpt-image-1.5", None).unwrap().size(AspectRatio::Wide, 4096),
            Size::new(1536, 1024)
        );
    }

    #[test]
    fn a_word_that_a_model_refuses_is_not_sent() {
        let find = |name| Model::find(name, None).unwrap();
        assert!(find("gpt-image-1.5").fidelity && find("gpt-image-1.5-2025-12-16").fidelity);
        assert!(
            !find("gpt-image-2").fidelity && !find(DEFAULT).fidelity && !find("gpt-image-1-mini").fidelity
        );
        assert!(find(DEFAULT).check_quality(Quality::Max).is_ok());
        assert!(find("gpt-image-2").check_quality(Quality::Max).is_err());
        assert!(Model::find("gpt-image-1", None).unwrap_err().to_string().contains("openai.price"));
        assert!(find("gpt-image-2-2026-04-21").free_sizes);
    }
}
