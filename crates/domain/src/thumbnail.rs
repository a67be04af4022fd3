//! What may be asked of a thumbnail beside its style and its title: where everything stands, a brand's look, and pictures that
//! are made to be tested against each other.

use serde::{Deserialize, Serialize};

use crate::brand::BrandColours;
use crate::generation::OptionsError;
use crate::style::thumbnail::{Layout, Typeface};

/// The choices of one generation of thumbnails. What is empty is left to the style.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThumbnailChoices {
    /// Where person and title stand; without a choice each picture takes the next of the style's layouts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// The one thing by which the pictures differ. There are [`ThumbnailChoices::VARIANTS`] of them then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<Difference>,
    /// Other titles, for a test of titles. What is missing to three is made from the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub titles: Vec<String>,
    /// The colours of a brand kit, as they were when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colours: Option<BrandColours>,
    /// What the title is set in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font: Option<Typeface>,
    /// Whether the account's logo is set into a free corner.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub logo: bool,
}

/// The one thing by which the pictures of a test differ: a test says something only when it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// Where the person stands.
    FaceSide,
    /// What the title says.
    Text,
    /// In which of the style's colours it is.
    Colour,
}

impl Difference {
    /// Every difference.
    pub const ALL: [Difference; 3] = [Difference::FaceSide, Difference::Text, Difference::Colour];

    /// The names of a test's pictures in their order. The fourth is for who wants to know what the words do at all.
    pub const fn names(self) -> [&'static str; 4] {
        match self {
            Difference::FaceSide => ["face-right", "face-left", "face-middle", "no-text"],
            Difference::Text => ["text-1", "text-2", "text-3", "no-text"],
            Difference::Colour => ["colour-1", "colour-2", "colour-3", "no-text"],
        }
    }
}

impl ThumbnailChoices {
    /// The pictures of a test.
    pub const VARIANTS: u8 = 3;

    /// Whether letters, colours and marks have to be set exactly as told, which only some providers can.
    pub fn need_typesetting(&self) -> bool {
        *self != ThumbnailChoices::default()
    }

    /// What the `number`th picture, from 1, is in its test.
    pub fn variant(&self, number: u8) -> Option<&'static str> {
        self.test?.names().get(usize::from(number).checked_sub(1)?).copied()
    }

    /// Checks what can be checked before anything is paid: that a test can be made.
    ///
    /// # Errors
    /// `TestCount`, `TestTitle`.
    pub fn validate(&self, count: u8, title: Option<&str>) -> Result<(), OptionsError> {
        let Some(test) = self.test else { return Ok(()) };
        if count != Self::VARIANTS {
            return Err(OptionsError::TestCount(count));
        }
        let words = title.unwrap_or_default().split_whitespace().count();
        let enough = words >= 3 || words > 0 && self.titles.len() >= 2;
        if test == Difference::Text && !enough { Err(OptionsError::TestTitle) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_a_test_has_its_name_by_its_number() {
        let choices = ThumbnailChoices { test: Some(Difference::FaceSide), ..Default::default() };
        assert_eq!(choices.variant(1), Some("face-right"));
        assert_eq!(choices.variant(3), Some("face-middle"));
        assert_eq!((choices.variant(0), choices.variant(9)), (None, None));
        assert_eq!(ThumbnailChoices::default().variant(1), None);
    }

    #[test]
    fn a_test_that_can_t_be_made_is_refused_before_it_is_paid() {
        let test = |test| ThumbnailChoices { test: Some(test), ..Default::default() };
        assert_eq!(test(Difference::Colour).validate(3, None), Ok(()));
        assert_eq!(test(Difference::Colour).validate(4, None), Err(OptionsError::TestCount(4)));
        assert_eq!(test(Difference::Text).validate(3, Some("I quit coffee")), Ok(()));
        assert_eq!(test(Difference::Text).validate(3, Some("Coffee")), Err(OptionsError::TestTitle));
        let titles = vec!["Tea".into(), "Water".into()];
        let written = ThumbnailChoices { titles, ..test(Difference::Text) };
        assert_eq!(written.validate(3, Some("Coffee")), Ok(()));
        assert_eq!(written.validate(3, None), Err(OptionsError::TestTitle));
    }

    #[test]
    fn choices_that_were_kept_read_back() {
        let kept = toml::to_string(&ThumbnailChoices::default()).unwrap();
        assert_eq!(kept, "");
        let choices = ThumbnailChoices {
            layout: Some(Layout::CloseLeft),
            test: Some(Difference::Text),
            titles: vec!["b".into()],
            font: Some(Typeface::BebasNeue),
            logo: true,
            ..Default::default()
        };
        let kept = toml::to_string(&choices).unwrap();
        assert_eq!(toml::from_str::<ThumbnailChoices>(&kept).unwrap(), choices);
    }
}
