//! What stands behind the person.
//!
//! A backdrop names a place and its light; it holds no picture. The engine paints it for any size and seed, and
//! several seeds of one backdrop are several frames taken in the same place. Every field but a colour that
//! decides the look has a default, so that `office = {}` is a complete backdrop.
//!
//! Two fields recur. `light` says from which side the place is lit (−1 the picture's left, 1 its right); set it to
//! the side of the style's key light. `place` is a number that picks another room, street or wood of the same kind.

use serde::{Deserialize, Serialize};

use crate::units::{Colour, Signed, Unit};

/// A background that the engine paints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Backdrop {
    /// One flat colour.
    Plain {
        /// The colour.
        colour: Colour,
    },
    /// Two flat colours that run into one another: graphic, not photographic.
    Gradient(Gradient),
    /// A studio wall with one lamp on it.
    Studio(Studio),
    /// A roll of seamless paper, lit evenly, that curves toward the floor.
    Paper(Paper),
    /// Hand-painted canvas, as behind the portraits of the old masters.
    Canvas(Canvas),
    /// A grey wall in the light of two lamps with colour filters.
    Gels(Gels),
    /// A painted wall on which a window, blinds or leaves throw their shadow.
    Shadow(Shadow),
    /// A wall of a material, close behind the person.
    Wall(Wall),
    /// A shelf full of books.
    Bookshelf(Bookshelf),
    /// An open office by day.
    Office(Office),
    /// A glass front high above a city.
    Skyline(Skyline),
    /// A bright corridor of a clinic or laboratory.
    Corridor(Corridor),
    /// A classroom's board.
    Blackboard(Blackboard),
    /// The stage of a conference.
    Stage(Stage),
    /// A café, bar or lobby with warm lamps.
    Lounge(Lounge),
    /// Trees and a lawn.
    Park(Park),
    /// A field before trees, the sun low behind them.
    GoldenHour(GoldenHour),
    /// A street of a town.
    Street(Street),
    /// A wide view: the sea or mountains.
    Horizon(Horizon),
}

/// Two flat colours that run into one another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gradient {
    /// The colour at the beginning.
    pub from: Colour,
    /// The colour at the end.
    pub to: Colour,
    /// Where the beginning and the end are.
    #[serde(default)]
    pub direction: Direction,
}

/// Where a gradient begins and ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the top to the bottom.
    #[default]
    Down,
    /// From the left to the right.
    Across,
    /// From the left top corner to the right bottom one.
    Diagonal,
    /// From behind the head to the edges.
    Outward,
}

/// A studio wall with one lamp on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Studio {
    /// The wall where the lamp shines on it.
    pub colour: Colour,
    /// The wall where the lamp does not reach.
    pub edge: Colour,
    /// Where the lamp's pool of light lies across: −1 left, 1 right.
    #[serde(default)]
    pub x: Signed,
    /// Where it lies from top (−1) over the eye line (0) to the bottom (1).
    #[serde(default = "behind_the_shoulders")]
    pub y: Signed,
    /// How wide it is: 0 a spot behind the head, 1 more than the whole picture.
    #[serde(default = "half")]
    pub radius: Unit,
}

/// A roll of seamless paper.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// The paper under the full light.
    pub colour: Colour,
    /// Which side is lit more.
    #[serde(default)]
    pub light: Signed,
    /// How much darker the far corner is: 0 not at all, 1 by two stops.
    #[serde(default = "third")]
    pub falloff: Unit,
    /// How much of the curve toward the floor is seen at the bottom.
    #[serde(default)]
    pub sweep: Unit,
}

/// Hand-painted canvas.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canvas {
    /// The light paint, on top.
    pub colour: Colour,
    /// The dark paint, below and toward the corners.
    pub shade: Colour,
    /// Which side is lit more.
    #[serde(default)]
    pub light: Signed,
    /// How strongly the two paints show as clouds and strokes.
    #[serde(default = "half")]
    pub mottling: Unit,
    /// Another canvas of the same paint.
    #[serde(default)]
    pub place: u16,
}

/// A grey wall in the light of two lamps with colour filters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gels {
    /// The filter of the lamp at the left.
    pub left: Colour,
    /// The filter of the lamp at the right.
    pub right: Colour,
    /// How bright the wall is where neither shines.
    #[serde(default)]
    pub fill: Unit,
}

