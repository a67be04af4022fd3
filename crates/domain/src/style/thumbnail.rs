//! The recipe of a thumbnail: a scene, a person cut out in front of it, a title that can be read, and where each stands.
//!
//! Colours are named once, as a [`Palette`] of roles, and everything else refers to roles. So a style can offer its
//! look in several colours, a test can compare two of them, and a brand's colours can take their place.

use serde::{Deserialize, Serialize, de};

use super::Backdrop;
use crate::units::{Colour, Signed, Unit};

/// What the engine does for a thumbnail style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThumbnailRecipe {
    /// What stands behind the person.
    pub scene: Scene,
    /// How the person is set off from the scene.
    #[serde(default)]
    pub person: PersonLook,
    /// How the title is set.
    pub title: TitleLook,
    /// Ornaments over the scene, drawn in this order.
    #[serde(default)]
    pub ornaments: Vec<Ornament>,
    /// Where person and title stand; the first is the style's own, the others are offered beside it.
    pub layouts: Layouts,
    /// The look in colours; the first is the style's own, the others are offered beside it.
    pub palettes: Palettes,
    /// What is done to the scene at the end. The person and the title stay as they are.
    #[serde(default)]
    pub finish: SceneFinish,
}

/// Colours by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Palette {
    /// The scene's main colour.
    pub ground: Colour,
    /// Where the scene falls off: its corners, its far end, its other half.
    pub depth: Colour,
    /// Light in the scene: rays, lamps, the glow behind a person.
    pub glow: Colour,
    /// The title.
    pub ink: Colour,
    /// The highlighted word, and ornaments.
    pub accent: Colour,
    /// What sets the title off: its outline, its shadow, its plate.
    pub edge: Colour,
}

/// One colour of the [`Palette`], or plain white or black.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// [`Palette::ground`].
    Ground,
    /// [`Palette::depth`].
    Depth,
    /// [`Palette::glow`].
    Glow,
    /// [`Palette::ink`].
    Ink,
    /// [`Palette::accent`].
    Accent,
    /// [`Palette::edge`].
    Edge,
    /// White, whatever the palette.
    White,
    /// Black, whatever the palette.
    Black,
}

impl Palette {
    /// The colour that plays a role.
    pub fn colour(&self, role: Role) -> Colour {
        match role {
            Role::Ground => self.ground,
            Role::Depth => self.depth,
            Role::Glow => self.glow,
            Role::Ink => self.ink,
            Role::Accent => self.accent,
            Role::Edge => self.edge,
            Role::White => Colour::WHITE,
            Role::Black => Colour::BLACK,
        }
    }
}

/// What stands behind the person. Colours come from the palette.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Scene {
    /// Ground running into depth.
    Gradient {
        /// Direction in half turns: 0 from left to right, 0.5 from top to bottom.
        #[serde(default)]
        angle: Signed,
    },
    /// A lamp behind the person.
    Spotlight {
        /// How wide it shines.
        size: Unit,
    },
    /// Rays from behind the person's head.
    Rays {
        /// Pairs of light and dark rays, 4 to 48.
        count: u8,
        /// How softly a ray ends: 0 cut with scissors.
        #[serde(default)]
        softness: Unit,
    },
    /// Printed dots that grow toward one corner.
    Halftone {
        /// Size of the largest dots.
        size: Unit,
    },
    /// Two halves, one for the person and one for the title.
    Split {
        /// How far the seam leans; 0 stands upright.
        #[serde(default)]
        slant: Signed,
        /// Width of the seam, drawn in the accent colour.
        #[serde(default)]
        seam: Unit,
    },
    /// Lit lines running to a horizon.
    Grid {
        /// How strongly the lines shine.
        light: Unit,
    },
    /// A sheet of paper.
    Paper {
        /// What is printed on it.
        #[serde(default)]
        ruling: Ruling,
    },
    /// Lamps far out of focus.
    Bokeh {
        /// How many.
        amount: Unit,
    },
    /// Broad bands.
    Stripes {
        /// Bands across the picture, 3 to 40.
        count: u8,
        /// How far they lean; 0 stands upright.
        #[serde(default)]
        slant: Signed,
    },
    /// Clouds of colour running into each other.
    Aurora,
    /// Mountains behind mountains, with the sun between.
    Ridges,
    /// A price chart that climbs.
    Chart,
    /// Panes of glass, as behind a news reader.
    Panes,
    /// Lines rushing to the person's head, as in comics.
    Rush {
        /// How many and how long.
        amount: Unit,
    },
    /// Cut-out shapes in the accent and glow colours.
    Shapes,
    /// Tiles of a chequered cloth.
    Gingham {
        /// Tiles across the picture, 6 to 60.
        count: u8,
    },
    /// A studio background; of the palette only the title's colours are used.
    Backdrop(Backdrop),
    /// The person's own picture, out of focus and darkened toward depth; a spotlight where there is none.
    OwnPicture {
        /// How far out of focus.
        blur: Unit,
        /// How far it is darkened.
        dim: Unit,
    },
}

