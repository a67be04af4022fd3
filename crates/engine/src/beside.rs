//! A photo laid beneath a picture that was made of it: the eyes of both at the same place, so that a person can wipe from one to the
//! other and see what changed.

use domain::Size;
use imaging::resize::Resizable;
use imaging::{Limits, Point, Rgb8, decode};

use crate::Engine;
use crate::error::EngineError;
use crate::face::Face;
use crate::warp::Similarity;

/// The longest side of what is laid beneath: it is looked at on a screen.
const LONGEST: u32 = 1280;

/// The largest shrinking that is done in one go; more of it is done beforehand, or it would flicker.
const SHRINK: f32 = 0.6;

/// Patches along an edge of the photo of which its colours are taken, where it has ended.
const COLOURS: usize = 5;
/// Patches across it where they are to hold no more than its edge.
const EDGES: usize = 60;

/// How far it goes on sharp beyond its edge, as a share of its longer side.
const FADE: f32 = 0.015;

impl Engine {
    /// The photo seen through the frame of a picture that was made of it. Where the frame reaches beyond the photo, its
    /// colours go on.
    ///
    /// # Errors
    /// [`EngineError::Photo`] for a file that can't be read, [`EngineError::NoFace`] when one of the two has no face.
    pub fn beside(&self, photo: &[u8], picture: &[u8]) -> Result<Rgb8, EngineError> {
        let limits = Limits::default();
        let made = decode(picture, &limits)?;
        let there = self.largest_face(picture)?;
        let size = imaging::resize::fit_inside(made.size(), Size::new(LONGEST, LONGEST));
        let shown = size.width as f32 / made.width() as f32;
        let mut photo_pixels = decode(photo, &limits)?;
        let mut here = self.largest_face(photo)?;
        let mut scale = there.eye_distance() * shown / here.eye_distance();
        if scale < SHRINK {
            let (width, height) = (photo_pixels.width(), photo_pixels.height());
            let smaller = |side: usize| ((side as f32 * scale).round() as usize).max(1);
            photo_pixels = photo_pixels.resized(smaller(width), smaller(height));
            let factor = photo_pixels.width() as f32 / width as f32;
            here = here.moved(|p| Point::new(p.x * factor, p.y * factor), factor, 0.0);
            scale /= factor;
        }
        let eyes = there.eye_line();
        let to = Point::new(eyes.x * shown, eyes.y * shown);
        let warp = Similarity::new(here.eye_line(), to, scale, lean(&there) - lean(&here));
        let (width, height) = (size.width as usize, size.height as usize);
        let beyond = beyond(&warp, photo_pixels.size(), size);
        let from = Point::new(warp.from().x + beyond as f32, warp.from().y + beyond as f32);
        let warp = Similarity::new(from, to, scale, warp.angle());
        Ok(warp.warp(&softly_around(&photo_pixels, beyond), width, height))
    }

    fn largest_face(&self, picture: &[u8]) -> Result<Face, EngineError> {
        self.faces(picture)?.into_iter().next().ok_or(EngineError::NoFace)
    }
}

/// By how many pixels of the photo its frame reaches beyond it; no further than it can be mirrored.
fn beyond(warp: &Similarity, photo: Size, frame: Size) -> usize {
    let (w, h) = (frame.width as f32, frame.height as f32);
    let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(x, y)| warp.invert(Point::new(x, y)));
    let past =
        |p: &Point| (-p.x).max(-p.y).max(p.x - photo.width as f32).max(p.y - photo.height as f32).max(0.0);
    let most = corners.iter().map(past).fold(0.0, f32::max).ceil() as usize;
    most.min(photo.width.min(photo.height) as usize - 1)
}