/// A wall with a shadow on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// The wall's paint.
    pub colour: Colour,
    /// What stands in the light.
    #[serde(default)]
    pub pattern: ShadowPattern,
    /// From where the light comes.
    #[serde(default = "left")]
    pub light: Signed,
    /// How deep the shadow is.
    #[serde(default = "half")]
    pub depth: Unit,
}

/// What throws a shadow on a wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShadowPattern {
    /// A window with glazing bars.
    #[default]
    Window,
    /// Slatted blinds.
    Blinds,
    /// A tree before the window.
    Leaves,
}

/// A wall of a material.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wall {
    /// What it is made of.
    pub material: Material,
    /// Its middle colour; each material has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
    /// From which side the light grazes it.
    #[serde(default = "left")]
    pub light: Signed,
    /// Another wall of the same material.
    #[serde(default)]
    pub place: u16,
}

/// What a wall is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Material {
    /// Fired bricks in running bond.
    Brick,
    /// Concrete cast in panels.
    Concrete,
    /// Trowelled plaster.
    Plaster,
    /// Boards side by side.
    Wood,
    /// Dark framed panels of wood, as in chambers and clubs.
    Panelling,
    /// Grey felt in squares, as in recording rooms.
    Acoustic,
}

/// A shelf full of books.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bookshelf {
    /// The shelf's wood.
    pub wood: Colour,
    /// Which books stand in it.
    pub books: Books,
    /// From which side it is lit.
    pub light: Signed,
    /// Another shelf.
    pub place: u16,
}

/// The books of a shelf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Books {
    /// Of all kinds and ages.
    #[default]
    Mixed,
    /// Rows of leather-bound volumes.
    Leather,
    /// Pale paperbacks, with room between.
    Pale,
}

/// An open office by day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Office {
    /// The walls' paint.
    pub wall: Colour,
    /// At which side the windows are.
    pub light: Signed,
    /// How warm the lamps and the wood are: 0 cool and modern, 1 warm.
    pub warmth: Unit,
    /// Another office.
    pub place: u16,
}

/// A glass front above a city.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Skyline {
    /// The time of day.
    pub time: Time,
    /// At which side the sky is brighter.
    pub light: Signed,
    /// Another city.
    pub place: u16,
}

/// A bright corridor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Corridor {
    /// The colour of doors and signs.
    pub accent: Colour,
    /// At which side the windows are.
    pub light: Signed,
    /// Another corridor.
    pub place: u16,
}

/// A classroom's board.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Blackboard {
    /// The board's colour.
    pub board: Colour,
    /// From which side it is lit.
    pub light: Signed,
    /// Another board.
    pub place: u16,
}

/// The stage of a conference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stage {
    /// The colour of the stage's light.
    pub colour: Colour,
    /// A second colour, from the other side.
    pub accent: Colour,
    /// At which side the first one shines.
    pub light: Signed,
    /// Another stage.
    pub place: u16,
}

/// A café, bar or lobby.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lounge {
    /// The walls' paint.
    pub wall: Colour,
    /// At which side the window is.
    pub light: Signed,
    /// How much the lamps outshine the daylight.
    pub evening: Unit,
    /// Another room.
    pub place: u16,
}

/// Trees and a lawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Park {
    /// The time of year.
    pub season: Season,
    /// From which side the sun comes.
    pub light: Signed,
    /// Another wood.
    pub place: u16,
}

/// A field before trees, the sun low.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GoldenHour {
    /// At which side the sun stands.
    pub light: Signed,
    /// How much its glare veils the view.
    pub haze: Unit,
    /// Another field.
    pub place: u16,
}

/// A street of a town.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Street {
    /// The time of day.
    pub time: Time,
    /// At which side the sky is brighter.
    pub light: Signed,
    /// Another street.
    pub place: u16,
}

/// A wide view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Horizon {
    /// What is seen.
    pub view: Vista,
    /// From which side the sun comes.
    pub light: Signed,
    /// Another view.
    pub place: u16,
}

/// What is seen afar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vista {
    /// Water under a bright sky.
    #[default]
    Sea,
    /// Ridges that fade into the haze.
    Mountains,
}

/// A time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Time {
    /// Under a high, slightly clouded sky.
    #[default]
    Day,
    /// Half an hour after sunset, the lamps lit.
    Dusk,
    /// Dark but for the lamps.
    Night,
}

/// A time of year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Season {
    /// Fresh light green.
    Spring,
    /// Deep green.
    #[default]
    Summer,
    /// Yellow and rust.
    Autumn,
}