/// What is printed on a sheet of paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// Nothing.
    #[default]
    None,
    /// Lines to write on.
    Lines,
    /// Squares to draw in.
    Squares,
    /// Dots.
    Dots,
}

/// How the person is set off from the scene.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersonLook {
    /// How large they stand: 0.5 is usual.
    pub size: Unit,
    /// Width of a line around them, as on a sticker.
    pub outline: Unit,
    /// Colour of that line.
    pub outline_colour: Role,
    /// A shine around them.
    pub glow: Unit,
    /// Colour of the shine.
    pub glow_colour: Role,
    /// The shadow they cast.
    pub shadow: Unit,
    /// Light on their edges from the scene behind.
    pub rim: Unit,
    /// Colourfulness: −1 is black and white.
    pub saturation: Signed,
    /// Contrast: −1 flat, 1 hard.
    pub contrast: Signed,
    /// Exposure: −1 is one stop darker, 1 one stop brighter.
    pub exposure: Signed,
}

impl Default for PersonLook {
    fn default() -> Self {
        let zero = Signed::clamped(0.0);
        PersonLook {
            size: Unit::clamped(0.5),
            outline: Unit::clamped(0.0),
            outline_colour: Role::White,
            glow: Unit::clamped(0.0),
            glow_colour: Role::Glow,
            shadow: Unit::clamped(0.4),
            rim: Unit::clamped(0.2),
            saturation: zero,
            contrast: zero,
            exposure: zero,
        }
    }
}

/// How the title is set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TitleLook {
    /// The typeface; what it lacks is set in the one made for that script.
    pub font: Typeface,
    /// Capitals or as written.
    #[serde(default)]
    pub case: Case,
    /// How lines fill their box.
    #[serde(default)]
    pub fit: Fit,
    /// Colour of the letters.
    #[serde(default = "ink")]
    pub fill: Role,
    /// What becomes of a word marked \*like this\*.
    #[serde(default)]
    pub highlight: Highlight,
    /// Width of a line around the letters, in the edge colour.
    #[serde(default)]
    pub outline: Unit,
    /// Shadow under the letters, in the edge colour.
    #[serde(default)]
    pub shadow: Shadow,
    /// What lies under the letters, in the edge colour.
    #[serde(default)]
    pub plate: Plate,
    /// How far the title leans: 1 is 10 degrees, rising to the right.
    #[serde(default)]
    pub tilt: Signed,
}

fn ink() -> Role {
    Role::Ink
}

/// A typeface that comes with the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Typeface {
    /// Tall and heavy: the loudest.
    Anton,
    /// Broad and heavy.
    ArchivoBlack,
    /// Comic lettering.
    Bangers,
    /// Tall, even capitals.
    BebasNeue,
    /// Neutral, very heavy.
    Inter,
    /// Round cartoon lettering.
    LuckiestGuy,
    /// Geometric, very heavy.
    Montserrat,
    /// Narrow and sober.
    Oswald,
    /// Written with a felt pen.
    PermanentMarker,
    /// A serif with high contrast.
    PlayfairDisplay,
    /// Geometric and friendly.
    Poppins,
}

impl Typeface {
    /// Every typeface.
    pub const ALL: [Typeface; 11] = [
        Typeface::Anton,
        Typeface::ArchivoBlack,
        Typeface::Bangers,
        Typeface::BebasNeue,
        Typeface::Inter,
        Typeface::LuckiestGuy,
        Typeface::Montserrat,
        Typeface::Oswald,
        Typeface::PermanentMarker,
        Typeface::PlayfairDisplay,
        Typeface::Poppins,
    ];
}

/// Capitals or as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// As written.
    #[default]
    AsWritten,
    /// In capitals.
    Upper,
}

/// How lines fill their box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// All lines in one size.
    #[default]
    Even,
    /// Each line grown toward the width of the widest, as on a poster.
    Poster,
}

/// What becomes of a highlighted word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Highlight {
    /// It is set in the accent colour.
    #[default]
    Colour,
    /// It stands on a bar of the accent colour.
    Bar,
    /// A stroke of the accent colour runs under it.
    Underline,
}

/// The shadow under letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shadow {
    /// None.
    None,
    /// Out of focus, a little lower.
    #[default]
    Soft,
    /// Sharp and to a side, as if cut from card.
    Hard,
    /// A shine all around, in the accent colour, as from a neon tube.
    Neon,
}

/// What lies under letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plate {
    /// Nothing, unless it is needed for the title to be read.
    #[default]
    None,
    /// One bar a line.
    Lines,
    /// One card for all lines.
    Card,
}

/// An ornament over the scene and behind the person.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ornament {
    /// A round plate behind the head.
    Disc {
        /// Colour of the plate.
        colour: Role,
        /// Whether it is a ring.
        #[serde(default)]
        ring: bool,
    },
    /// A line around the picture.
    Border {
        /// Colour of the line.
        colour: Role,
        /// Width of the line.
        width: Unit,
    },
    /// An upright bar beside the title, where it starts.
    Rule {
        /// Colour of the bar.
        colour: Role,
    },
    /// Corners like those of a viewfinder.
    Viewfinder {
        /// Colour of the lines.
        colour: Role,
    },
}

