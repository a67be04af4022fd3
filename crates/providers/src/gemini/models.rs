//! What each model can and costs. Prices are those of the paid tier's
//! [list](https://ai.google.dev/gemini-api/docs/pricing) of October 2026.

use domain::AspectRatio;

use super::ID;
use crate::settings::{Price, SettingsError};

/// The model that is asked when none is configured: quick, and true to a person.
pub const DEFAULT: &str = "gemini-3.1-flash-image";

/// One model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// What its tokens cost.
    pub price: Price,
    /// Whether it can be told the size; else it makes one of about 1,024 pixels.
    pub sizes: bool,
    /// Pictures that it looks at.
    pub max_photos: usize,
}

/// Name, price, whether sizes can be told, pictures that it looks at with care.
const TABLE: [(&str, Price, bool, usize); 4] = [
    (DEFAULT, Price { text_in: 0.5, image_in: 0.5, text_out: 3.0, image_out: 60.0 }, true, 4),
    ("gemini-3-pro-image", Price { text_in: 2.0, image_in: 2.0, text_out: 12.0, image_out: 120.0 }, true, 5),
    (
        "gemini-3.1-flash-lite-image",
        Price { text_in: 0.25, image_in: 0.25, text_out: 1.5, image_out: 30.0 },
        true,
        4,
    ),
    (
        "gemini-2.5-flash-image",
        Price { text_in: 0.3, image_in: 0.3, text_out: 2.5, image_out: 30.0 },
        false,
        3,
    ),
];

impl Model {
    /// The model of a name. One that is not in the table is like the default, and needs a price.
    pub(super) fn find(name: &str, price: Option<Price>) -> Result<Model, SettingsError> {
        let plain = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
        if !plain {
            return Err(SettingsError::new(
                ID,
                "model",
                name,
                "write the model's name, such as gemini-3-pro-image",
            ));
        }
        let known = TABLE.iter().find(|(known, ..)| *known == name);
        let Some(price) = price.or(known.map(|(_, price, ..)| *price)) else {
            let must = "its price is not known here: set gemini.price too, or use another model";
            return Err(SettingsError::new(ID, "model", name, must));
        };
        let (sizes, max_photos) = known.map_or((true, 4), |(_, _, sizes, photos)| (*sizes, *photos));
        Ok(Model { name: name.to_owned(), price, sizes, max_photos })
    }

    /// The name of the smallest size whose longer side has at least so many pixels, or of the largest.
    pub(super) fn size(&self, aspect: AspectRatio, long_side: u32) -> Option<&'static str> {
        let one = long_side_at_1k(aspect);
        let name = if long_side <= one {
            "1K"
        } else if long_side <= 2 * one {
            "2K"
        } else {
            "4K"
        };
        self.sizes.then_some(name)
    }
}

/// Pixels of the longer side of a picture of size 1K, by its shape.
fn long_side_at_1k(aspect: AspectRatio) -> u32 {
    match aspect {
        AspectRatio::Square => 1024,
        AspectRatio::Portrait4x5 => 1152,
        AspectRatio::Portrait3x4 => 1200,
        AspectRatio::Portrait2x3 | AspectRatio::Landscape3x2 => 1264,
        AspectRatio::Wide | AspectRatio::Tall => 1376,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_s_size_is_the_nearest_above() {
        let model = Model::find(DEFAULT, None).unwrap();
        let size = |aspect, side| model.size(aspect, side).unwrap();
        assert_eq!(size(AspectRatio::Square, 1024), "1K");
        assert_eq!(size(AspectRatio::Square, 1025), "2K");
        assert_eq!(size(AspectRatio::Wide, 1280), "1K");
        assert_eq!(size(AspectRatio::Portrait4x5, 4096), "4K");
        let old = Model::find("gemini-2.5-flash-image", None).unwrap();
        assert_eq!(old.size(AspectRatio::Square, 4096), None);
    }

    #[test]
    fn a_model_nobody_here_knows_needs_a_price() {
        let price = Price { text_in: 1.0, image_in: 1.0, text_out: 1.0, image_out: 1.0 };
        assert!(Model::find("gemini-9-image", None).unwrap_err().to_string().contains("gemini.price"));
        assert_eq!(Model::find("gemini-9-image", Some(price)).unwrap().price, price);
        assert_eq!(Model::find(DEFAULT, Some(price)).unwrap().price, price, "a configured price comes first");
        for bad in ["", "models/x", "a?key=b", "../x"] {
            assert!(Model::find(bad, Some(price)).is_err(), "{bad}");
        }
    }
}