/// The photo with a margin: at its edge it goes on mirrored, and further out only its colours do. A second head would be seen
/// otherwise where hair touches the edge.
fn softly_around(photo: &Rgb8, margin: usize) -> Rgb8 {
    let (width, height) = (photo.width(), photo.height());
    // Of the edge itself, and broadly along it: what stands a little further in is not to colour what lies beyond.
    let above = photo.resized(COLOURS, EDGES).resized(width, height);
    let beside = photo.resized(EDGES, COLOURS).resized(width, height);
    let within = |place: usize, length: usize| {
        let place = place.abs_diff(margin);
        if place < length { place } else { 2 * length - 1 - place.min(2 * length - 1) }
    };
    let edge = |place: usize, length: usize| place.saturating_sub(margin).min(length - 1);
    let past = |place: usize, length: usize| {
        margin.saturating_sub(place).max((place + 1).saturating_sub(margin + length)) as f32
    };
    let fade = width.max(height) as f32 * FADE;
    Rgb8::from_fn(width + 2 * margin, height + 2 * margin, |x, y| {
        let (from_x, from_y) = (within(x, width), within(y, height));
        let sharp = photo.get(from_x, from_y);
        let (out_x, out_y) = (past(x, width), past(y, height));
        let out = out_x.max(out_y);
        if out == 0.0 {
            return sharp;
        }
        let share = (out / fade).min(1.0);
        let soft = if out_y >= out_x { &above } else { &beside };
        let colour = soft.get(edge(x, width), edge(y, height));
        std::array::from_fn(|n| {
            (f32::from(sharp[n]) * (1.0 - share) + f32::from(colour[n]) * share).round() as u8
        })
    })
}

/// How far the line through the eyes leans, in radians.
fn lean(face: &Face) -> f32 {
    let (left, right) = (face.left_eye, face.right_eye);
    (right.y - left.y).atan2(right.x - left.x)
}

#[cfg(test)]
mod tests {
    use domain::AspectRatio;
    use domain::style::{Catalogue, Recipe};
    use imaging::encode;

    use super::*;
    use crate::HeadshotOptions;

    #[test]
    fn beyond_the_photo_its_colours_go_on_and_nothing_that_is_in_it() {
        // A bright patch just within the upper edge is not seen a second time above it.
        let photo = Rgb8::from_fn(120, 150, |x, y| {
            if (50..70).contains(&x) && (8..20).contains(&y) { [250; 3] } else { [40; 3] }
        });
        let around = softly_around(&photo, 40);
        assert_eq!((around.width(), around.height()), (200, 230));
        assert_eq!(around.get(100, 54), [250; 3], "the photo itself is as it was");
        let above = (0..40).map(|y| around.get(100, y)[0]).max().unwrap();
        assert!(above < 140, "{above}");
        assert!(around.get(5, 115)[0] < 50);
    }

    #[test]
    fn the_eyes_of_photo_and_picture_lie_on_each_other() {
        let engine = Engine::default();
        let photo = include_bytes!("../../../examples/photos/obama.jpg");
        let catalogue = Catalogue::built_in().unwrap();
        let style = catalogue.find(domain::StyleKind::Headshot, "studio-white").unwrap();
        let Recipe::Headshot(recipe) = &style.recipe else { panic!("a headshot style") };
        let options =
            HeadshotOptions { size: AspectRatio::Portrait4x5.size(640), count: 1, background: None, seed: 1 };
        let subject = engine.prepare(photo).unwrap();
        let made = encode::jpeg(&engine.headshots(&subject, recipe, &options).unwrap()[0], 92).unwrap().bytes;
        let beneath = engine.beside(photo, &made).unwrap();
        assert_eq!(beneath.size(), options.size);
        let beneath = engine.largest_face(&encode::jpeg(&beneath, 92).unwrap().bytes).unwrap();
        let there = engine.largest_face(&made).unwrap();
        let apart =
            there.left_eye.distance(beneath.left_eye).max(there.right_eye.distance(beneath.right_eye));
        assert!(apart < there.eye_distance() * 0.08, "{apart} of {}", there.eye_distance());
        assert!(matches!(engine.beside(photo, b"none"), Err(EngineError::Photo(_))));
    }
}