fn half() -> Unit {
    Unit::clamped(0.5)
}

fn third() -> Unit {
    Unit::clamped(0.33)
}

fn left() -> Signed {
    Signed::clamped(-0.5)
}

fn behind_the_shoulders() -> Signed {
    Signed::clamped(0.25)
}

impl Default for Bookshelf {
    fn default() -> Self {
        Bookshelf { wood: Colour::new(0x5a, 0x3d, 0x28), books: Books::Mixed, light: left(), place: 0 }
    }
}

impl Default for Office {
    fn default() -> Self {
        Office { wall: Colour::new(0xd8, 0xd6, 0xd1), light: left(), warmth: Unit::clamped(0.3), place: 0 }
    }
}

impl Default for Skyline {
    fn default() -> Self {
        Skyline { time: Time::Day, light: left(), place: 0 }
    }
}

impl Default for Corridor {
    fn default() -> Self {
        Corridor { accent: Colour::new(0x6f, 0xa3, 0xa8), light: left(), place: 0 }
    }
}

impl Default for Blackboard {
    fn default() -> Self {
        Blackboard { board: Colour::new(0x2d, 0x3f, 0x38), light: left(), place: 0 }
    }
}

impl Default for Stage {
    fn default() -> Self {
        let (colour, accent) = (Colour::new(0x2f, 0x5f, 0xb8), Colour::new(0x8a, 0x4f, 0xb0));
        Stage { colour, accent, light: left(), place: 0 }
    }
}

impl Default for Lounge {
    fn default() -> Self {
        Lounge { wall: Colour::new(0x6b, 0x5a, 0x4a), light: left(), evening: half(), place: 0 }
    }
}

impl Default for Park {
    fn default() -> Self {
        Park { season: Season::Summer, light: left(), place: 0 }
    }
}

impl Default for GoldenHour {
    fn default() -> Self {
        GoldenHour { light: left(), haze: half(), place: 0 }
    }
}

impl Default for Street {
    fn default() -> Self {
        Street { time: Time::Dusk, light: left(), place: 0 }
    }
}

impl Default for Horizon {
    fn default() -> Self {
        Horizon { view: Vista::Sea, light: left(), place: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        #[serde(rename = "backgrounds")]
        _backgrounds: Vec<Backdrop>,
    }

    fn refused(line: &str) -> String {
        let text =
            format!("[[backgrounds]]\nplain = {{ colour = \"#ffffff\" }}\n\n[[backgrounds]]\n{line}\n");
        let error = toml::from_str::<File>(&text).unwrap_err();
        let at = error.span().unwrap_or_else(|| panic!("{line}: no place in {error}")).start;
        assert_eq!(text[..at].matches('\n').count() + 1, 5, "{line}: {error}");
        error.message().to_owned()
    }

    #[test]
    fn a_mistake_is_refused_on_its_own_line() {
        assert!(refused("office = { warmth = 1.5 }").contains("out of range"));
        assert!(refused("office = { warmpth = 0.5 }").contains("unknown field"));
        assert!(refused("canvas = { colour = \"brown\", shade = \"#332211\" }").contains("#rrggbb"));
        assert!(refused("wall = { material = \"marble\" }").contains("brick"));
        assert!(refused("studio = { colour = \"#808080\" }").contains("edge"));
        assert!(refused("ofice = {}").contains("office"));
        assert!(refused("street = { place = -1 }").contains("invalid value"));
    }

    #[test]
    fn a_scene_needs_no_fields() {
        for name in [
            "bookshelf",
            "office",
            "skyline",
            "corridor",
            "blackboard",
            "stage",
            "lounge",
            "park",
            "golden-hour",
            "street",
            "horizon",
        ] {
            toml::from_str::<File>(&format!("[[backgrounds]]\n{name} = {{}}\n")).unwrap();
        }
    }

    #[test]
    fn every_backdrop_reads_back_as_it_is_written() {
        #[derive(PartialEq, Debug, Serialize, Deserialize)]
        struct One {
            backdrop: Backdrop,
        }
        let wall = Wall { material: Material::Brick, colour: None, light: left(), place: 7 };
        for backdrop in [
            Backdrop::Wall(wall),
            Backdrop::Plain { colour: Colour::WHITE },
            Backdrop::GoldenHour(GoldenHour::default()),
        ] {
            let one = One { backdrop };
            assert_eq!(toml::from_str::<One>(&toml::to_string(&one).unwrap()).unwrap(), one);
        }
    }
}
