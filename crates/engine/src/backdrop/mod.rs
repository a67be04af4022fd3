//! Paints what stands behind a person.
//!
//! Every backdrop is meant to pass for a photograph taken with a portrait lens wide open: a scene is painted in linear
//! light from a fixed layout, thrown out of focus by real discs, and given the sensor's grain. Its size changes nothing
//! but the number of pixels; the seed moves the camera a little. A new kind is a file in `kinds` and a line in
//! [`paint`].

mod ambient;
mod colour;
mod develop;
mod kinds;
mod layer;
mod lens;
mod noise;
mod picture;
mod random;
mod shot;
#[cfg(test)]
mod tests;
mod view;

use domain::style::Backdrop;
use imaging::RgbF;

pub use ambient::{Ambient, ambient};
pub use picture::from_picture;

use kinds::{
    blackboard, bookshelf, canvas, corridor, flat, gels, golden_hour, horizon, lounge, office, paper, park,
    shadow, skyline, stage, street, studio, wall,
};
use shot::Shot;

/// Paints a background of `width` × `height` pixels, none of them 0, in linear light. Highlights may reach 1.5.
/// The same seed paints the same picture, at another size the same scene; another seed another frame of the same place.
pub fn paint(backdrop: &Backdrop, width: usize, height: usize, seed: u64) -> RgbF {
    let shot = Shot::new(width, height, seed);
    match backdrop {
        Backdrop::Plain { colour } => flat::plain(*colour, &shot),
        Backdrop::Gradient(b) => flat::gradient(b, &shot),
        Backdrop::Studio(b) => studio::paint(b, &shot),
        Backdrop::Paper(b) => paper::paint(b, &shot),
        Backdrop::Canvas(b) => canvas::paint(b, &shot),
        Backdrop::Gels(b) => gels::paint(b, &shot),
        Backdrop::Shadow(b) => shadow::paint(b, &shot),
        Backdrop::Wall(b) => wall::paint(b, &shot),
        Backdrop::Bookshelf(b) => bookshelf::paint(b, &shot),
        Backdrop::Blackboard(b) => blackboard::paint(b, &shot),
        Backdrop::Park(b) => park::paint(b, &shot),
        Backdrop::GoldenHour(b) => golden_hour::paint(b, &shot),
        Backdrop::Street(b) => street::paint(b, &shot),
        Backdrop::Horizon(b) => horizon::paint(b, &shot),
        Backdrop::Office(b) => office::paint(b, &shot),
        Backdrop::Skyline(b) => skyline::paint(b, &shot),
        Backdrop::Corridor(b) => corridor::paint(b, &shot),
        Backdrop::Stage(b) => stage::paint(b, &shot),
        Backdrop::Lounge(b) => lounge::paint(b, &shot),
    }
}