/// Where person and title stand. In an upright picture, what would stand beside stands above and below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// The person at the right, the title beside them.
    PersonRight,
    /// The person at the left, the title beside them.
    PersonLeft,
    /// The person in the middle, the title over the chest.
    TitleBelow,
    /// The title along the top, the person under it in the middle.
    TitleAbove,
    /// The face large at the right, the title beside it.
    CloseRight,
    /// The face large at the left, the title beside it.
    CloseLeft,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Layout; 6] = [
        Layout::PersonRight,
        Layout::PersonLeft,
        Layout::TitleBelow,
        Layout::TitleAbove,
        Layout::CloseRight,
        Layout::CloseLeft,
    ];
}

/// At least three different layouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Layouts(Vec<Layout>);

impl Layouts {
    /// The layouts, or `None` when there are fewer than three or one stands twice.
    pub fn new(layouts: Vec<Layout>) -> Option<Self> {
        let distinct = layouts.iter().enumerate().all(|(i, layout)| !layouts[..i].contains(layout));
        (layouts.len() >= 3 && distinct).then_some(Layouts(layouts))
    }

    /// The layouts in order, three or more.
    pub fn as_slice(&self) -> &[Layout] {
        &self.0
    }

    /// The layout of the `index`th picture, walking around when there are fewer.
    pub fn nth(&self, index: usize) -> Layout {
        self.0[index % self.0.len()]
    }
}

impl<'de> Deserialize<'de> for Layouts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Layouts::new(Vec::deserialize(deserializer)?)
            .ok_or_else(|| de::Error::custom("name at least three different layouts"))
    }
}

/// At least three different palettes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Palettes(Vec<Palette>);

impl Palettes {
    /// The palettes, or `None` when there are fewer than three or one stands twice.
    pub fn new(palettes: Vec<Palette>) -> Option<Self> {
        let distinct = palettes.iter().enumerate().all(|(i, palette)| !palettes[..i].contains(palette));
        (palettes.len() >= 3 && distinct).then_some(Palettes(palettes))
    }

    /// The palettes in order, three or more.
    pub fn as_slice(&self) -> &[Palette] {
        &self.0
    }

    /// The palette of the `index`th picture, walking around when there are fewer.
    pub fn nth(&self, index: usize) -> Palette {
        self.0[index % self.0.len()]
    }
}

impl<'de> Deserialize<'de> for Palettes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Palettes::new(Vec::deserialize(deserializer)?)
            .ok_or_else(|| de::Error::custom("name at least three different palettes"))
    }
}

/// What is done to the scene at the end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SceneFinish {
    /// Darker corners.
    pub vignette: Unit,
    /// Film grain.
    pub grain: Unit,
}

impl Default for SceneFinish {
    fn default() -> Self {
        SceneFinish { vignette: Unit::clamped(0.25), grain: Unit::clamped(0.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALETTES: &str = r##"
[[palettes]]
ground = "#101020"
depth = "#000000"
glow = "#3040ff"
ink = "#ffffff"
accent = "#ffd400"
edge = "#000000"
[[palettes]]
ground = "#201010"
depth = "#000000"
glow = "#ff4030"
ink = "#ffffff"
accent = "#ffd400"
edge = "#000000"
[[palettes]]
ground = "#102010"
depth = "#000000"
glow = "#40ff30"
ink = "#ffffff"
accent = "#ffd400"
edge = "#000000"
"##;

    fn recipe(head: &str) -> Result<ThumbnailRecipe, toml::de::Error> {
        toml::from_str(&format!("{head}\n{PALETTES}"))
    }

    #[test]
    fn a_short_recipe_is_filled_with_defaults() {
        let recipe = recipe(
            "scene = { rays = { count = 14 } }\ntitle = { font = \"anton\" }\n\
             layouts = [\"person-right\", \"person-left\", \"title-below\"]",
        )
        .unwrap();
        assert_eq!(recipe.title.fill, Role::Ink);
        assert_eq!(recipe.layouts.nth(4), Layout::PersonLeft);
        assert_eq!(recipe.palettes.nth(2).colour(Role::Glow), Colour::new(0x40, 0xff, 0x30));
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let good = "layouts = [\"person-right\", \"person-left\", \"title-below\"]";
        for (head, says) in [
            (format!("scene = \"aurora\"\ntitle = {{ font = \"comic-sans\" }}\n{good}"), "comic-sans"),
            (format!("scene = \"moon\"\ntitle = {{ font = \"anton\" }}\n{good}"), "moon"),
            (format!("scene = \"aurora\"\ntitle = {{ font = \"anton\", size = 3 }}\n{good}"), "size"),
            (
                "scene = \"aurora\"\ntitle = { font = \"anton\" }\nlayouts = [\"person-right\"]".into(),
                "at least three",
            ),
            (
                format!("scene = {{ spotlight = {{ size = 7 }} }}\ntitle = {{ font = \"anton\" }}\n{good}"),
                "out of range",
            ),
        ] {
            let error = recipe(&head).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
            assert!(error.span().is_some(), "{error}");
        }
    }
}
