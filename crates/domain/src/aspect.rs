//! The shapes and sizes of pictures.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Width and height of a picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// A size from its two sides.
    pub const fn new(width: u32, height: u32) -> Self {
        Size { width, height }
    }

    /// Pixels in all.
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// Width divided by height.
    pub fn ratio(self) -> f32 {
        self.width as f32 / self.height as f32
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.width, self.height)
    }
}

/// The shapes a picture can be asked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AspectRatio {
    /// Square: avatars.
    #[serde(rename = "1:1")]
    Square,
    /// The classic headshot.
    #[serde(rename = "4:5")]
    Portrait4x5,
    /// Portrait.
    #[serde(rename = "3:4")]
    Portrait3x4,
    /// Tall portrait, the shape of 35 mm film held upright.
    #[serde(rename = "2:3")]
    Portrait2x3,
    /// Landscape, the shape of 35 mm film.
    #[serde(rename = "3:2")]
    Landscape3x2,
    /// Video, held wide.
    #[serde(rename = "16:9")]
    Wide,
    /// Video, held upright.
    #[serde(rename = "9:16")]
    Tall,
}

impl AspectRatio {
    /// Every shape, in the order in which they are offered.
    pub const ALL: [AspectRatio; 7] = [
        AspectRatio::Square,
        AspectRatio::Portrait4x5,
        AspectRatio::Portrait3x4,
        AspectRatio::Portrait2x3,
        AspectRatio::Landscape3x2,
        AspectRatio::Wide,
        AspectRatio::Tall,
    ];

    /// The two terms of the ratio, width first.
    pub const fn terms(self) -> (u32, u32) {
        match self {
            AspectRatio::Square => (1, 1),
            AspectRatio::Portrait4x5 => (4, 5),
            AspectRatio::Portrait3x4 => (3, 4),
            AspectRatio::Portrait2x3 => (2, 3),
            AspectRatio::Landscape3x2 => (3, 2),
            AspectRatio::Wide => (16, 9),
            AspectRatio::Tall => (9, 16),
        }
    }

    /// The size whose longer side is `long_side` pixels; the shorter is rounded to the nearest pixel.
    pub const fn size(self, long_side: u32) -> Size {
        let (w, h) = self.terms();
        if w >= h {
            Size::new(long_side, (long_side * h + w / 2) / w)
        } else {
            Size::new((long_side * w + h / 2) / h, long_side)
        }
    }
}

impl fmt::Display for AspectRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (w, h) = self.terms();
        write!(f, "{w}:{h}")
    }
}

/// An aspect ratio that is not one of [`AspectRatio::ALL`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an aspect ratio offered here: use 1:1, 4:5, 3:4, 2:3, 3:2, 16:9 or 9:16")]
pub struct AspectRatioError(String);

impl FromStr for AspectRatio {
    type Err = AspectRatioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        AspectRatio::ALL
            .into_iter()
            .find(|ratio| ratio.to_string() == text)
            .ok_or_else(|| AspectRatioError(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ratio_reads_back_and_keeps_its_shape() {
        for ratio in AspectRatio::ALL {
            assert_eq!(ratio.to_string().parse(), Ok(ratio));
            let (size, (w, h)) = (ratio.size(2048), ratio.terms());
            assert_eq!(size.width.max(size.height), 2048);
            assert!((size.ratio() - w as f32 / h as f32).abs() < 2e-3, "{ratio}");
        }
        assert!("5:4".parse::<AspectRatio>().is_err());
    }
}
