//! Paints what stands behind the person: the style's own, or the person's.

use domain::style::Backdrop;

use super::{OwnBackground, Shot};
use crate::backdrop;
use crate::error::EngineError;

pub(crate) fn run(shot: &mut Shot) -> Result<(), EngineError> {
    let (w, h) = (shot.size.width as usize, shot.size.height as usize);
    let seed = shot.seed.wrapping_add(u64::from(shot.variant));
    shot.backdrop = match &shot.own {
        Some(OwnBackground::Colour(colour)) => {
            backdrop::paint(&Backdrop::Plain { colour: *colour }, w, h, seed)
        }
        Some(OwnBackground::Picture(_)) => backdrop::paint(&Backdrop::Plain { colour: domain::Colour::WHITE }, w, h, seed),
        None => {
            let choices = &shot.recipe.backgrounds;
            let first = Backdrop::Plain { colour: domain::Colour::new(128, 130, 134) };
            let choice = choices.get(shot.variant as usize % choices.len().max(1)).unwrap_or(&first);
            backdrop::paint(choice, w, h, seed)
        }
    };
    Ok(())
}
