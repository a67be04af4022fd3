//! Paints what stands behind the person: the style's own, or the person's.

use domain::Colour;
use domain::style::Backdrop;

use super::{OwnBackground, Shot};
use crate::backdrop;
use crate::error::EngineError;

/// How far out of focus a picture of the person's own is: enough that they stand out, and it is still known.
const BLUR: f32 = 0.4;
/// What a recipe without a background gets.
const GREY: Colour = Colour::new(128, 130, 134);

pub(crate) fn run(shot: &mut Shot) -> Result<(), EngineError> {
    let (w, h) = (shot.size.width as usize, shot.size.height as usize);
    let seed = shot.seed.wrapping_add(u64::from(shot.variant));
    shot.backdrop = match &shot.own {
        Some(OwnBackground::Colour(colour)) => {
            backdrop::paint(&Backdrop::Plain { colour: *colour }, w, h, seed)
        }
        Some(OwnBackground::Picture(picture)) => backdrop::from_picture(picture, w, h, BLUR),
        None => {
            let choices = &shot.recipe.backgrounds;
            let choice = choices.get(shot.variant as usize % choices.len().max(1));
            backdrop::paint(choice.unwrap_or(&Backdrop::Plain { colour: GREY }), w, h, seed)
        }
    };
    Ok(())
}
