//! The recipe of a headshot: what stands behind the person, where the light comes from, how it is framed
//! and finished. It says nothing of the face: who a person is, is not a matter of style.

use serde::{Deserialize, Serialize};

use super::Backdrop;
use crate::units::{Signed, Unit};

/// What the engine does for a headshot style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadshotRecipe {
    /// What stands behind the person. Several are walked through when several pictures are asked for.
    pub backgrounds: Vec<Backdrop>,
    /// Where the key light stands and how strong it is.
    #[serde(default)]
    pub light: Light,
    /// How much of the person is shown.
    #[serde(default)]
    pub frame: Frame,
    /// What is done to the whole picture at the end.
    #[serde(default)]
    pub finish: Finish,
}

/// The style's key light: the photo's own light is gently moved toward it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Light {
    /// Where the key stands: −1 at the picture's left, 0 by the camera, 1 at the right.
    pub side: Signed,
    /// How much of the relight is seen. 0 leaves the light as it was.
    pub strength: Unit,
    /// A light from behind that traces hair and shoulders.
    pub rim: Unit,
    /// Colour of the light: −1 candle, 0 daylight, 1 blue sky.
    pub temperature: Signed,
}

impl Default for Light {
    fn default() -> Self {
        Light {
            side: Signed::clamped(-0.5),
            strength: Unit::clamped(0.4),
            rim: Unit::clamped(0.15),
            temperature: Signed::clamped(0.0),
        }
    }
}

/// How much of the person is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frame {
    /// The face fills the picture, the collar just seen.
    Close,
    /// Head and shoulders: the classic headshot.
    #[default]
    HeadAndShoulders,
    /// Down to the chest, with room around.
    Chest,
}

/// What is done to the whole picture at the end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Finish {
    /// Brightness: −1 is one stop darker, 1 one stop brighter.
    pub exposure: Signed,
    /// Contrast: −1 flat, 1 hard.
    pub contrast: Signed,
    /// Colourfulness: −1 is black and white.
    pub saturation: Signed,
    /// Warmth of the whole picture: −1 cool, 1 warm.
    pub warmth: Signed,
    /// Skin-respecting evening out of blotches; texture and marks stay.
    pub soften: Unit,
    /// Darker corners.
    pub vignette: Unit,
    /// Film grain.
    pub grain: Unit,
}

impl Default for Finish {
    fn default() -> Self {
        Finish {
            exposure: Signed::clamped(0.0),
            contrast: Signed::clamped(0.1),
            saturation: Signed::clamped(0.0),
            warmth: Signed::clamped(0.0),
            soften: Unit::clamped(0.25),
            vignette: Unit::clamped(0.15),
            grain: Unit::clamped(0.0),
        }
    }
}
